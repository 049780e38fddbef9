/**
 * The plan file as people write it, before times, domains and releases are looked up.
 *
 * `docs/schemas/plan.json` is generated from here for editors. Every message of a schema is a
 * key under `expected.` in the words (with its detail after a colon), never a sentence.
 */

import { z } from 'zod';
import { goAheadCodes } from '#domain/compatibility/go-ahead.ts';
import { namePattern } from '#domain/names.ts';
import { durationPattern, speedPattern } from '#domain/plan/quantities.ts';

export const planFileLimits = {
  groupsMax: 200,
  serversMax: 100_000,
  windowsMax: 14,
  /** Windows are expanded this far from the day of their group. */
  windowDaysMax: 92,
  /** A day further from now than this is a slip of the pen. */
  daysFromNowMax: 3_653,
  /** The longest of each length; a longer one is a slip, or would never end. */
  lengthsMax: {
    lease: '24h',
    prove: '24h',
    stageMax: '30d',
    stageAhead: '90d',
    localMax: '366d',
    holdMax: '24h',
    groupMax: '30d',
    mixedMax: '366d',
    soak: '30d',
  },
} as const;

export const name = z.string({ error: 'name' }).regex(namePattern, { error: 'name' });
export const duration = z
  .string({ error: 'duration' })
  .regex(durationPattern, { error: 'duration' });
const truth = z.boolean({ error: 'truth' });
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const weekday = z.enum(weekdays, {
  error: 'one-of: mon, tue, wed, thu, fri, sat, sun',
});
const timeOfDay = z
  .string({ error: 'time-of-day' })
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'time-of-day' });
const zone = z.string({ error: 'zone' }).min(1, { error: 'zone' }).max(64, { error: 'zone' });
export const reason = z
  .string({ error: 'reason' })
  .min(3, { error: 'reason' })
  .max(500, { error: 'reason' });

export function whole(minimum: number, maximum: number): z.ZodInt {
  const error = `whole-number: ${minimum}–${maximum}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

export function mapping<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `key-of: ${keys}` : `mapping: ${keys}`),
  });
}

const window = mapping({
  from: timeOfDay.describe('Opens at this time of day, such as 20:00.'),
  until: timeOfDay.describe('Closes at this time of day; earlier than `from` means the next day.'),
  zone: zone.optional().describe('IANA time zone; default: the `zone` of the plan.'),
  days: z
    .array(weekday, { error: 'list' })
    .min(1, { error: 'list' })
    .optional()
    .describe('Days on which it opens; default: every day.'),
});

const gate = mapping({
  percentMin: z
    .number({ error: 'percent' })
    .gt(0, { error: 'percent' })
    .max(100, { error: 'percent' })
    .default(95)
    .describe('Of the servers that were given a lease, this share must prove itself.'),
  sampleMin: whole(1, planFileLimits.serversMax)
    .default(1)
    .describe('Fewer judged servers than this prove nothing: a person decides.'),
  soak: duration.default('30m').describe('How long a switched server must stay well.'),
});

const group = mapping({
  name: name.describe('Such as A, B or tokyo-office.'),
  servers: z
    .array(name, { error: 'list' })
    .max(planFileLimits.serversMax, { error: 'list' })
    .optional()
    .describe('Servers by name, across domains as you like.'),
  domain: name.optional().describe('All servers of this domain that no group names one by one.'),
  from: z
    .string({ error: 'instant' })
    .default('now')
    .describe("Its day: an ISO 8601 time with its zone, 'now', or 'now+2h'."),
  windows: z
    .array(window, { error: 'list' })
    .max(planFileLimits.windowsMax, { error: `list-max: ${planFileLimits.windowsMax}` })
    .default([])
    .describe('Switches start in these hours only; default: at any time.'),
  hold: z
    .enum(['site', 'servers'], { error: 'one-of: site, servers' })
    .default('servers')
    .describe('`site`: nothing enters the share meanwhile either; `servers`: only for these.'),
  method: z
    .enum(['deployment', 'local'], { error: 'one-of: deployment, local' })
    .default('deployment')
    .describe('`local`: people run the installer on each of them; nothing is sent (S6, L3).'),
  local: z
    .array(name, { error: 'list' })
    .max(planFileLimits.serversMax, { error: 'list' })
    .optional()
    .describe('Only these of its servers by local installation.'),
  approve: truth.default(false).describe('A person opens this group, though the gate passed.'),
  gate: gate.prefault({}).describe('When this group counts as passed.'),
});

export const planFileSchema = mapping({
  upgrade: name.optional().describe('Name of this upgrade; default: component, version and time.'),
  release: mapping({
    component: name.default('program').describe('What is upgraded; default: program.'),
    version: z
      .string({ error: 'quoted-version' })
      .min(1, { error: 'quoted-version' })
      .max(64, { error: 'quoted-version' })
      .describe("The target, in quotes: '5.80.1179'."),
  }).describe('The release, as it stands in the share.'),
  zone: zone.default('UTC').describe('IANA time zone of windows that name none.'),
  link: z
    .string({ error: 'speed' })
    .regex(speedPattern, { error: 'speed' })
    .optional()
    .describe("Speed of the site's link, such as 10Mbit/s, to forecast traffic."),
  budget: z
    .string({ error: 'speed' })
    .regex(speedPattern, { error: 'speed' })
    .optional()
    .describe('What its downloads may take of the link together; default: no limit of its own.'),
  groups: z
    .array(group, { error: 'list' })
    .min(1, { error: 'list' })
    .max(planFileLimits.groupsMax, { error: `list-max: ${planFileLimits.groupsMax}` })
    .describe('In this order. A server in no group stays as it is.'),
  agent: mapping({
    upgrade: truth.default(true).describe('Upgrade the control manager agent too (D4).'),
    stop: truth
      .default(true)
      .describe('Stop it until the first group has switched, when that follows at once (D5).'),
  })
    .prefault({})
    .describe('The control manager agent on the information server.'),
  inFlightMax: whole(1, 10_000)
    .default(20)
    .describe('At most so many servers switch at the same time.'),
  lease: duration.default('10m').describe('How long a permission to switch lasts.'),
  prove: duration.default('10m').describe('How long a switched server has to prove itself.'),
  stageAhead: duration
    .optional()
    .describe('So long before its day a group begins to download; default: not before.'),
  stageMax: duration.default('24h').describe('How long a group may download before it opens.'),
  localMax: duration
    .default('7d')
    .describe('How long a group waits for installers; after it, who is left is absent.'),
  holdMax: duration.default('2h').describe('Longest hold; after it the group pauses.'),
  groupMax: duration.optional().describe('Longest time that a group may load the link.'),
  mixedMax: duration.default('90d').describe('How long versions may differ (S7).'),
  precautionsRead: truth
    .default(false)
    .describe("The release's precautions were read; or start with --acknowledge."),
  goAhead: z
    .array(
      mapping({
        code: z.enum(goAheadCodes, { error: `one-of: ${goAheadCodes.join(', ')}` }),
        reason: reason.describe('Why; it stands in the record.'),
      }),
      { error: 'list' },
    )
    .max(50, { error: 'list-max: 50' })
    .default([])
    .describe('Reasons against that you take upon yourself.'),
});

/** What the file says once defaults stand in it. */
export type PlanFile = z.infer<typeof planFileSchema>;
export type PlanFileGroup = PlanFile['groups'][number];
export type PlanFileWindow = PlanFileGroup['windows'][number];
