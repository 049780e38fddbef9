/**
 * Ways to go beside each other (S6): program deployment and local installation, few groups and
 * many, one plan and another. The least work is recommended among those that are in time, where
 * a bad release counts as the work that it would be. Where the figures cannot tell ways apart, the
 * guide's advice does.
 */

import { invariant } from '#domain/result.ts';
import type { PlannedGroup, UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Alternative, ComparisonWish, ForecastRequest, Method } from '#ports/forecast.ts';
import type { Comparison, Forecast } from '#protocol/console/forecast.ts';

/** One release in fifty turns out bad only after a whole group runs it. */
const badReleaseShare = 0.02;
/** Nine runs of ten must end, and end the mixed state before it has to. */
const inTimeShareMin = 0.9;
/** The guide's own example has three. */
const groupsFewMax = 3;
/** What people can install by hand within a day of work is few. */
const workDayMinutes = 480;

/** Ways whose medians differ by less, within their ranges, are equally good. */
const equalPart = 0.1;

type Forecasted = Alternative & { readonly forecast: Forecast };
type Compared = Comparison['alternatives'][number];

/** 1 to all groups of the plan by deployment, then its groups by local installation. */
export function alternativesOf(request: ForecastRequest, wish: ComparisonWish): Alternative[] {
  const { plan } = request;
  const counts = plan.groups.map((_, place) => place + 1);
  return [
    ...counts.map((groups) => {
      const merged = withGroups(plan, groups);
      const methods = methodsOf(merged, { by: 'deployment' });
      return { name: `deployment-${groups}`, request: { ...request, plan: merged, methods } };
    }),
    {
      name: `local-installation-${plan.groups.length}`,
      request: { ...request, methods: methodsOf(plan, wish.local) },
    },
  ];
}

function methodsOf(plan: UpgradePlan, method: Method): NonNullable<ForecastRequest['methods']> {
  return Object.fromEntries(plan.groups.map(({ name }) => [name, method]));
}

/** The first groups stay as they are, for they are the trial; the rest become the last one. */
function withGroups(plan: UpgradePlan, count: number): UpgradePlan {
  const last = plan.groups[count - 1];
  invariant(last !== undefined, 'not more groups than the plan has');
  const rest = plan.groups.slice(count - 1);
  const merged: PlannedGroup = { ...last, servers: rest.flatMap(({ servers }) => servers) };
  return { ...plan, groups: [...plan.groups.slice(0, count - 1), merged] };
}

/** `wish`: null where plans are compared, of which the guide says nothing. */
export function compare(forecasts: readonly Forecasted[], wish: ComparisonWish | null): Comparison {
  const alternatives = forecasts.map(comparedOf);
  const inTime = alternatives.filter(({ isInTime }) => isInTime);
  const least = inTime.toSorted(byWorkThenEnd)[0];
  const equals =
    least === undefined ? [] : inTime.filter((one) => isEqual(least, one)).toSorted(byAdvice);
  const [best, ...others] = equals;
  const [first] = forecasts;
  return {
    alternatives,
    recommended: best?.name ?? null,
    equals: others.map(({ name }) => name),
    because: best === undefined ? [] : alternatives.flatMap((one) => behind(best, one)),
    conditions:
      wish === null || first === undefined ? [] : conditionsOf(first.request, forecasts, wish),
  };
}

function byWorkThenEnd(left: Compared, right: Compared): number {
  return (
    left.totalMinutes - right.totalMinutes ||
    (left.endsAt?.median ?? 0) - (right.endsAt?.median ?? 0)
  );
}

function isEqual(least: Compared, other: Compared): boolean {
  const isNear = other.totalMinutes <= least.totalMinutes * (1 + equalPart);
  const lowest = other.personMinutes.low + other.riskMinutes;
  return isNear && lowest <= least.personMinutes.high + least.riskMinutes;
}

/** The guide: not all in one group; and deployment where it is in time. */
function byAdvice(left: Compared, right: Compared): number {
  return (
    Number(left.method !== 'deployment') - Number(right.method !== 'deployment') ||
    Number(left.groups === 1) - Number(right.groups === 1) ||
    byWorkThenEnd(left, right)
  );
}

function comparedOf({ name, request, forecast }: Forecasted): Compared {
  const firstGroupServers = Math.max(0, forecast.groups[0]?.servers ?? 0);
  const { repairWorkMinutes } = request.habits;
  const riskMinutes = Math.round(badReleaseShare * firstGroupServers * repairWorkMinutes);
  const { finishedShare, mixedInTimeShare, personMinutes } = forecast;
  return {
    name,
    method: methodOf(request),
    groups: forecast.groups.length,
    endsAt: forecast.endsAt,
    mixedEndsAt: forecast.mixedEndsAt,
    mixedInTimeShare,
    bytes: forecast.bytes,
    bytesPerHourMax: forecast.bytesPerHourMax,
    personMinutes,
    firstGroupServers,
    riskMinutes,
    totalMinutes: personMinutes.median + riskMinutes,
    isInTime:
      Math.min(finishedShare, mixedInTimeShare) >= inTimeShareMin && spares(request, forecast),
  };
}

/** No group keeps the link busy for longer than its plan allows. */
function spares({ plan, linkBitsPerSecond }: ForecastRequest, { groups }: Forecast): boolean {
  if (plan.groupMinutesMax === null || linkBitsPerSecond === null) return true;
  const bytesMax = (plan.groupMinutesMax * 60 * linkBitsPerSecond) / 8;
  return groups.every(({ bytes }) => bytes.median <= bytesMax);
}

function methodOf({ plan, methods }: ForecastRequest): Compared['method'] {
  const used = new Set(plan.groups.map(({ name }) => methods?.[name]?.by ?? 'deployment'));
  const [only] = used;
  return used.size === 1 && only !== undefined ? only : 'mixed';
}

function behind(best: Compared, other: Compared): Comparison['because'] {
  if (other.name === best.name) return [];
  const isComparable = best.endsAt !== null && other.endsAt !== null;
  return [
    {
      than: other.name,
      totalMinutesMore: other.totalMinutes - best.totalMinutes,
      endsSecondsLater: isComparable
        ? Math.round(((other.endsAt?.median ?? 0) - (best.endsAt?.median ?? 0)) / 1_000)
        : null,
      bytesMore: other.bytes.median - best.bytes.median,
      isInTime: other.isInTime,
    },
  ];
}

/** What the guide names for the one or the other method, held against this fleet. */
function conditionsOf(
  { plan, servers }: ForecastRequest,
  forecasts: readonly Forecasted[],
  { local, contentOnlyFromControlManager }: ComparisonWish,
): Comparison['conditions'] {
  const groups = Math.max(
    plan.groups.length,
    ...forecasts.map((one) => one.forecast.groups.length),
  );
  const toDo = servers.filter(({ state }) => state !== 'done').length;
  const perDay = Math.floor((workDayMinutes / Math.max(1, local.minutesEach)) * local.people);
  return [
    {
      condition: 'content-only-from-control-manager',
      holds: contentOnlyFromControlManager,
      speaksFor: 'deployment',
      value: null,
      limit: null,
    },
    {
      condition: 'groups-few',
      holds: groups <= groupsFewMax,
      speaksFor: 'deployment',
      value: groups,
      limit: groupsFewMax,
    },
    {
      condition: 'servers-few',
      holds: toDo <= perDay,
      speaksFor: 'local-installation',
      value: toDo,
      limit: perDay,
    },
    {
      condition: 'agent-keeps-running',
      holds: !plan.agent.stop,
      speaksFor: 'local-installation',
      value: null,
      limit: null,
    },
  ];
}
