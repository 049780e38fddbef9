/** A plan before it runs: validated, preflighted, forecast; then started (R1, R2, R6, S4). */

import { problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { PreflightView } from '#protocol/console/contract.ts';
import { formatBytes } from '#words/format.ts';
import {
  answered,
  exitStatuses,
  refused,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import { filesOf, strayOption } from './forecast-options.ts';
import { argument, flag } from '../../given.ts';
import { nothingThere } from '../../terminal/show.ts';
import { refusalOf, sayPrecautions, sayReasons } from './preflight.ts';
import { watchUpgrade } from './upgrade-watch.ts';

type PlanText = { readonly file: string; readonly text: string; readonly acknowledged: boolean };

async function planOf(
  context: Context,
  given: Given,
  file = argument(given, 0),
): Promise<Result<PlanText>> {
  const read = await context.readText(file);
  if (!read.ok) return read;
  return {
    ok: true,
    value: { file, text: read.value, acknowledged: flag(given, 'acknowledge') },
  };
}

function minutes(seconds: number | null): string {
  return seconds === null ? nothingThere : (seconds / 60).toFixed(1);
}

function groupsTable({ output, words }: Context, preflight: PreflightView): string {
  const head = ['group', 'servers', 'bytes', 'linkMinutes'] as const;
  return output.table(
    head.map((one) => words.text(`cli.column.${one}`)),
    preflight.groups.map((group) => [
      group.name,
      String(group.servers),
      formatBytes(group.bytes),
      minutes(group.linkSeconds),
    ]),
  );
}

/** S4: the warning stands again at each deployment, with our own figures instead of 'about'. */
function trafficText({ words }: Context, preflight: PreflightView): string {
  const bytes = preflight.groups.reduce((sum, group) => sum + group.bytes, 0);
  const servers = preflight.groups.reduce((sum, group) => sum + group.servers, 0);
  const each = servers === 0 ? 0 : bytes / servers;
  return words.text('cli.upgrade.traffic', {
    bytes: formatBytes(bytes),
    each: formatBytes(each),
    servers,
  });
}

function show(context: Context, preflight: PreflightView): void {
  const { output, words } = context;
  sayPrecautions(context, preflight);
  output.data(groupsTable(context, preflight));
  output.data(trafficText(context, preflight));
  if (preflight.unassigned.length > 0) {
    const servers = preflight.unassigned.join(', ');
    output.data(words.text('cli.upgrade.unassigned', { servers }));
  }
  sayReasons(context, preflight, { say: (text) => output.data(text), hasPlan: true });
  output.data(
    preflight.go
      ? output.paint('good', words.text('cli.upgrade.go'))
      : output.paint('bad', words.text('cli.upgrade.noGo')),
  );
}

export const planUpgrade: Command = async (context, given) => {
  if (flag(given, 'forecast')) {
    const { forecastUpgrade } = await import('./upgrade-forecast.ts');
    return forecastUpgrade(context, given);
  }
  const stray = strayOption(given);
  if (stray !== null) return refused(context, stray.because);
  const [file, second] = filesOf(given);
  if (file === undefined) return refused(context, problem('ARGUMENT_ABSENT', { argument: 'plan' }));
  if (second !== undefined) {
    return refused(context, problem('OPTION_ABSENT', { option: '--forecast' }));
  }
  const plan = await planOf(context, given, file);
  if (!plan.ok) return refused(context, plan.because);
  const answer = await context.informationServer.call('upgrade.plan', plan.value);
  const status = answered(context, answer, (preflight) => show(context, preflight));
  return answer.ok && !answer.value.go ? exitStatuses.no : status;
};

export const startUpgrade: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const plan = await planOf(context, given);
  if (!plan.ok) return refused(context, plan.because);
  const preflight = await informationServer.call('upgrade.plan', plan.value);
  if (!preflight.ok) return refused(context, preflight.because);
  sayPrecautions(context, preflight.value);
  output.talk(trafficText(context, preflight.value));
  sayReasons(context, preflight.value, { say: (text) => output.talk(text), hasPlan: true });
  if (!preflight.value.go) return refused(context, refusalOf(preflight.value));
  const answer = await informationServer.call('upgrade.start', {
    ...plan.value,
  });
  if (!answer.ok || !flag(given, 'watch')) {
    return answered(context, answer, (upgrade) => {
      output.data(words.text('cli.upgrade.started', { upgrade: upgrade.upgrade }));
      output.talk(words.text('cli.upgrade.watchNext'));
    });
  }
  return watchUpgrade(context, answer.value.upgrade);
};
