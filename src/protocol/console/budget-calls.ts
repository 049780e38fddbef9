/** Budgets of links as people see and change them, and the bill of what went over them. */

import { z } from 'zod';
import { billForms } from '#domain/budget/bill.ts';
import { namePattern } from '#domain/names.ts';
import {
  bytes,
  componentName,
  digest,
  domainName,
  groupName,
  instant,
  lane,
  upgradeId,
  version,
} from '../shared/primitives.ts';

/** Bits per second, as speeds of links are told; null: no limit. */
const speed = z.number().positive().max(1e15).nullable();

const budgetScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('site') }),
  /** Each server by itself. */
  z.strictObject({ kind: z.literal('server') }),
  z.strictObject({ kind: z.literal('link'), name: z.string().regex(namePattern) }),
  z.strictObject({ kind: z.literal('upgrade'), name: upgradeId }),
]);

/** What a person changed; it stands over what is set, until its end. */
export const budgetChange = z.object({
  of: budgetScope,
  bitsPerSecond: speed,
  /** null: until it is taken back. */
  until: instant.nullable(),
  at: instant,
  who: z.string(),
  reason: z.string(),
});
export type StandingChange = z.infer<typeof budgetChange>;

const budgetView = z.object({
  limits: z.array(
    z.object({
      of: budgetScope,
      /** Of a link. */
      domains: z.array(domainName).optional(),
      /** What settings or a plan say for this hour. */
      set: speed,
      /** What counts. */
      now: speed,
      change: budgetChange.nullable(),
    }),
  ),
  /** When what counts is another again, as far as is known; null: not of itself. */
  nextChangeAt: instant.nullable(),
  /** Transfers under way, and what they may take together; null: as fast as it goes. */
  transfers: z.int(),
  bitsPerSecond: speed.or(z.literal(0)),
});
export type BudgetView = z.infer<typeof budgetView>;

/** A server, or `-` where nobody proved who he is. */
const billed = z.string().min(1).max(64);
const sums = z.object({ whole: bytes, delta: bytes, other: bytes, received: bytes });

const billView = z.object({
  /** Since the first and until the last of it was written down; null: nothing was. */
  since: instant.nullable(),
  until: instant.nullable(),
  total: sums,
  links: z.array(z.object({ link: z.string().nullable(), ...sums.shape })),
  lanes: z.array(z.object({ lane: lane.nullable(), ...sums.shape })),
  upgrades: z.array(
    z.object({
      upgrade: upgradeId,
      component: componentName,
      version,
      /** Whole packages, as its plan counts them. */
      planned: bytes,
      whole: bytes,
      delta: bytes,
      groups: z.array(
        z.object({
          group: groupName,
          servers: z.int(),
          planned: bytes,
          whole: bytes,
          delta: bytes,
        }),
      ),
    }),
  ),
  /** Those with most of it; `servers.length` of `serverCount`. */
  servers: z.array(z.object({ server: billed, ...sums.shape })),
  serverCount: z.int(),
  days: z.array(z.object({ day: instant, ...sums.shape })),
});
export type BillView = z.infer<typeof billView>;

/** One entry of the bill, for whoever goes on with it elsewhere. */
const billEntry = z.object({
  server: billed,
  lane: lane.nullable(),
  component: componentName.nullable(),
  release: digest.nullable(),
  version: version.nullable(),
  form: z.enum(billForms),
  link: z.string().nullable(),
  bytes,
  since: instant,
  until: instant,
});
export type BillLine = z.infer<typeof billEntry>;

export const budgetCalls = {
  'budget.show': { params: z.strictObject({}), result: budgetView },
  /** At once, for transfers under way as well. */
  'budget.set': {
    params: z.strictObject({
      of: budgetScope,
      bitsPerSecond: speed,
      /** Absent: until it is taken back. */
      minutes: z
        .number()
        .positive()
        .max(60 * 24 * 92)
        .optional(),
      reason: z.string().min(1).max(500),
    }),
    result: budgetView,
  },
  /** What settings or a plan say counts again. */
  'budget.reset': { params: z.strictObject({ of: budgetScope }), result: budgetView },
  'bill.show': {
    params: z.strictObject({
      /** Of one upgrade alone. */
      upgrade: upgradeId.optional(),
      serversMax: z.int().min(0).max(10_000).optional(),
    }),
    result: billView,
  },
  /** Entry by entry, in the order of servers. */
  'bill.export': {
    params: z.strictObject({
      /** So many were had already. */
      after: z.int().min(0),
      limit: z.int().min(1).max(10_000),
    }),
    result: z.object({ entries: z.array(billEntry), isLast: z.boolean() }),
  },
} as const;
