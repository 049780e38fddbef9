/** Holds, at an information server or at a control manager: both tiers answer the same three. */

import { parseDuration } from '#domain/plan/quantities.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { holdSeriesMax } from '#domain/hold/series.ts';
import type { Instant } from '#domain/names.ts';
import { holdsCalendar } from '#protocol/calendar/holds-calendar.ts';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import { beginningsOf, repetitions } from '#protocol/console/hold-beginnings.ts';
import { componentName, domainName, holdId, lane, serverId } from '#protocol/shared/primitives.ts';
import {
  answered,
  refused,
  unconfirmed,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import {
  argument,
  flag,
  instant,
  list,
  parsed,
  parsedAll,
  text,
  wholeNumber,
} from '../../given.ts';
import { timeOrNothing, versionsLine } from '../../terminal/show.ts';

const minuteMilliseconds = 60_000;

function scopeText({ words }: Context, hold: HoldView): string {
  const servers =
    hold.servers === 'site'
      ? words.text('cli.hold.wholeSite')
      : [...hold.servers, ...hold.domains].join(', ');
  return [servers, hold.lanes.join('+'), hold.components.join(', ')].filter(Boolean).join(' · ');
}

function show(context: Context, holds: readonly HoldView[]): void {
  const { output, words } = context;
  if (holds.length === 0) return output.data(words.text('cli.hold.none'));
  const head = ['hold', 'state', 'from', 'until', 'scope', 'reason', 'owner', 'keepsBack'] as const;
  output.data(
    output.table(
      head.map((one) => words.text(`cli.column.${one}`)),
      holds.map((hold) => [
        hold.id,
        stateOf(context, hold),
        timeOrNothing(hold.from),
        timeOrNothing(hold.until),
        scopeText(context, hold),
        hold.reason,
        hold.owner,
        versionsLine(hold.keepsBack),
      ]),
    ),
  );
}

const activeWords = {
  active: 'cli.hold.active',
  'ends-soon': 'cli.hold.ends-soon',
  old: 'cli.hold.old',
} as const;

function stateOf({ output, words }: Context, hold: HoldView): string {
  const { active, planned, warning } = hold;
  if (planned) return words.text('cli.hold.planned');
  if (!active) return output.paint('quiet', words.text('cli.hold.over'));
  return output.paint('warning', words.text(activeWords[warning ?? 'active']));
}

type Beginnings = { readonly begins?: Instant[] };

/** Absent: it begins now. A series has several. */
function beginningsGiven(given: Given): Result<Beginnings> {
  const from = instant(given, 'from');
  if (!from.ok) return from;
  const times = wholeNumber(given, 'times', { min: 1, max: holdSeriesMax, absent: 1 });
  if (!times.ok) return times;
  const typed = text(given, 'every');
  const every = repetitions.find((one) => one === typed);
  const expected = `one-of: ${repetitions.join(', ')}`;
  const isWrong = (typed !== undefined || times.value > 1) && every === undefined;
  if (isWrong) {
    const value = typed ?? '';
    return refuse(problem('OPTION_WRONG', { option: '--every', value, expected }));
  }
  if (every === undefined) return ok(from.value === undefined ? {} : { begins: [from.value] });
  const first = from.value ?? Date.now();
  return ok({ begins: beginningsOf({ first, every, times: times.value }) });
}

function minutesOf(given: Given): Result<number> {
  const value = text(given, 'for') ?? '2h';
  const milliseconds = parseDuration(value);
  if (milliseconds === null || milliseconds === 0) {
    return refuse(problem('OPTION_WRONG', { option: '--for', value, expected: 'duration' }));
  }
  return ok(milliseconds / minuteMilliseconds);
}

export const addHold: Command = async (context, given) => {
  const tier = await context.tier();
  if (!tier.ok) return refused(context, tier.because);
  const minutes = minutesOf(given);
  if (!minutes.ok) return refused(context, minutes.because);
  const begins = beginningsGiven(given);
  if (!begins.ok) return refused(context, begins.because);
  const what = scopeOf(given);
  if (!what.ok) return refused(context, what.because);
  const { lanes, components, servers, domains } = what.value;
  const reason = text(given, 'reason') ?? '';
  const said = { reason, minutes: minutes.value, ...begins.value, lanes, components };
  if (tier.value === 'control-manager') {
    const names = list(given, 'sites');
    const sites = parsedAll(serverId, names, { option: '--sites', expected: 'name' });
    if (!sites.ok) return refused(context, sites.because);
    const where = names.length === 0 ? ('all' as const) : sites.value;
    const answer = await context.controlManager.call('hold.add', { ...said, sites: where });
    return answered(context, answer, (hold) => show(context, [hold]));
  }
  const scope = { servers, domains };
  const answer = await context.informationServer.call('hold.add', { ...said, ...scope });
  return answered(context, answer, (hold) => show(context, [hold]));
};

/** Default: D1, the whole site, every delivery of content. */
function scopeOf(given: Given) {
  const names = list(given, 'servers');
  const servers = parsedAll(serverId, names, { option: '--servers', expected: 'name' });
  if (!servers.ok) return servers;
  const domainNames = list(given, 'domains');
  const domains = parsedAll(domainName, domainNames, { option: '--domains', expected: 'name' });
  if (!domains.ok) return domains;
  const lanes = parsedAll(lane, list(given, 'lanes'), {
    option: '--lanes',
    expected: 'one-of: program, content',
  });
  if (!lanes.ok) return lanes;
  const components = parsedAll(componentName, list(given, 'components'), {
    option: '--components',
    expected: 'name',
  });
  if (!components.ok) return components;
  return ok({
    servers: names.length + domainNames.length === 0 ? ('site' as const) : servers.value,
    domains: domains.value,
    lanes: lanes.value.length === 0 ? (['content'] as const).slice() : lanes.value,
    components: components.value,
  });
}

async function holdsHere(context: Context): Promise<Result<{ holds: HoldView[] }>> {
  const tier = await context.tier();
  if (!tier.ok) return tier;
  return tier.value === 'control-manager'
    ? context.controlManager.call('hold.list', {})
    : context.informationServer.call('hold.list', {});
}

export const listHolds: Command = async (context) =>
  answered(context, await holdsHere(context), ({ holds }) => show(context, holds));

export const holdCalendar: Command = async (context) =>
  answered(context, await holdsHere(context), ({ holds }) => {
    const text = holdsCalendar(holds, { name: 'Dankai', now: Date.now() });
    context.output.data(text.replace(/\r\n$/, ''));
  });

export const releaseHold: Command = async (context, given) => {
  const tier = await context.tier();
  if (!tier.ok) return refused(context, tier.because);
  const hold = parsed(holdId, argument(given, 0), { option: 'HOLD', expected: 'name' });
  if (!hold.ok) return refused(context, hold.because);
  const refusal = await unconfirmed(context, given, {
    command: 'hold release',
    question: context.words.text('cli.hold.releaseQuestion', { hold: hold.value }),
  });
  if (refusal !== null) return refused(context, refusal);
  const isSeries = flag(given, 'series');
  const release = { hold: hold.value, ...(isSeries ? { series: true as const } : {}) };
  const answer =
    tier.value === 'control-manager'
      ? await context.controlManager.call('hold.release', release)
      : await context.informationServer.call('hold.release', release);
  return answered(context, answer, (released) => show(context, [released]));
};
