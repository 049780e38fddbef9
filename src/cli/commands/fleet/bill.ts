/** What went over the site's links: sums for people, every entry for whoever goes on with it. */

import { problem } from '#domain/problem.ts';
import type { BillView } from '#protocol/console/budget-calls.ts';
import { upgradeId } from '#protocol/shared/primitives.ts';
import { formatBytes, formatTime } from '#words/format.ts';
import { answered, exitStatuses, refused, type Command, type Context } from '../../command.ts';
import { parsed, text } from '../../given.ts';
import { nothingThere, timeOrNothing } from '../../terminal/show.ts';

type Sums = BillView['total'];

const serversDefault = 20;
const serversMax = 10_000;
const pageLines = 5_000;
const columns = ['whole', 'delta', 'other', 'received'] as const;
const titles = {
  whole: 'cli.bill.whole',
  delta: 'cli.bill.delta',
  other: 'cli.bill.other',
  received: 'cli.bill.received',
  links: 'cli.bill.links',
  lanes: 'cli.bill.lanes',
  servers: 'cli.bill.servers',
  upgrades: 'cli.bill.upgrades',
  group: 'cli.bill.group',
  planned: 'cli.bill.planned',
  actual: 'cli.bill.actual',
} as const;

export const showBill: Command = async (context, given) => {
  const named = text(given, 'upgrade');
  const upgrade =
    named === undefined
      ? null
      : parsed(upgradeId, named, { option: '--upgrade', expected: 'name' });
  if (upgrade !== null && !upgrade.ok) return refused(context, upgrade.because);
  const servers = Number(text(given, 'servers') ?? serversDefault);
  if (!Number.isInteger(servers) || servers < 0 || servers > serversMax) {
    const value = text(given, 'servers') ?? '';
    const expected = `whole-number: 0–${serversMax}`;
    return refused(context, problem('OPTION_WRONG', { option: '--servers', value, expected }));
  }
  const answer = await context.informationServer.call('bill.show', {
    ...(upgrade === null ? {} : { upgrade: upgrade.value }),
    serversMax: servers,
  });
  return answered(context, answer, (view) => show(context, view));
};

/** One JSON object a line, in the order of servers. */
export const exportBill: Command = async (context) => {
  for (let after = 0; ;) {
    const page = await context.informationServer.call('bill.export', { after, limit: pageLines });
    if (!page.ok) return refused(context, page.because);
    const { entries, isLast } = page.value;
    if (entries.length > 0) {
      context.output.lines(entries.map((entry) => JSON.stringify(entry)).join('\n'));
    }
    after += entries.length;
    if (isLast) return exitStatuses.done;
    if (context.interrupted.aborted) return exitStatuses.no;
  }
};

function show(context: Context, view: BillView): void {
  const { output, words } = context;
  if (view.since === null) return output.data(words.text('cli.bill.none'));
  const { since, until, serverCount } = view;
  const times = { since: formatTime(since), until: timeOrNothing(until), count: serverCount };
  output.data(words.text('cli.bill.time', times));
  const table = (
    name: 'links' | 'lanes' | 'servers',
    rows: readonly (Sums & { readonly name: string })[],
  ): void => {
    if (rows.length === 0) return;
    output.data('');
    output.data(
      output.table(
        [name, ...columns].map((one) => words.text(titles[one])),
        rows.map((row) => [row.name, ...columns.map((one) => formatBytes(row[one]))]),
      ),
    );
  };
  const ownLink = words.text('cli.bill.ownLink');
  table('links', [
    ...view.links.map(({ link, ...sums }) => ({ name: link ?? ownLink, ...sums })),
    { name: words.text('cli.bill.total'), ...view.total },
  ]);
  const besides = words.text('cli.bill.besides');
  table(
    'lanes',
    view.lanes.map(({ lane, ...sums }) => ({
      name: lane === null ? besides : words.text(`cli.lane.${lane}`),
      ...sums,
    })),
  );
  showUpgrades(context, view);
  table(
    'servers',
    view.servers.map(({ server, ...sums }) => ({ name: server, ...sums })),
  );
}

function showUpgrades({ output, words }: Context, { upgrades }: BillView): void {
  if (upgrades.length === 0) return;
  const head = ['upgrades', 'group', 'servers', 'planned', 'whole', 'delta', 'actual'] as const;
  output.data('');
  output.data(
    output.table(
      head.map((one) => words.text(titles[one])),
      upgrades.flatMap(({ upgrade, groups }) =>
        groups.map((one) => [
          upgrade,
          one.group,
          String(one.servers),
          formatBytes(one.planned),
          formatBytes(one.whole),
          formatBytes(one.delta),
          one.planned === 0
            ? nothingThere
            : `${((100 * (one.whole + one.delta)) / one.planned).toFixed(1)} %`,
        ]),
      ),
    ),
  );
}
