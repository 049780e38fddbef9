/** Pause, resume, stop: what each will do, and what it will not. */

import type { Direction } from '#domain/upgrade/directions.ts';
import type { UpgradeView } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { sayLength } from '../../app/lengths.ts';
import { callSite } from '../../data/call.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';

type Props = {
  readonly wanted: Direction;
  readonly view: UpgradeView;
  onClose(): void;
};

export function DirectDialog({ wanted, view, onClose }: Props) {
  const words = useWords();
  const { upgrade, inFlight, leaseSeconds } = view;
  const values = { inFlight, lease: sayLength(words, leaseSeconds) };
  return (
    <ConfirmDialog
      title={words.text(`upgrades.direct.${wanted}`)}
      confirm={words.text(`upgrades.directConfirm.${wanted}`)}
      look={wanted === 'stop' ? 'danger' : 'main'}
      verdict={{ go: true }}
      cli={cliLine('upgrade', wanted, '--upgrade', upgrade)}
      act={() => callSite(`upgrade.${wanted}`, { upgrade })}
      onClose={onClose}
    >
      <h3>{words.text('upgrades.will')}</h3>
      <ul className="precautions">
        {words
          .text(`upgrades.directWill.${wanted}`, values)
          .split('\n')
          .map((line) => (
            <li key={line}>{line}</li>
          ))}
      </ul>
      <h3>{words.text('upgrades.willNot')}</h3>
      <ul className="precautions">
        {words
          .text(`upgrades.directWillNot.${wanted}`, values)
          .split('\n')
          .map((line) => (
            <li key={line}>{line}</li>
          ))}
      </ul>
    </ConfirmDialog>
  );
}
