/**
 * Reads a plan file: YAML, schema, then times, domains and the release looked up, into the
 * `UpgradePlan` that the domain understands. The first mistake is answered with its place.
 * Whether the plan may start is not asked here: that is the preflight.
 */

import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type GroupName,
  type Instant,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { parseDuration, parseSpeed } from '#domain/plan/quantities.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { PlannedGroup, UpgradePlan } from '#domain/upgrade/plan.ts';
import {
  planFileLimits,
  planFileSchema,
  type PlanFile,
  type PlanFileGroup,
} from '#protocol/plan/plan-file.ts';
import { expandWindows, isZone, readFrom } from './plan-file-windows.ts';
import { readYaml, type YamlMistake, type YamlPath } from '#yaml/yaml-document.ts';

export type PlanContext = {
  readonly now: Instant;
  readonly fleet: readonly {
    readonly server: ServerId;
    readonly domain: DomainName;
    /** Goes with its information server (D3), so a domain's name does not mean it. */
    readonly withInformationServer?: boolean | undefined;
  }[];
  /** The release of that component and version in the share, or null. */
  release(component: ComponentName, version: string): Release | null;
  /** The person acknowledged the precautions just now, whatever the file says (R1). */
  readonly acknowledged?: boolean | undefined;
};

type Context = Omit<PlanContext, 'release'> & {
  release(component: ComponentName, version: string): Pick<Release, 'digest'> | null;
};

type Place = (path: YamlPath, expected: string) => Problem;

export function readPlan(text: string, file: string, context: PlanContext): Result<UpgradePlan> {
  const read = readYaml(text, planFileSchema);
  if (!read.ok) return refuse(unreadable(file, read.mistake));
  const place: Place = (path, expected) => unreadable(file, read.mistakeAt(path, expected));
  return planOf(read.value, context, place);
}

/**
 * A plan for so many servers before there is a site: days, windows and gates as the file says,
 * servers without names dealt over its groups, whatever it lists.
 */
export function readDescribedPlan(
  text: string,
  file: string,
  {
    now,
    servers,
    sizes,
  }: {
    readonly now: Instant;
    readonly servers: number;
    /** Of each group; null: they differ by one at most. */
    readonly sizes: readonly number[] | null;
  },
): Result<UpgradePlan> {
  const read = readYaml(text, planFileSchema);
  if (!read.ok) return refuse(unreadable(file, read.mistake));
  const place: Place = (path, expected) => unreadable(file, read.mistakeAt(path, expected));
  const { groups } = read.value;
  if (servers < groups.length) {
    return refuse(problem('SERVERS_FEWER_THAN_GROUPS', { servers, groups: groups.length }));
  }
  const places =
    sizes === null
      ? Array.from({ length: servers }, (_, at) => Math.floor((at * groups.length) / servers))
      : sizes.flatMap((size, place) => Array.from({ length: size }, () => place));
  const fleet = places.map((place, at) => ({
    server: brand<ServerId>(`server-${at + 1}`),
    domain: brand<DomainName>(groups[place]?.name ?? ''),
  }));
  const dealt = groups.map((group) => ({ ...group, servers: undefined, domain: group.name }));
  const release = (): Pick<Release, 'digest'> => ({ digest: describedDigest });
  return planOf({ ...read.value, groups: dealt }, { now, fleet, release }, place);
}

/** Of no release: nothing but a forecast is made with it. */
const describedDigest = brand<Digest>('0'.repeat(64));

function planOf(plan: PlanFile, context: Context, place: Place): Result<UpgradePlan> {
  const component = brand<ComponentName>(plan.release.component);
  const { version } = plan.release;
  const release = context.release(component, version);
  if (release === null) return refuse(problem('RELEASE_UNKNOWN', { component, version }));
  const groups = readGroups(plan, context, place);
  if (!groups.ok) return groups;
  const lengths = readLengths(plan, place);
  if (!lengths.ok) return lengths;
  const budget = plan.budget === undefined ? null : parseSpeed(plan.budget);
  return ok({
    upgrade: brand<UpgradeId>(plan.upgrade ?? nameOf(component, version, context.now)),
    release: { component, version, digest: release.digest },
    form: 'upgrade',
    groups: groups.value,
    agent: plan.agent,
    inFlightMax: plan.inFlightMax,
    ...lengths.value,
    linkBitsPerSecond: plan.link === undefined ? null : parseSpeed(plan.link),
    ...(budget === null ? {} : { budgetBitsPerSecond: budget }),
    precautionsRead: plan.precautionsRead || context.acknowledged === true,
    goAhead: plan.goAhead,
  });
}

