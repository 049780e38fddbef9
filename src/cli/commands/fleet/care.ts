/** `fleet doctor` and `fleet log`: asked of the information server, answered by a server itself. */

import { logLinesMax, logNames } from '#protocol/normal-server/care.ts';
import { problem } from '#domain/problem.ts';
import { refuse, ok, type Result } from '#domain/result.ts';
import { serverId } from '#protocol/shared/primitives.ts';
import {
  answered,
  exitStatuses,
  refused,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import { argument, parsed, text } from '../../given.ts';
import { showChecks } from '../installation/care.ts';

const linesDefault = 200;

const named = (given: Given) =>
  parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });

export const examineServer: Command = async (context, given) => {
  const server = named(given);
  if (!server.ok) return refused(context, server.because);
  const asked = { server: server.value };
  const answer = await context.informationServer.call('fleet.doctor', asked);
  const status = answered(context, answer, ({ checks }) => showChecks(context, checks));
  const isBad = answer.ok && answer.value.checks.some(({ state }) => state === 'bad');
  return isBad ? exitStatuses.no : status;
};

export const readServerLog: Command = async (context, given) => {
  const server = named(given);
  if (!server.ok) return refused(context, server.because);
  const what = wanted(given);
  if (!what.ok) return refused(context, what.because);
  const asked = { server: server.value, ...what.value };
  const answer = await context.informationServer.call('fleet.log', asked);
  return answered(context, answer, ({ text: lines, isCut }) => {
    if (isCut) talk(context);
    if (lines !== '') context.output.data(lines);
  });
};

function talk({ output, words }: Context): void {
  output.talk(words.text('cli.fleet.logCut'));
}

function wanted(given: Given): Result<{ log: (typeof logNames)[number]; lines: number }> {
  const typed = text(given, 'log') ?? logNames[0];
  const log = logNames.find((one) => one === typed);
  if (log === undefined) {
    const expected = `one-of: ${logNames.join(', ')}`;
    return refuse(problem('OPTION_WRONG', { option: '--log', value: typed, expected }));
  }
  const value = text(given, 'lines') ?? String(linesDefault);
  const lines = /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (lines >= 1 && lines <= logLinesMax) return ok({ log, lines });
  const expected = `whole-number: 1–${logLinesMax}`;
  return refuse(problem('OPTION_WRONG', { option: '--lines', value, expected }));
}
