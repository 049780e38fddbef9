/**
 * An information server is upgraded where it stands (L1, L2): its release file is imported, and it
 * switches itself, with its normal server and its console. The agent follows by itself (D4); until it
 * does, what that means is said.
 */

import { problem } from '#domain/problem.ts';
import { answered, exitStatuses, refused, type Command, type Context } from '../command.ts';
import { text } from '../given.ts';

const limits = { secondsMax: 300, lookMilliseconds: 1_000 } as const;

export async function upgradeInformationServerHere(
  context: Context,
  given: Parameters<Command>[1],
  root: string,
): Promise<number> {
  const { informationServer, output, words } = context;
  const file = text(given, 'release');
  if (file === undefined) {
    return refused(context, problem('OPTION_ABSENT', { option: '--release' }));
  }
  const before = await informationServer.call('site.show', {});
  if (!before.ok) return refused(context, before.because);
  const imported = await context.importRelease(file, () => undefined);
  if (!imported.ok) return refused(context, imported.because);
  if (!('version' in imported.value)) {
    return refused(context, problem('OPTION_ABSENT', { option: '--release' }));
  }
  const { version } = imported.value;
  const from = before.value.program.version;
  const asked = await informationServer.call('information-server.upgrade', { version });
  if (!asked.ok) return refused(context, asked.because);
  const isThere = await untilIt(context, version);
  const answer = { ok: true, value: { root, from, version, isThere } } as const;
  const status = answered(context, answer, () => {
    const key = isThere ? 'cli.install.upgraded' : 'cli.install.proving';
    output.data(words.text(key, { root, from, version }));
  });
  await sayAgent(context);
  return isThere ? status : exitStatuses.no;
}

/** It restarts in the middle, so for a while nobody answers. */
async function untilIt(context: Context, version: string): Promise<boolean> {
  const { informationServer, now, pause } = context;
  const until = now() + limits.secondsMax * 1_000;
  while (now() < until) {
    const shown = await informationServer.call('site.show', {});
    if (shown.ok && shown.value.program.version === version && !shown.value.proving) return true;
    await pause(limits.lookMilliseconds);
  }
  return false;
}

/** D4: without its agent the control manager cannot manage this site properly. */
async function sayAgent({ informationServer, output, words }: Context): Promise<void> {
  const agent = await informationServer.call('agent.status', {});
  if (!agent.ok || agent.value.consequence === null) return;
  output.talk(words.text('cli.install.agentBehind', { version: agent.value.version ?? '' }));
}