function unreadable(file: string, mistake: YamlMistake): Problem {
  return problem('PLAN_UNREADABLE', { file, ...mistake });
}

/** Such as `program-5.80.1179-20261122T214200Z`: names are unique without being asked for. */
function nameOf(component: string, version: string, now: Instant): string {
  const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${component}-${version.replace(/[^\p{L}\p{N}._-]/gu, '-')}`.slice(0, 46) + `-${time}`;
}

type Lengths = Pick<
  UpgradePlan,
  | 'leaseSeconds'
  | 'proveSeconds'
  | 'holdMinutesMax'
  | 'stageMinutesMax'
  | 'stageAheadMinutes'
  | 'localMinutesMax'
  | 'groupMinutesMax'
  | 'mixedDaysMax'
>;

function lengthExcess(
  key: keyof typeof planFileLimits.lengthsMax,
  milliseconds: number,
): string | null {
  const longest = planFileLimits.lengthsMax[key];
  return milliseconds > (parseDuration(longest) ?? 0) ? `duration-max: ${longest}` : null;
}

const lengthKeys = [
  'lease',
  'prove',
  'stageMax',
  'stageAhead',
  'localMax',
  'holdMax',
  'groupMax',
  'mixedMax',
] as const;

/** Every length has a smallest value below which the upgrade could not work at all. */
function readLengths(plan: PlanFile, place: Place): Result<Lengths> {
  for (const key of lengthKeys) {
    const milliseconds = plan[key] === undefined ? null : parseDuration(plan[key]);
    if (milliseconds !== null && milliseconds < 1_000) {
      return refuse(place([key], 'duration-min: 1s'));
    }
    const tooLong = lengthExcess(key, milliseconds ?? 0);
    if (tooLong !== null) return refuse(place([key], tooLong));
  }
  const seconds = (text: string): number => (parseDuration(text) ?? 0) / 1_000;
  return ok({
    leaseSeconds: Math.ceil(seconds(plan.lease)),
    proveSeconds: Math.ceil(seconds(plan.prove)),
    holdMinutesMax: seconds(plan.holdMax) / 60,
    stageMinutesMax: seconds(plan.stageMax) / 60,
    ...(plan.stageAhead !== undefined && { stageAheadMinutes: seconds(plan.stageAhead) / 60 }),
    localMinutesMax: seconds(plan.localMax) / 60,
    groupMinutesMax: plan.groupMax === undefined ? null : seconds(plan.groupMax) / 60,
    mixedDaysMax: seconds(plan.mixedMax) / 86_400,
  });
}

function readGroups(
  plan: PlanFile,
  context: Context,
  place: Place,
): Result<readonly PlannedGroup[]> {
  if (!isZone(plan.zone)) return refuse(place(['zone'], 'zone'));
  const namedAlone = new Set(plan.groups.flatMap((group) => group.servers ?? []));
  const known = new Set<string>(context.fleet.map((one) => one.server));
  const names = new Set<string>();
  const groups: PlannedGroup[] = [];
  for (const [index, group] of plan.groups.entries()) {
    const path = ['groups', index];
    if (names.has(group.name)) return refuse(place([...path, 'name'], 'name-unique'));
    names.add(group.name);
    const servers = membersOf(group, { path, place, context, namedAlone, known });
    if (!servers.ok) return servers;
    const local = localOf(group, { path, place, members: servers.value });
    if (!local.ok) return local;
    const day = readDay(group, { path, place, context, zone: plan.zone });
    if (!day.ok) return day;
    const { percentMin, sampleMin, soak } = group.gate;
    const soakMilliseconds = parseDuration(soak) ?? 0;
    const tooLong = lengthExcess('soak', soakMilliseconds);
    if (tooLong !== null) return refuse(place([...path, 'gate', 'soak'], tooLong));
    groups.push({
      name: brand<GroupName>(group.name),
      servers: servers.value,
      ...day.value,
      hold: group.hold,
      approve: group.approve,
      ...local.value,
      gate: { percentMin, sampleMin, soakSeconds: Math.ceil(soakMilliseconds / 1_000) },
    });
  }
  return ok(groups);
}

function membersOf(
  group: PlanFileGroup,
  at: {
    readonly path: YamlPath;
    readonly place: Place;
    readonly context: Context;
    readonly namedAlone: ReadonlySet<string>;
    readonly known: ReadonlySet<string>;
  },
): Result<readonly ServerId[]> {
  const { path, place, context } = at;
  if (group.servers === undefined && group.domain === undefined) {
    return refuse(place(path, 'servers-or-domain'));
  }
  const listed = group.servers ?? [];
  const unknown = listed.find((server) => !at.known.has(server));
  if (unknown !== undefined) {
    return refuse(problem('PLAN_UNKNOWN_SERVER', { server: unknown, group: group.name }));
  }
  const seen = new Set<string>();
  const twice = listed.findIndex((server) => seen.size === seen.add(server).size);
  if (twice >= 0) return refuse(place([...path, 'servers', twice], 'server-once'));
  const servers = listed.map((server) => brand<ServerId>(server));
  if (group.domain === undefined) {
    return servers.length === 0 ? refuse(place(path, 'group-empty')) : ok(servers);
  }
  const domains = new Set<string>(context.fleet.map((one) => one.domain));
  if (!domains.has(group.domain)) {
    const some = [...domains].slice(0, 20).join(', ');
    return refuse(place([...path, 'domain'], `domain-of: ${some}`));
  }
  const rest = context.fleet.filter(
    (one) =>
      one.domain === group.domain &&
      one.withInformationServer !== true &&
      !at.namedAlone.has(one.server),
  );
  const all = [...servers, ...rest.map((one) => one.server)];
  return all.length === 0 ? refuse(place(path, 'group-empty')) : ok(all);
}

function localOf(
  { method, local }: PlanFileGroup,
  at: {
    readonly path: YamlPath;
    readonly place: Place;
    readonly members: readonly ServerId[];
  },
): Result<Pick<PlannedGroup, 'local'>> {
  if (method === 'local') return ok({ local: 'all' });
  if (local === undefined) return ok({});
  const other = local.findIndex((name) => !at.members.some((member) => member === name));
  if (other >= 0) return refuse(at.place([...at.path, 'local', other], 'server-of-group'));
  return ok({ local: local.map((name) => brand<ServerId>(name)) });
}

function readDay(
  group: PlanFileGroup,
  at: {
    readonly path: YamlPath;
    readonly place: Place;
    readonly context: Context;
    readonly zone: string;
  },
): Result<Pick<PlannedGroup, 'from' | 'windows'>> {
  const from = readFrom(group.from, at.context.now);
  if (from === null) return refuse(at.place([...at.path, 'from'], 'instant'));
  const { daysFromNowMax } = planFileLimits;
  if (Math.abs(from - at.context.now) > daysFromNowMax * 86_400_000) {
    return refuse(at.place([...at.path, 'from'], 'instant-near'));
  }
  const wrong = group.windows.findIndex(({ zone }) => zone !== undefined && !isZone(zone));
  if (wrong >= 0) return refuse(at.place([...at.path, 'windows', wrong, 'zone'], 'zone'));
  // Half open: a window that closes when it opens would be a whole day or nothing at all.
  const empty = group.windows.findIndex((window) => window.from === window.until);
  if (empty >= 0) return refuse(at.place([...at.path, 'windows', empty, 'until'], 'window-length'));
  return ok({ from, windows: expandWindows(group.windows, { from, zone: at.zone }) });
}
