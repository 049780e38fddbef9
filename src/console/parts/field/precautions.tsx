/** What must be known before a release goes anywhere (R1), to be acknowledged; nothing where it has none. */

import { useWords } from '../../app/language.tsx';

type Props = {
  readonly precautions: readonly string[];
  readonly isRead: boolean;
  onRead(isRead: boolean): void;
};

export function Precautions({ precautions, isRead, onRead }: Props) {
  const words = useWords();
  if (precautions.length === 0) return null;
  return (
    <div>
      <h3>{words.text('deploy.precautions')}</h3>
      <ul className="precautions">
        {precautions.map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <label className="tick">
        <input
          type="checkbox"
          checked={isRead}
          onChange={(event) => onRead(event.target.checked)}
        />
        {words.text('deploy.read')}
      </label>
    </div>
  );
}
