/** What may be done about a campaign here: stop it for good, or let a wave count as passed. */

import { useState } from 'react';
import { problem } from '#domain/problem.ts';
import { noGo } from '#domain/result.ts';
import type { CampaignView } from '#protocol/console/campaign-calls.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { callManager } from '../../data/call.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';

type Name = CampaignView['campaign'];

export function StopCampaign({ campaign }: { readonly campaign: CampaignView }) {
  const words = useWords();
  const right = useMayCall()('campaign.stop', 'whole');
  const { campaign: name, stopped } = campaign;
  const over =
    stopped === null
      ? right
      : noGo(problem('CAMPAIGN_STOPPED', { campaign: name, reason: stopped }));
  return (
    <DialogButton
      text={words.text('campaigns.stop')}
      look="danger"
      verdict={right.go ? over : right}
    >
      {(close) => <StopDialog name={name} onClose={close} />}
    </DialogButton>
  );
}

function StopDialog({ name, onClose }: { readonly name: Name; onClose(): void }) {
  const words = useWords();
  const right = useMayCall()('campaign.stop', 'whole');
  const [reason, setReason] = useState('');
  const label = words.text('campaigns.why');
  const isShort = reason.trim().length < 3;
  return (
    <ConfirmDialog
      title={words.text('campaigns.stopTitle', { campaign: name })}
      confirm={words.text('campaigns.stopConfirm')}
      verdict={right.go && isShort ? noGo(problem('OPTION_ABSENT', { option: label })) : right}
      cli={cliLine('campaign', 'stop', name, '--reason', reason)}
      act={() => callManager('campaign.stop', { campaign: name, reason: reason.trim() })}
      onClose={onClose}
    >
      <p>{words.text('campaigns.stopHint')}</p>
      <TextEntry label={label} value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

type PassProps = {
  readonly campaign: Name;
  readonly wave: CampaignView['waves'][number]['wave'];
};

export function PassWave({ campaign, wave }: PassProps) {
  const words = useWords();
  const right = useMayCall()('campaign.pass', 'whole');
  return (
    <DialogButton text={words.text('campaigns.pass', { wave })} verdict={right}>
      {(close) => (
        <ConfirmDialog
          title={words.text('campaigns.pass', { wave })}
          confirm={words.text('campaigns.passConfirm')}
          verdict={right}
          cli={cliLine('campaign', 'pass', campaign, wave)}
          act={() => callManager('campaign.pass', { campaign, wave })}
          onClose={close}
        >
          <p>{words.text('campaigns.passHint')}</p>
        </ConfirmDialog>
      )}
    </DialogButton>
  );
}
