/** The last look: what stands against it, the command that does the same, and the start. */

import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { problem, type Problem } from '#domain/problem.ts';
import type { Verdict } from '#domain/result.ts';
import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { formatBytes } from '#words/format.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { Tick } from './group-cards.tsx';
import { nameForm, PlanEntry } from './plan-entry.tsx';
import { againstOf, planFile, type StepProps } from './plan-checks.ts';

export function StartStep(props: StepProps & { readonly plan: PlanFile }) {
  const { draft, plan, preflight, isRead, onRead } = props;
  const words = useWords();
  const navigate = useNavigate();
  const mayCall = useMayCall();
  const [isBusy, setBusy] = useState(false);
  const [because, setBecause] = useState<Problem | null>(null);
  const right = mayCall('upgrade.start');
  const verdict = right.go ? verdictOf(props) : right;
  const start = async (): Promise<void> => {
    setBusy(true);
    const asked = { file: planFile, text: draft.text, acknowledged: isRead };
    const started = await callSite('upgrade.start', asked);
    setBusy(false);
    if (!started.ok) {
      setBecause(started.because);
      return;
    }
    draft.forget();
    await navigate({ to: '/upgrades/$upgrade', params: { upgrade: started.value.upgrade } });
  };
  const groups = preflight.data?.groups ?? [];
  const servers = groups.reduce((sum, group) => sum + group.servers, 0);
  const bytes = groups.reduce((sum, group) => sum + group.bytes, 0);
  const acknowledge = isRead ? ['--acknowledge'] : [];
  return (
    <>
      <PlanEntry
        label={words.text('plan.name')}
        value={plan.upgrade ?? ''}
        form={nameForm}
        mayBeEmpty
        hint={words.text('plan.nameHint')}
        onValue={(name) => draft.edit(['upgrade'], name === '' ? undefined : name)}
      />
      <Facts
        facts={[
          {
            name: words.text('upgrades.release'),
            value: `${plan.release.component} ${plan.release.version}`,
          },
          { name: words.text('upgrades.groups'), value: plan.groups.length },
          { name: words.text('deploy.servers'), value: servers },
          { name: words.text('upgrades.bytes'), value: formatBytes(bytes) },
        ]}
      />
      {(preflight.data?.precautions.length ?? 0) > 0 ? (
        <Tick text={words.text('deploy.read')} isOn={isRead} onChange={onRead} />
      ) : null}
      {verdict.go ? null : <VerdictText verdict={verdict} />}
      {because === null ? null : <VerdictText verdict={{ go: false, because }} />}
      <CliLine line={cliLine('upgrade', 'start', planFile, ...acknowledge)} />
      <div className="wizard-row">
        <ActionButton look="main" verdict={verdict} isBusy={isBusy} onPress={() => void start()}>
          {words.text('plan.start')}
        </ActionButton>
        <button type="button" className="button" onClick={() => download(draft.text)}>
          {words.text('plan.download')}
        </button>
      </div>
    </>
  );
}

function verdictOf({ draft, preflight }: StepProps): Verdict {
  const against = againstOf(preflight);
  if (against !== null) return { go: false, because: against };
  const reason = preflight.data?.reasons.find(({ accepted }) => !accepted)?.because;
  if (reason !== undefined) return { go: false, because: reason };
  if (preflight.data !== undefined && draft.plan !== null) return { go: true };
  return { go: false, because: problem('PREFLIGHT_FAILED', { count: 0 }) };
}

function download(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = planFile;
  link.click();
  URL.revokeObjectURL(address);
}
