/** Programs to ticked servers (D9), and content into the share by hand. */

import { problem } from '#domain/problem.ts';
import { componentName, serverId } from '#protocol/shared/primitives.ts';
import { formatBytes } from '#words/format.ts';
import { answered, refused, type Command } from '../command.ts';
import { list, parsed, parsedAll, text } from '../given.ts';
import { versionsLine } from '../show.ts';

export const deployProgram: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const component = parsed(componentName, text(given, 'component') ?? 'program', {
    option: '--component',
    expected: 'name',
  });
  if (!component.ok) return refused(context, component.because);
  const names = list(given, 'servers');
  if (names.length === 0) {
    return refused(context, problem('OPTION_ABSENT', { option: '--servers' }));
  }
  const servers = parsedAll(serverId, names, { option: '--servers', expected: 'name' });
  if (!servers.ok) return refused(context, servers.because);
  const version = text(given, 'version');
  const answer = await informationServer.call('deploy', {
    component: component.value,
    servers: servers.value,
    ...(version === undefined ? {} : { version }),
  });
  return answered(context, answer, (begun) => {
    const bytes = formatBytes(begun.bytes);
    output.talk(words.text('cli.deploy.traffic', { bytes, servers: begun.servers }));
    if (begun.upgrade === null) return output.data(words.text('cli.deploy.nothing'));
    output.data(words.text('cli.deploy.begun', { upgrade: begun.upgrade }));
  });
};

export const updateNow: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const source = text(given, 'source');
  const answer = await informationServer.call('update.now', source === undefined ? {} : { source });
  return answered(context, answer, ({ taken, refused: refusals, keptBack }) => {
    output.data(words.text('cli.update.taken', { versions: versionsLine(taken) }));
    if (keptBack.length > 0) {
      output.data(words.text('cli.update.keptBack', { versions: versionsLine(keptBack) }));
    }
    for (const because of refusals) {
      const { sentence } = words.problem(because);
      output.data(`${output.paint('warning', words.text('cli.update.refused'))} ${sentence}`);
    }
  });
};
