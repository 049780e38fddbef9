/** A running upgrade: looked at, approved, paused, resumed, stopped, and asked why. */

import { groupName, serverId, upgradeId } from '#protocol/shared/primitives.ts';
import { answered, refused, unconfirmed, type Command } from '../command.ts';
import { argument, flag, parsed, text } from '../given.ts';
import { stateText } from '../show.ts';
import { upgradeText, watchUpgrade } from './upgrade-watch.ts';

export const showUpgrade: Command = async (context, given) => {
  const name = text(given, 'upgrade');
  const upgrade =
    name === undefined
      ? undefined
      : parsed(upgradeId, name, { option: '--upgrade', expected: 'name' });
  if (upgrade?.ok === false) return refused(context, upgrade.because);
  if (flag(given, 'watch')) return watchUpgrade(context, upgrade?.value);
  const answer = await context.informationServer.call(
    'upgrade.status',
    upgrade === undefined ? {} : { upgrade: upgrade.value },
  );
  return answered(context, answer, (found) => context.output.data(upgradeText(context, found)));
};

export const approveGroup: Command = async (context, given) => {
  const group = parsed(groupName, argument(given, 0), { option: 'GROUP', expected: 'name' });
  if (!group.ok) return refused(context, group.because);
  const answer = await context.informationServer.call('upgrade.approve', {
    group: group.value,
    who: context.who,
  });
  return answered(context, answer, (upgrade) => context.output.data(upgradeText(context, upgrade)));
};

const change =
  (call: 'upgrade.pause' | 'upgrade.resume' | 'upgrade.stop'): Command =>
  async (context) => {
    const answer = await context.informationServer.call(call, { who: context.who });
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
  const answer = await informationServer.call('upgrade.why', { server: server.value });
  return answered(context, answer, (why) => {
    const { sentence } = words.problem(why.because);
    output.data(`${why.server}: ${stateText(context, why.state)}: ${sentence}`);
  });
};
