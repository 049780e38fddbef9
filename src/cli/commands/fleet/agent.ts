/** The control manager agent of this information server: stopped and started by hand (D5, D10). */

import { kindOf } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { AgentView } from '#protocol/console/contract.ts';
import { answered, refused, type Command, type Context } from '../../command.ts';
import { nothingThere, stateText, timeOrNothing } from '../../terminal/show.ts';

const limits = { waitMs: 5_000, upgradeMs: 120_000, awayMs: 10_000, lookMs: 250 } as const;

function show(context: Context, agent: AgentView): void {
  const { output, words } = context;
  const { because } = agent;
  const reason = because === null ? '' : ` (${because})`;
  output.data(
    words.text('cli.agent.state', {
      state: stateText(context, agent.state) + reason,
      version: agent.version ?? nothingThere,
    }),
  );
  if (agent.consequence !== null) output.data(output.paint('warning', agent.consequence));
  const manager = agent.controlManager;
  if (manager === null) return output.data(words.text('cli.agent.managerUnseen'));
  const components = manager.components.join(', ');
  const seen = timeOrNothing(manager.seen);
  output.data(words.text('cli.agent.manager', { version: manager.version, components, seen }));
}

export const showAgent: Command = async (context) => {
  const answer = await context.informationServer.call('agent.status', {});
  return answered(context, answer, (agent) => show(context, agent));
};

const asked = { stop: 'cli.agent.stop', start: 'cli.agent.start' } as const;

/** A process takes its while to end or begin; what is shown is what came of it, if it came soon. */
const change =
  (wish: 'stop' | 'start'): Command =>
  async (context) => {
    const { informationServer, output, words, interrupted } = context;
    let answer = await informationServer.call(`agent.${wish}`, {});
    if (!answer.ok) return refused(context, answer.because);
    if (!output.isJson) output.talk(words.text(asked[wish]));
    const isThere = ({ state }: AgentView): boolean => (state === 'running') === (wish === 'start');
    const until = context.now() + limits.waitMs;
    while (answer.ok && !isThere(answer.value) && context.now() < until && !interrupted.aborted) {
      await context.pause(limits.lookMs);
      answer = await informationServer.call('agent.status', {});
    }
    return answered(context, answer, (agent) => show(context, agent));
  };

export const stopAgent = change('stop');
export const startAgent = change('start');

/** D4: it is switched as in an upgrade; how that came out is seen in its version. */
export const upgradeAgent: Command = async (context) => {
  const answer = await agentUpgraded(context);
  return answered(context, answer, (agent) => show(context, agent));
};

/** The agent as it is once it stands level, or when that was waited for long enough. */
export async function agentUpgraded({
  informationServer,
  now,
  pause,
  interrupted,
}: Context): Promise<Result<AgentView>> {
  /** After an upgrade of its own it starts anew once or twice: nobody answers for a moment. */
  const patiently = async (ask: () => Promise<Result<AgentView>>): Promise<Result<AgentView>> => {
    const giveUpAt = now() + limits.awayMs;
    for (;;) {
      const answer = await ask();
      const isAway = !answer.ok && kindOf(answer.because) === 'unreachable';
      if (!isAway || now() > giveUpAt || interrupted.aborted) return answer;
      await pause(limits.lookMs);
    }
  };
  let answer = await patiently(() => informationServer.call('agent.upgrade', {}));
  const until = now() + limits.upgradeMs;
  const isBehind = ({ state, consequence }: AgentView): boolean =>
    state !== 'stopped' && (state === 'absent' || consequence !== null);
  while (answer.ok && isBehind(answer.value) && now() < until && !interrupted.aborted) {
    await pause(limits.lookMs);
    answer = await patiently(() => informationServer.call('agent.status', {}));
  }
  return answer;
}
