/** The button that lets a group go on, wherever it stands. */

import type { GroupName } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Verdict } from '#domain/result.ts';
import type { UpgradeView } from '#protocol/console/contract.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { ApproveDialog } from './approve-dialog.tsx';

type Props = {
  readonly view: UpgradeView;
  readonly group: GroupName;
  readonly look?: 'main';
  /** Why nobody may, whoever asks. */
  readonly notNow: Problem | null;
};

export function ApproveButton({ view, group, look, notNow }: Props) {
  const words = useWords();
  const mayCall = useMayCall();
  return (
    <DialogButton
      text={words.text('upgrades.approve', { group })}
      {...(look === undefined ? {} : { look })}
      verdict={withVerdict(mayCall('upgrade.approve'), notNow)}
    >
      {(close) => <ApproveDialog view={view} group={group} onClose={close} />}
    </DialogButton>
  );
}

/** First whether he may at all, then whether it can be now. */
export function withVerdict(right: Verdict, notNow: Problem | null): Verdict {
  return right.go && notNow !== null ? { go: false, because: notNow } : right;
}
