/** Servers whose information server is no more, moved by an order that the root signs offline. */

import { parseDuration } from '#domain/plan/quantities.ts';
import { problem } from '#domain/problem.ts';
import { serverId } from '#protocol/shared/primitives.ts';
import { answered, refused, type Command } from '../../command.ts';
import { text } from '../../given.ts';

const minuteMilliseconds = 60_000;

export const rehomeServers: Command = async (context, given) => {
  const { output, words } = context;
  const named = given.arguments[0];
  const typed = Array.isArray(named) ? named : [named];
  const servers = typed.flatMap((one) => {
    const read = serverId.safeParse(one);
    return read.success ? [read.data] : [];
  });
  if (servers.length !== typed.length) {
    const wrong = { option: 'SERVER', value: typed.join(' '), expected: 'name' };
    return refused(context, problem('OPTION_WRONG', wrong));
  }
  const duration = text(given, 'for') ?? '7d';
  const milliseconds = parseDuration(duration);
  if (milliseconds === null || milliseconds === 0) {
    const wrong = { option: '--for', value: duration, expected: 'duration' };
    return refused(context, problem('OPTION_WRONG', wrong));
  }
  const file = text(given, 'out') ?? '';
  const organisations = await context.organisations();
  const answer = await organisations.rehome({
    folder: text(given, 'organisationFolder') ?? '',
    file,
    from: text(given, 'from') ?? '',
    to: text(given, 'to') ?? '',
    address: text(given, 'at') ?? '',
    servers,
    minutes: milliseconds / minuteMilliseconds,
  });
  return answered(context, answer, ({ to, until }) => {
    output.talk(words.text('cli.organisation.rehome', { file, to, until }));
    for (const server of servers) {
      output.data(words.text('cli.organisation.rehomeLine', { server, file }));
    }
  });
};
