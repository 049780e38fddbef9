/** Lets a group go on, its gate read beside: before its turn, or although its gate did not pass. */

import type { GroupName } from '#domain/names.ts';
import type { UpgradeView } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { GateText } from './gate-text.tsx';

type Props = {
  readonly view: UpgradeView;
  readonly group: GroupName;
  onClose(): void;
};

export function ApproveDialog({ view, group: name, onClose }: Props) {
  const words = useWords();
  const { upgrade } = view;
  const group = view.groups.find((one) => one.name === name);
  return (
    <ConfirmDialog
      title={words.text('upgrades.approve', { group: name })}
      confirm={words.text('upgrades.approveConfirm')}
      verdict={{ go: true }}
      cli={cliLine('upgrade', 'approve', name, '--upgrade', upgrade)}
      act={() => callSite('upgrade.approve', { upgrade, group: name })}
      onClose={onClose}
    >
      <p>
        {words.text(
          group?.state === 'waiting' ? 'upgrades.approveWaiting' : 'upgrades.approveRead',
        )}
      </p>
      {group === undefined || group.state === 'waiting' ? null : (
        <GateText group={group} soakSeconds={0} />
      )}
    </ConfirmDialog>
  );
}
