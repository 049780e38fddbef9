/** The section `controlManager` of settings.yaml, with its defaults, parsed and complete. */

import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { isZone } from '#adapters/plan/plan-file-windows.ts';
import {
  insecureListenProblem,
  insecureLoopback,
  listenAddress,
  readSettings,
} from '#adapters/daemon/settings-yaml.ts';
import {
  ownCertificateSettings,
  type OwnCertificateFiles,
} from '#adapters/identity/own-certificate.ts';
import { feedSetting, type FeedSetting } from '#adapters/feed/feed-settings.ts';
import {
  checkRingNames,
  gateOf,
  ringGateSettings,
  ringsMax,
} from '#adapters/plan/ring-settings.ts';
import { timeOfDayPattern, timesOfDay } from '#adapters/plan/times-of-day.ts';
import { heartbeatDefault, heartbeatMistake } from '#domain/delivery/activity.ts';
import { contentComponents } from '#domain/delivery/content.ts';
import {
  afterDownloads,
  builtInPlans,
  deployToAllNow,
  type DeploymentPlan,
  type Schedule,
} from '#domain/delivery/plan.ts';
import { namePattern, type Instant } from '#domain/names.ts';
import { approverRules, type ApproverRule } from '#domain/people/approval.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { componentName, ringName, serverId } from '#protocol/shared/primitives.ts';
import { limits } from './limits.ts';
import { folderOfNewSites, type Settings } from './settings.ts';

const name = z.string().regex(namePattern);

const schedule = z.union(
  [
    z.strictObject({
      folder: name,
      delayMinutes: z
        .number()
        .min(0)
        .max(60 * 24 * 31),
    }),
    z.strictObject({
      folder: name,
      timeOfDay: z.string().regex(timeOfDayPattern, 'a time of day such as 02:00'),
      zone: z.string().refine(isZone, 'a time zone such as Asia/Tokyo'),
    }),
  ],
  { error: 'folder with delayMinutes, or folder with timeOfDay and zone' },
);

const planRing = z.strictObject({
  name: ringName,
  folders: z.array(name).min(1).max(1_000),
  ...ringGateSettings,
});

const heartbeat = z
  .strictObject({ reportMinutes: z.number(), abnormalMinutes: z.number() })
  .superRefine((value, context) => {
    const mistake = heartbeatMistake(value);
    if (mistake === null) return;
    const message = `from ${mistake.min} to ${mistake.max}`;
    context.addIssue({ code: 'custom', path: [mistake.field], message });
  });

const section = z
  .strictObject({
    name,
    listen: listenAddress,
    console: listenAddress,
    /** Shown to browsers in place of the organisation's. */
    ...ownCertificateSettings,
    insecureLoopback,
    feed: feedSetting,
    /** 0: by hand only. */
    pollSeconds: z
      .number()
      .min(0)
      .max(86_400 * 31)
      .default(0),
    afterDownload: z.enum(afterDownloads).default('when-new'),
    activePlan: z.string().default(deployToAllNow.name),
    folders: z.record(name, z.array(serverId).max(limits.sitesMax)).default({}),
    plans: z.record(name, z.array(schedule).max(1_000)).default({}),
    /** Of a plan: a download goes through them, one after the other. */
    rings: z.record(name, z.array(planRing).max(ringsMax).superRefine(checkRingNames)).default({}),
    components: z
      .array(componentName)
      .max(1_000)
      .default(() => contentComponents.map((one) => one.component)),
    heartbeat: heartbeat.default(heartbeatDefault),
    /** How many must stand behind the early release of a hold. */
    approvers: z.literal(approverRules).default('auto'),
    /** What all replicas have: content, and what is signed of it; absent: there is one. */
    shared: z.string().max(2_000).refine(isAbsolute, { message: 'an absolute path' }).optional(),
    /** A file elsewhere for heads of the record; it must be there already. */
    recordHeads: z
      .string()
      .max(2_000)
      .refine(isAbsolute, { message: 'an absolute path' })
      .optional(),
  })
  .superRefine((value, context) => {
    checkNames(value, context);
    checkRings(value, context);
  });

type Section = z.infer<typeof section>;

