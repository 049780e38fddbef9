/** What may be said to an upgrade as a whole; each button says why not, by the domain's own verdict. */

import type { Problem } from '#domain/problem.ts';
import type { Verdict } from '#domain/result.ts';
import { directions } from '#domain/upgrade/directions.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { DirectDialog } from './direct-dialog.tsx';
import { ApproveButton, withVerdict } from './direction-buttons.tsx';
import { GoBackDialog } from './go-back-dialog.tsx';
import type { UpgradeProps } from './upgrade-data.ts';

export function UpgradeActions({ view, shown }: UpgradeProps) {
  const words = useWords();
  const mayCall = useMayCall();
  const next = shown.groups.find(({ notApprovable }) => notApprovable === null) ?? null;
  const last = shown.groups.find(({ name }) => name === shown.turn) ?? shown.groups.at(-1) ?? null;
  return (
    <>
      {last === null || view.finishedAt !== null ? null : (
        <ApproveButton
          view={view}
          group={(next ?? last).name}
          notNow={(next ?? last).notApprovable}
        />
      )}
      {directions.map((wanted) => (
        <DialogButton
          key={wanted}
          text={words.text(`upgrades.direct.${wanted}`)}
          {...(wanted === 'stop' ? { look: 'danger' } : {})}
          verdict={withVerdict(mayCall(`upgrade.${wanted}`), shown.not[wanted] ?? null)}
        >
          {(close) => <DirectDialog wanted={wanted} view={view} onClose={close} />}
        </DialogButton>
      ))}
      <DialogButton
        text={words.text('upgrades.goBack')}
        verdict={mayGoBack(mayCall('deploy'), view.state, shown.not.stop ?? null)}
      >
        {(close) => <GoBackDialog view={view} onClose={close} />}
      </DialogButton>
    </>
  );
}

/** One upgrade of a component at a time: as long as this one may still be stopped, it comes first. */
function mayGoBack(right: Verdict, state: string, notStoppable: Problem | null): Verdict {
  if (!right.go || notStoppable !== null) return right;
  const because: Problem = { code: 'UPGRADE_NOT_IN_STATE', with: { state, wanted: 'stopped' } };
  return { go: false, because };
}
