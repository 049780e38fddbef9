/** What may be spent of a site's links: shown, changed for now, and given back to what is set. */

import { scopeText, type BudgetScope } from '#domain/budget/budget.ts';
import { brand, namePattern, type UpgradeId } from '#domain/names.ts';
import { parseDuration, parseSpeed } from '#domain/plan/quantities.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { BudgetView } from '#protocol/console/budget-calls.ts';
import type { ParamsOf, InformationServerTable } from '#protocol/console/contract.ts';
import { formatSpeed } from '#words/format.ts';
import { answered, refused, type Command, type Context, type Given } from '../../command.ts';
import { argument, flag, text } from '../../given.ts';
import { timeOrNothing } from '../../terminal/show.ts';

type Scope = ParamsOf<InformationServerTable, 'budget.set'>['of'];

const minuteMilliseconds = 60_000;
const unlimited = 'unlimited';

export const showBudget: Command = async (context) =>
  answered(context, await context.informationServer.call('budget.show', {}), (view) =>
    show(context, view),
  );

export const setBudget: Command = async (context, given) => {
  const of = scopeOf(given);
  if (!of.ok) return refused(context, of.because);
  const bitsPerSecond = speedOf(argument(given, 0));
  if (!bitsPerSecond.ok) return refused(context, bitsPerSecond.because);
  const minutes = minutesOf(text(given, 'for'));
  if (!minutes.ok) return refused(context, minutes.because);
  const answer = await context.informationServer.call('budget.set', {
    of: of.value,
    bitsPerSecond: bitsPerSecond.value,
    ...(minutes.value === null ? {} : { minutes: minutes.value }),
    reason: text(given, 'reason') ?? '',
  });
  return answered(context, answer, (view) => show(context, view));
};

export const resetBudget: Command = async (context, given) => {
  const of = scopeOf(given);
  if (!of.ok) return refused(context, of.because);
  const answer = await context.informationServer.call('budget.reset', { of: of.value });
  return answered(context, answer, (view) => show(context, view));
};

/** Unnamed, it is the site as a whole. */
function scopeOf(given: Given): Result<Scope> {
  const link = text(given, 'link');
  const upgrade = text(given, 'upgrade');
  const named = [link, upgrade, flag(given, 'each-server') ? 'each-server' : undefined];
  if (named.filter((one) => one !== undefined).length > 1) {
    const expected = 'one-of: --link, --upgrade, --each-server';
    return refuse(problem('OPTION_WRONG', { option: 'SCOPE', value: named.join(' '), expected }));
  }
  if (flag(given, 'each-server')) return ok({ kind: 'server' });
  if (link === undefined && upgrade === undefined) return ok({ kind: 'site' });
  const kind = link === undefined ? 'upgrade' : 'link';
  const name = link ?? upgrade ?? '';
  if (!namePattern.test(name)) {
    return refuse(problem('OPTION_WRONG', { option: `--${kind}`, value: name, expected: 'name' }));
  }
  return ok(kind === 'link' ? { kind, name } : { kind, name: brand<UpgradeId>(name) });
}

function speedOf(value: string): Result<number | null> {
  const bits = value === unlimited ? null : parseSpeed(value);
  if (bits !== null || value === unlimited) return ok(bits);
  return refuse(problem('OPTION_WRONG', { option: 'SPEED', value, expected: 'speed' }));
}

function minutesOf(value: string | undefined): Result<number | null> {
  if (value === undefined) return ok(null);
  const milliseconds = parseDuration(value);
  if (milliseconds !== null && milliseconds > 0) return ok(milliseconds / minuteMilliseconds);
  return refuse(problem('OPTION_WRONG', { option: '--for', value, expected: 'duration' }));
}

function show(context: Context, { limits, transfers, bitsPerSecond }: BudgetView): void {
  const { output, words } = context;
  const speed = (bits: number | null): string =>
    bits === null ? words.text('cli.budget.unlimited') : formatSpeed(bits);
  const head = ['limit', 'set', 'now', 'until', 'reason', 'who'] as const;
  output.data(
    output.table(
      head.map((one) => words.text(`cli.column.${one}`)),
      limits.map(({ of, domains, set, now, change }) => [
        `${nameOf(context, of)}${domains === undefined ? '' : ` (${domains.join(', ')})`}`,
        speed(set),
        change === null ? speed(now) : output.paint('warning', speed(now)),
        change === null ? '' : timeOrNothing(change.until),
        change?.reason ?? '',
        change?.who ?? '',
      ]),
    ),
  );
  if (transfers > 0) {
    output.talk(
      words.text('cli.budget.underWay', { count: transfers, speed: speed(bitsPerSecond) }),
    );
  }
}

function nameOf({ words }: Context, of: BudgetScope): string {
  if ('name' in of) return scopeText(of);
  return words.text(of.kind === 'site' ? 'cli.budget.site' : 'cli.budget.server');
}
