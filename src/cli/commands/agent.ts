/** The control manager agent of this information server: stopped and started by hand (D5, D10). */

import type { AgentView } from '#protocol/console/contract.ts';
import { answered, type Command, type Context } from '../command.ts';
import { nothingThere, stateText, timeOrNothing } from '../show.ts';

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

const ask =
  (call: 'agent.status' | 'agent.stop' | 'agent.start'): Command =>
  async (context) => {
    const answer = await context.informationServer.call(call, {});
    return answered(context, answer, (agent) => show(context, agent));
  };

export const showAgent = ask('agent.status');
export const stopAgent = ask('agent.stop');
export const startAgent = ask('agent.start');