/** What one part of the section says of another must be there, and only once. */
function checkNames(
  { folders, plans, activePlan }: Pick<Section, 'folders' | 'plans' | 'activePlan'>,
  context: z.RefinementCtx,
): void {
  const say = (path: PropertyKey[], message: string): void =>
    context.addIssue({ code: 'custom', path, message });
  const placed = new Set<string>();
  for (const [folder, sites] of Object.entries(folders)) {
    for (const [index, site] of sites.entries()) {
      if (placed.has(site)) say(['folders', folder, index], `${site} in one folder only`);
      placed.add(site);
    }
  }
  const known = [...Object.keys(folders), folderOfNewSites];
  for (const [plan, schedules] of Object.entries(plans)) {
    if (builtInPlans.some((one) => one.name === plan)) {
      say(['plans', plan], 'another name: this plan is built in');
    }
    for (const [index, one] of schedules.entries()) {
      if (known.includes(one.folder)) continue;
      say(['plans', plan, index, 'folder'], `one of the folders: ${known.join(', ')}`);
    }
  }
  const names = [...builtInPlans.map((plan) => plan.name), ...Object.keys(plans)];
  if (!names.includes(activePlan)) say(['activePlan'], `one of: ${names.join(', ')}`);
}

/** Each folder that gets something stands in one ring, if there are any. */
function checkRings(
  { folders, plans, rings }: Pick<Section, 'folders' | 'plans' | 'rings'>,
  context: z.RefinementCtx,
): void {
  const say = (path: PropertyKey[], message: string): void =>
    context.addIssue({ code: 'custom', path: ['rings', ...path], message });
  const known = [...Object.keys(folders), folderOfNewSites];
  for (const [plan, of] of Object.entries(rings)) {
    const schedules = plans[plan];
    if (schedules === undefined) say([plan], `one of the plans: ${Object.keys(plans).join(', ')}`);
    const placed = new Set<string>();
    for (const [index, { folders: those }] of of.entries()) {
      for (const folder of those) {
        const path = [plan, index, 'folders'];
        if (!known.includes(folder)) say(path, `of the folders: ${known.join(', ')}`);
        if (placed.has(folder)) say(path, `${folder} in one ring only`);
        placed.add(folder);
      }
    }
    const lost = schedules?.find(({ folder }) => of.length > 0 && !placed.has(folder));
    if (lost !== undefined) say([plan], `${lost.folder} in one of the rings`);
  }
}

function scheduleAt(one: z.infer<typeof schedule>, from: Instant): Schedule {
  if ('delayMinutes' in one) return { form: 'delay', ...one };
  const { folder, timeOfDay, zone } = one;
  const instants = timesOfDay({ timeOfDay, zone, from, count: limits.instantsPerSchedule });
  return { form: 'time-of-day', folder, timeOfDay, instants };
}

function plansOf(
  { plans, rings }: Pick<Section, 'plans' | 'rings'>,
  from: Instant,
): readonly DeploymentPlan[] {
  const own = Object.entries(plans).map(([plan, schedules]) => ({
    name: plan,
    builtIn: false,
    schedules: schedules.map((one) => scheduleAt(one, from)),
    rings: (rings[plan] ?? []).map(({ name: ring, folders, ...gate }) => {
      return { name: ring, folders, gate: gateOf(gate) };
    }),
  }));
  return [...builtInPlans, ...own];
}

export type Config = {
  readonly settings: Settings;
  readonly listen: z.infer<typeof listenAddress>;
  readonly console: z.infer<typeof listenAddress>;
  readonly own: OwnCertificateFiles;
  readonly feed: FeedSetting;
  readonly approvers: ApproverRule;
  readonly recordHeads: string | null;
  /** null: content stands in the installation folder. */
  readonly shared: string | null;
  /** Links without certificates, on loopback: a person accepted it. */
  readonly isInsecure: boolean;
};

export async function readConfig(root: string, version: string): Promise<Result<Config>> {
  const file = join(root, 'settings.yaml');
  const read = await readSettings({ file, section: 'controlManager', schema: section });
  if (!read.ok) return read;
  const {
    listen,
    console: forPeople,
    feed,
    folders,
    plans,
    rings,
    approvers,
    ...rest
  } = read.value;
  const { recordHeads = null, shared = null, consoleCertificate, consoleKey, ...others } = rest;
  const insecure = insecureListenProblem(read.value, [listen.host, forPeople.host]);
  if (insecure !== null) return refuse(insecure);
  return ok({
    settings: {
      ...others,
      version,
      folders: new Map(Object.entries(folders)),
      plansAt: (from) => plansOf({ plans, rings }, from),
    },
    listen,
    console: forPeople,
    own: { consoleCertificate, consoleKey },
    approvers,
    recordHeads,
    shared,
    isInsecure: read.value.insecureLoopback === 'accepted',
    feed,
  });
}
