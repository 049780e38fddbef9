/**
 * An information server is upgraded where it stands (L1, L2): its release file is imported, and it
 * switches itself, with its normal server and its console. The agent follows by itself (D4); until it
 * does, what that means is said.
 */

import { problem } from '#domain/problem.ts';
import { ok, type Result } from '#domain/result.ts';
import type { AgentView } from '#protocol/console/contract.ts';
import { answered, exitStatuses, refused, type Command, type Context } from '../../command.ts';
import { flag, text } from '../../given.ts';
import { agentUpgraded } from '../fleet/agent.ts';

const limits = {
  /** Leases in flight end before it switches, and it has time for its proof. */
  secondsMax: 2_400,
  lookMilliseconds: 1_000,
  /** The agent is connected again some seconds after its information server was. */
  agentSecondsMax: 30,
  recordLinesMax: 100,
} as const;

type End =
  | { readonly end: 'already' | 'committed' | 'proving' }
  | { readonly end: 'returned'; readonly cause: string; readonly detail: string };

type Standing = { readonly root: string; readonly from: string; readonly version: string };

export async function upgradeInformationServerHere(
  context: Context,
  given: Parameters<Command>[1],
  root: string,
): Promise<number> {
  const { informationServer } = context;
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
  const standing = { root, from: before.value.program.version, version: imported.value.version };
  const ended = await switched(context, standing);
  if (!ended.ok) return refused(context, ended.because);
  const agent = await offered(context, given, await agentOf(context));
  const answer = ok({ ...standing, ...ended.value, agent });
  const status = answered(context, answer, () => show(context, standing, ended.value));
  if (agent !== null && agent.consequence !== null) sayBehind(context, agent);
  const { end } = ended.value;
  return end === 'returned' || end === 'proving' ? exitStatuses.no : status;
}

function sayBehind({ output, words }: Context, { version }: AgentView): void {
  output.talk(words.text('cli.install.agentBehind', { version: version ?? '' }));
}

/** D4: who says nothing keeps the old one, and is told what that means. */
async function offered(
  context: Context,
  given: Parameters<Command>[1],
  agent: AgentView | null,
): Promise<AgentView | null> {
  if (agent === null || agent.consequence === null) return agent;
  const { output, words } = context;
  const isAsked = output.isInteractive && !flag(given, 'unattended');
  if (isAsked) sayBehind(context, agent);
  const isWanted =
    flag(given, 'withAgent') ||
    (isAsked && (await output.ask(words.text('cli.install.agentOffer'))));
  if (!isWanted) return agent;
  const upgraded = await agentUpgraded(context);
  return upgraded.ok ? upgraded.value : agent;
}

async function switched(context: Context, { from, version }: Standing): Promise<Result<End>> {
  if (from === version) return ok({ end: 'already' });
  const { informationServer } = context;
  const newest = await informationServer.call('record.list', { limit: 1 });
  if (!newest.ok) return newest;
  const asked = await informationServer.call('information-server.upgrade', { version });
  if (!asked.ok) return asked;
  return ok(await endOf(context, version, newest.value.lines.at(-1)?.number ?? 0));
}

/** It restarts in the middle, so for a while nobody answers; how it ended stands in its record. */
async function endOf(context: Context, version: string, after: number): Promise<End> {
  const { informationServer, interrupted, now, pause } = context;
  const until = now() + limits.secondsMax * 1_000;
  while (now() < until && !interrupted.aborted) {
    const shown = await informationServer.call('site.show', {});
    if (shown.ok && !shown.value.proving) {
      if (shown.value.program.version === version) return { end: 'committed' };
      const end = await returnIn(context, after);
      if (end !== null) return end;
    }
    await pause(limits.lookMilliseconds);
  }
  return { end: 'proving' };
}

async function returnIn({ informationServer }: Context, after: number): Promise<End | null> {
  const listed = await informationServer.call('record.list', {
    after,
    limit: limits.recordLinesMax,
  });
  const lines = listed.ok ? listed.value.lines : [];
  const found = lines.find(({ kind }) => kind === 'information-server-returned');
  if (found === undefined) return null;
  const { cause, detail } = found.detail;
  const said = (one: unknown, otherwise: string) => (typeof one === 'string' ? one : otherwise);
  return { end: 'returned', cause: said(cause, 'unknown'), detail: said(detail, '') };
}

function show({ output, words }: Context, standing: Standing, end: End): void {
  switch (end.end) {
    case 'already':
      return output.data(words.text('cli.install.already', standing));
    case 'committed':
      return output.data(words.text('cli.install.upgraded', standing));
    case 'proving':
      return output.data(words.text('cli.install.proving', standing));
    case 'returned': {
      const { cause, detail } = end;
      return output.data(words.text('cli.install.returned', { ...standing, cause, detail }));
    }
  }
}

/** D4: without its agent the control manager cannot manage this site properly. */
async function agentOf({
  informationServer,
  now,
  pause,
  interrupted,
}: Context): Promise<AgentView | null> {
  const until = now() + limits.agentSecondsMax * 1_000;
  for (;;) {
    const agent = await informationServer.call('agent.status', {});
    if (agent.ok && agent.value.state !== 'absent') return agent.value;
    if (now() > until || interrupted.aborted) return agent.ok ? agent.value : null;
    await pause(limits.lookMilliseconds);
  }
}
