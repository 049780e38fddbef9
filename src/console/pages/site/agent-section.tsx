/**
 * The control manager agent: how it stands, what its age costs (D4), and what may be done to it. A
 * hold does not need it stopped; who stops it all the same sees here that it is (D5, D10).
 */

import { useQueryClient } from '@tanstack/react-query';
import { go } from '#domain/result.ts';
import type { AgentView } from '#protocol/console/contract.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Section } from '../../parts/page/section.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';

type Act = 'stop' | 'start' | 'upgrade';

export function AgentSection({ agent }: { readonly agent: AgentView }) {
  const words = useWords();
  const { state, consequence, version, controlManager } = agent;
  // It is only offered what changes something.
  const acts: readonly Act[] = [
    ...(state === 'stopped' ? (['start'] as const) : (['stop'] as const)),
    ...(consequence === null ? [] : (['upgrade'] as const)),
  ];
  return (
    <Section
      title={words.text('site.agent')}
      beside={
        <>
          <StateMark tone={state === 'running' ? 'good' : 'warning'}>
            {words.text(`agent.${state}`)}
          </StateMark>
          {acts.map((act) => (
            <AgentButton key={act} act={act} />
          ))}
        </>
      }
    >
      {consequence === null ? null : <p>{words.text('upgrades.agentBehind')}</p>}
      <Facts
        facts={[
          { name: words.text('site.version'), value: version ?? '–' },
          { name: words.text('site.controlManager'), value: controlManager?.version ?? '–' },
          {
            name: words.text('site.controlManagerSeen'),
            value: <TimeText at={controlManager?.seen ?? null} />,
          },
        ]}
      />
      <CliLine line={cliLine('agent', 'status')} />
    </Section>
  );
}

function AgentButton({ act }: { readonly act: Act }) {
  const words = useWords();
  const toast = useToast();
  const queries = useQueryClient();
  const call = `agent.${act}` as const;
  const title = words.text(`agent.act.${act}`);
  return (
    <DialogButton
      text={title}
      look={act === 'upgrade' ? 'main' : 'small'}
      verdict={useMayCall()(call, 'whole')}
    >
      {(close) => (
        <ConfirmDialog
          title={title}
          confirm={words.text(`agent.confirm.${act}`)}
          look={act === 'stop' ? 'danger' : 'main'}
          verdict={go}
          cli={cliLine('agent', act)}
          act={async () => {
            const done = await callSite(call, {});
            await queries.invalidateQueries({ queryKey: ['site.show'] });
            if (done.ok) toast(words.text(`agent.done.${act}`));
            return done;
          }}
          onClose={close}
        >
          <p>{words.text(`agent.hint.${act}`)}</p>
        </ConfirmDialog>
      )}
    </DialogButton>
  );
}
