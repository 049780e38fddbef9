/** A running upgrade: looked at, approved, paused, resumed, stopped, and asked why. */

import type { UpgradeId } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import { groupName, serverId, upgradeId } from '#protocol/shared/primitives.ts';
import { answered, refused, unconfirmed, type Command, type Given } from '../../command.ts';
import { argument, flag, parsed, text } from '../../given.ts';
import { stateText } from '../../terminal/show.ts';
import { upgradeText, watchUpgrade } from './upgrade-watch.ts';

type Named = { readonly upgrade?: UpgradeId };

/** Unnamed, the information server knows which one is meant, or asks. */
function namedUpgrade(given: Given): Result<Named> {
  const name = text(given, 'upgrade');
  if (name === undefined) return ok({});
  const upgrade = parsed(upgradeId, name, { option: '--upgrade', expected: 'name' });
  return upgrade.ok ? ok({ upgrade: upgrade.value }) : upgrade;
}

export const showUpgrade: Command = async (context, given) => {
  const named = namedUpgrade(given);
  if (!named.ok) return refused(context, named.because);
  if (flag(given, 'watch')) return watchUpgrade(context, named.value.upgrade);
  const answer = await context.informationServer.call('upgrade.status', named.value);
  return answered(context, answer, (found) => context.output.data(upgradeText(context, found)));
};

export const approveGroup: Command = async (context, given) => {
  const group = parsed(groupName, argument(given, 0), { option: 'GROUP', expected: 'name' });
  if (!group.ok) return refused(context, group.because);
  const named = namedUpgrade(given);
  if (!named.ok) return refused(context, named.because);
  const answer = await context.informationServer.call('upgrade.approve', {
    ...named.value,
    group: group.value,
  });
  return answered(context, answer, (upgrade) => context.output.data(upgradeText(context, upgrade)));
};

const change =
  (call: 'upgrade.pause' | 'upgrade.resume' | 'upgrade.stop'): Command =>
  async (context, given) => {
    const named = namedUpgrade(given);
    if (!named.ok) return refused(context, named.because);
    const answer = await context.informationServer.call(call, named.value);
    return answered(context, answer, (upgrade) =>
      context.output.data(upgradeText(context, upgrade)),
    );
  };

export const pauseUpgrade = change('upgrade.pause');
export const resumeUpgrade = change('upgrade.resume');

export const stopUpgrade: Command = async (context, given) => {
  const refusal = await unconfirmed(context, given, {
    command: 'upgrade stop',
    question: context.words.text('cli.upgrade.stopQuestion'),
  });
  if (refusal !== null) return refused(context, refusal);
  return change('upgrade.stop')(context, given);
};

export const whyServer: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const server = parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });
  if (!server.ok) return refused(context, server.because);
  const named = namedUpgrade(given);
  if (!named.ok) return refused(context, named.because);
  const asked = { ...named.value, server: server.value };
  const answer = await informationServer.call('upgrade.why', asked);
  return answered(context, answer, (why) => {
    const { sentence } = words.problem(why.because);
    output.data(`${why.server}: ${stateText(context, why.state)}: ${sentence}`);
    for (const one of why.besides ?? []) output.data(words.problem(one).sentence);
  });
};
