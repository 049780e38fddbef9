/** How many stand where, as one bar: each part by its length, its word and its number. */

import type { Tone } from '../state/state-mark.tsx';

export type LanePart = { readonly tone: Tone; readonly text: string; readonly count: number };

type Props = { readonly label: string; readonly parts: readonly LanePart[] };

export function ProgressLane({ label, parts }: Props) {
  const shown = parts.filter(({ count }) => count > 0);
  const spoken = shown.map(({ text, count }) => `${text} ${count}`).join(', ');
  return (
    <div className="lane" role="img" aria-label={`${label}: ${spoken}`}>
      <div className="lane-bar">
        {shown.map(({ tone, text, count }) => (
          <span
            key={text}
            data-tone={tone}
            style={{ flexGrow: count }}
            title={`${text} ${count}`}
          />
        ))}
      </div>
      <ul className="lane-words" aria-hidden="true">
        {shown.map(({ tone, text, count }) => (
          <li key={text} data-tone={tone}>
            {text} {count}
          </li>
        ))}
      </ul>
    </div>
  );
}
