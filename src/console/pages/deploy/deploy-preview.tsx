/** What a deployment would move and how long that takes (S4, R6), and what must be known (R1). */

import { useState } from 'react';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { sayLength } from '../../app/lengths.ts';
import { Precautions } from '../../parts/field/precautions.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { BytesText } from '../../parts/text/bytes-text.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import type { Wish } from './wish.ts';

type Preview = ResultOf<InformationServerTable, 'deploy'>;

type Props = {
  readonly parts: readonly { readonly wish: Wish; readonly preview: Preview }[];
  readonly isRead: boolean;
  onRead(isRead: boolean): void;
};

const storageKey = 'dankai.link';
const megabit = 1_000_000;

export function DeployPreview({ parts, isRead, onRead }: Props) {
  const words = useWords();
  const [speed, setSpeed] = useState(() => localStorage.getItem(storageKey) ?? '100');
  const bytes = parts.reduce((sum, { preview }) => sum + preview.bytes, 0);
  const servers = parts[0]?.preview.servers ?? 0;
  const each = servers === 0 ? 0 : Math.round(bytes / servers);
  const precautions = parts.flatMap(({ preview }) => preview.preflight?.precautions ?? []);
  const seconds = (bytes * 8) / (Number(speed) * megabit);
  return (
    <>
      {parts.length < 2 ? null : (
        <Facts
          facts={parts.map(({ wish, preview }) => ({
            name: `${wish.component} ${wish.version}`,
            value: <BytesText bytes={preview.bytes} />,
          }))}
        />
      )}
      <div className="deploy-cost">
        <Facts
          facts={[
            { name: words.text('deploy.servers'), value: servers },
            { name: words.text('deploy.bytesEach'), value: <BytesText bytes={each} /> },
            { name: words.text('deploy.bytes'), value: <BytesText bytes={bytes} /> },
            {
              name: words.text('deploy.time'),
              value:
                Number.isFinite(seconds) && seconds >= 0 ? `≥ ${sayLength(words, seconds)}` : '–',
            },
          ]}
        />
        <TextEntry
          label={words.text('deploy.speed')}
          type="number"
          value={speed}
          onChange={(value) => {
            setSpeed(value);
            localStorage.setItem(storageKey, value);
          }}
        />
      </div>
      <p className="quiet">{words.text('deploy.warning')}</p>
      <Precautions precautions={precautions} isRead={isRead} onRead={onRead} />
    </>
  );
}
