/** How much of a limit is used: as a bar, and in words. */

type Props = {
  readonly label: string;
  readonly value: number;
  readonly max: number;
  readonly text: string;
};

export function Meter({ label, value, max, text }: Props) {
  const share = max <= 0 ? 0 : Math.min(1, value / max);
  return (
    <div className="meter">
      <p>{text}</p>
      <div
        className="meter-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(max, value, 1)}
        aria-valuenow={value}
        aria-valuetext={text}
      >
        <span data-tone={value > max ? 'warning' : 'busy'} style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
