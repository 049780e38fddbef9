/** Removes packages of which nobody has any use from the store of an information server. */

import { problem } from '#domain/problem.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { formatBytes } from '#words/format.ts';
import { answered, refused, unconfirmed, type Command, type Context } from '../../command.ts';
import { flag, text } from '../../given.ts';

const keptDefault = '3';
const keptMax = 1_000;

const columns = [
  'cli.prune.component',
  'cli.prune.version',
  'cli.prune.bytes',
  'cli.prune.stays',
] as const;
const because = {
  'in-use': 'cli.prune.because.in-use',
  'way-back': 'cli.prune.because.way-back',
  newest: 'cli.prune.because.newest',
} as const;

type Pruned = ResultOf<InformationServerTable, 'share.prune'>;

/** Shows what would go, and asks. */
export const pruneShare: Command = async (context, given) => {
  const typed = text(given, 'keep') ?? keptDefault;
  const versionsKept = Number(typed);
  if (!Number.isInteger(versionsKept) || versionsKept < 1 || versionsKept > keptMax) {
    const expected = `whole-number: 1–${keptMax}`;
    return refused(context, problem('OPTION_WRONG', { option: '--keep', value: typed, expected }));
  }
  const asked: ParamsOf<InformationServerTable, 'share.prune'> = { versionsKept, preview: true };
  const { informationServer, output, words } = context;
  const preview = await informationServer.call('share.prune', asked);
  if (!preview.ok || flag(given, 'preview')) {
    return answered(context, preview, (view) => show(context, view));
  }
  if (!output.isJson) show(context, preview.value);
  const { gone } = preview.value;
  if (gone.length > 0) {
    const question = words.text('cli.prune.question', { count: gone.length });
    const refusal = await unconfirmed(context, given, { command: 'share prune', question });
    if (refusal !== null) return refused(context, refusal);
  }
  const answer = await informationServer.call('share.prune', { ...asked, preview: false });
  return answered(context, answer, (pruned) => {
    const bytes = formatBytes(pruned.gone.reduce((sum, one) => sum + one.bytes, 0));
    output.data(words.text('cli.prune.removed', { count: pruned.gone.length, bytes }));
  });
};

function show({ output, words }: Context, { gone, kept }: Pruned): void {
  const row = (one: Pruned['gone'][number], state: string): readonly string[] => [
    one.component,
    one.version,
    formatBytes(one.bytes),
    state,
  ];
  output.data(
    output.table(
      columns.map((one) => words.text(one)),
      [
        ...kept.map((one) => row(one, words.text(because[one.because]))),
        ...gone.map((one) => row(one, words.text('cli.prune.goes'))),
      ],
    ),
  );
}
