/**
 * How an upgrade would go (S4, S6, S7, R6): asked of the information server for its own fleet, or
 * computed here for one that there is no site of yet. Ctrl-C ends it wherever it is made.
 */

import type { Problem } from '#domain/problem.ts';
import { ok, type Result } from '#domain/result.ts';
import type { ForecastDocument } from '#protocol/console/forecast.ts';
import { answered, refused, type Command, type Context } from '../../command.ts';
import { forecastHere } from './forecast-here.ts';
import { parseForecast, type ForecastAsked } from './forecast-options.ts';
import { flag } from '../../given.ts';
import { forecastText } from './show-forecast.ts';

const pauseMs = 300;

type Progress = (runsDone: number, runsTotal: number) => void;

export const forecastUpgrade: Command = async (context, given) => {
  const asked = parseForecast(given);
  if (!asked.ok) return refused(context, asked.because);
  const drawing = openProgress(context);
  const { described } = asked.value;
  const { interrupted: signal } = context;
  const answer =
    described === null
      ? await forecastThere(context, asked.value, {
          acknowledged: flag(given, 'acknowledge'),
          progress: drawing.progress,
        })
      : await forecastHere(
          context,
          { ...asked.value, described },
          { progress: drawing.progress, signal },
        );
  drawing.done();
  return answered(context, answer, (document) =>
    context.output.data(forecastText(context, document)),
  );
};

/**
 * One line that is drawn over, for a person alone: a log would hold two hundred. Its first word is
 * said at once, because the first run of a large fleet takes minutes.
 */
export function openProgress({ output, words }: Pick<Context, 'output' | 'words'>): {
  progress: Progress;
  done(): void;
} {
  if (!output.isInteractive) return { progress: () => undefined, done: () => undefined };
  const live = output.live();
  live.draw(words.text('cli.forecast.begun'));
  return {
    progress: (runsDone, runsTotal) =>
      live.draw(words.text('cli.forecast.progress', { runsDone, runsTotal })),
    done: () => {
      live.draw('');
      live.done();
    },
  };
}

async function forecastThere(
  context: Context,
  { files, wish }: ForecastAsked,
  how: { readonly acknowledged: boolean; readonly progress: Progress },
): Promise<Result<ForecastDocument>> {
  const plans: { file: string; text: string; acknowledged: boolean }[] = [];
  for (const file of files) {
    const read = await context.readText(file);
    if (!read.ok) return read;
    plans.push({ file, text: read.value, acknowledged: how.acknowledged });
  }
  const { informationServer, interrupted } = context;
  const begun = await informationServer.call('forecast.begin', { plans, ...wish });
  if (!begun.ok) return begun;
  const { forecast } = begun.value;
  while (!interrupted.aborted) {
    const looked = await informationServer.call('forecast.look', { forecast });
    if (!looked.ok) return looked;
    const { document, runsDone, runsTotal } = looked.value;
    if (document !== null) return ok(document);
    if (runsTotal > 0) how.progress(runsDone, runsTotal);
    await context.pause(pauseMs);
  }
  await informationServer.call('forecast.stop', { forecast });
  const because: Problem = { code: 'FORECAST_STOPPED', with: {} };
  return { ok: false, because };
}
