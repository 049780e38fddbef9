/** What a deployment would move (S4), and the precautions that its release states (R1). */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { BytesText } from '../../parts/text/bytes-text.tsx';
import { Facts } from '../../parts/text/facts.tsx';

type Props = {
  readonly preview: ResultOf<InformationServerTable, 'deploy'>;
  readonly isRead: boolean;
  onRead(isRead: boolean): void;
};

export function DeployPreview({ preview, isRead, onRead }: Props) {
  const words = useWords();
  const { servers, bytes, preflight } = preview;
  const each = servers === 0 ? 0 : Math.round(bytes / servers);
  return (
    <>
      <Facts
        facts={[
          { name: words.text('deploy.servers'), value: servers },
          { name: words.text('deploy.bytesEach'), value: <BytesText bytes={each} /> },
          { name: words.text('deploy.bytes'), value: <BytesText bytes={bytes} /> },
        ]}
      />
      <p className="quiet">{words.text('deploy.warning')}</p>
      {preflight === null || preflight.precautions.length === 0 ? null : (
        <div>
          <h3>{words.text('deploy.precautions')}</h3>
          <ul className="precautions">
            {preflight.precautions.map((text) => (
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
      )}
    </>
  );
}
