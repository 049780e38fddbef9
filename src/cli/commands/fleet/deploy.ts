/** Programs to ticked servers (D9), and content into the share by hand. */

import { problem } from '#domain/problem.ts';
import { componentName, serverId } from '#protocol/shared/primitives.ts';
import { formatBytes } from '#words/format.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { answered, exitStatuses, refused, type Command, type Context } from '../../command.ts';
import { argument, flag, list, parsed, parsedAll, text } from '../../given.ts';
import { versionsLine } from '../../terminal/show.ts';
import { refusalOf, sayPrecautions, sayReasons } from '../upgrade/preflight.ts';

type Deployment = ResultOf<InformationServerTable, 'deploy'>;

/** R1, S4: precautions, bytes and reasons stand there before anything begins. */
function sayBefore(context: Context, { bytes, servers, preflight }: Deployment): void {
  const { output, words } = context;
  if (preflight !== null) sayPrecautions(context, preflight);
  output.talk(words.text('cli.deploy.traffic', { bytes: formatBytes(bytes), servers }));
  if (preflight === null) return;
  sayReasons(context, preflight, { say: (text) => output.talk(text), hasPlan: false });
}

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
  const reason = text(given, 'aheadOfInformationServer');
  const asked: ParamsOf<InformationServerTable, 'deploy'> = {
    component: component.value,
    servers: servers.value,
    acknowledged: flag(given, 'acknowledge'),
    ...(version === undefined ? {} : { version }),
    ...(reason === undefined ? {} : { aheadOfInformationServer: reason }),
  };
  const before = await informationServer.call('deploy', { ...asked, preview: true });
  if (!before.ok) return refused(context, before.because);
  sayBefore(context, before.value);
  const { preflight } = before.value;
  if (preflight?.go === false) return refused(context, refusalOf(preflight));
  const answer = await informationServer.call('deploy', asked);
  return answered(context, answer, ({ upgrade }) => {
    if (upgrade === null) return output.data(words.text('cli.deploy.content'));
    output.data(words.text('cli.deploy.begun', { upgrade }));
  });
};

/** One server back to the version before; the precautions of that release are shown as well. */
export const rollbackServer: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const component = parsed(componentName, text(given, 'component') ?? 'program', {
    option: '--component',
    expected: 'name',
  });
  if (!component.ok) return refused(context, component.because);
  const server = parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });
  if (!server.ok) return refused(context, server.because);
  const reason = text(given, 'reason');
  if (reason === undefined) {
    return refused(context, problem('OPTION_ABSENT', { option: '--reason' }));
  }
  const version = text(given, 'version');
  const asked: ParamsOf<InformationServerTable, 'rollback'> = {
    server: server.value,
    component: component.value,
    reason,
    acknowledged: flag(given, 'acknowledge'),
    ...(version === undefined ? {} : { version }),
  };
  const before = await informationServer.call('rollback', { ...asked, preview: true });
  if (!before.ok) return refused(context, before.because);
  const { preflight, from, to } = before.value;
  sayPrecautions(context, preflight);
  output.talk(words.text('cli.rollback.way', { server: server.value, from, to }));
  sayReasons(context, preflight, { say: (line) => output.talk(line), hasPlan: false });
  if (!preflight.go) return refused(context, refusalOf(preflight));
  const answer = await informationServer.call('rollback', asked);
  return answered(context, answer, ({ upgrade }) => {
    output.data(words.text('cli.deploy.begun', { upgrade: upgrade ?? '-' }));
  });
};

/** 1 where an offer came to nothing: all of it was refused, or failed. */
export const updateNow: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const source = text(given, 'source');
  const answer = await informationServer.call('update.now', source === undefined ? {} : { source });
  const status = answered(context, answer, ({ taken, refused: refusals, keptBack, standing }) => {
    output.data(words.text('cli.update.taken', { versions: versionsLine(taken) }));
    if (keptBack.length > 0) {
      output.data(words.text('cli.update.keptBack', { versions: versionsLine(keptBack) }));
    }
    if (standing.length > 0) {
      output.data(words.text('cli.update.standing', { versions: versionsLine(standing) }));
    }
    for (const because of refusals) {
      const { sentence } = words.problem(because);
      output.data(`${output.paint('warning', words.text('cli.update.refused'))} ${sentence}`);
    }
  });
  if (!answer.ok || answer.value.refused.length === 0) return status;
  const { taken, keptBack, standing } = answer.value;
  return taken.length + keptBack.length + standing.length === 0 ? exitStatuses.no : status;
};
