/** Calls about the record: a part of both tables in `contract.ts`. */

import { z } from 'zod';
import { recordGenesis, recordHead } from '../record/export.ts';
import { digest, instant, problem, serverId, toldHead } from '../shared/primitives.ts';

/** A line of the record of decisions, for people. */
const recordLine = z.object({
  number: z.int(),
  at: instant,
  /** Stable word, such as `lease-granted` or `delivery-refused`; docs/operating/record.md has all. */
  kind: z.string(),
  who: z.string(),
  server: serverId.nullable(),
  detail: z.record(z.string(), z.unknown()),
  /** Over the hash of the line before and this one. */
  hash: digest,
});
export type RecordLineView = z.infer<typeof recordLine>;

/** A head that a server was told, and that the record has not. */
export const recordCutView = z.object({
  /** Numbers of such heads, the lowest and the highest that was said. */
  from: z.int(),
  to: z.int(),
  at: instant,
  server: z.string(),
  /** `restored`: a backup that was put back explains it. */
  verdict: z.enum(['restored', 'cut']),
});

export const recordCalls = {
  'record.list': {
    params: z.strictObject({
      after: z.int().min(0).optional(),
      limit: z.int().min(1).max(1_000),
    }),
    result: z.object({ lines: z.array(recordLine) }),
  },
  /**
   * Looks for lines from the end of the whole record on, a bounded part of it at a time: there may
   * be more as long as `next` is a number, even where nothing was found in this part.
   */
  'record.search': {
    params: z.strictObject({
      kinds: z.array(z.string().max(64)).max(200).optional(),
      /** Exactly: a person, `upgrade:<name>`, or a program. */
      who: z.string().max(200).optional(),
      server: z.string().max(200).optional(),
      from: instant.optional(),
      /** Not included. */
      until: instant.optional(),
      /** Part of anything that the line says; case does not count. */
      text: z.string().max(200).optional(),
      /** Only lines before this one. */
      before: z.int().min(1).optional(),
      limit: z.int().min(1).max(1_000),
    }),
    result: z.object({
      /** The newest first. */
      lines: z.array(recordLine),
      /** Ask again with it as `before`; null: the whole record was gone through. */
      next: z.int().nullable(),
    }),
  },
  /** What its chain begins with, and where it ends now. */
  'record.show': {
    params: z.strictObject({}),
    result: z.object({ genesis: recordGenesis, head: recordHead }),
  },
} as const;

export const witnessCalls = {
  /** Asks the servers that are connected which heads of the record they were told. */
  'record.witnesses': {
    params: z.strictObject({}),
    result: z.object({
      witnesses: z.array(z.object({ server: serverId, heads: z.array(toldHead) })),
      /** Connected, and did not say. */
      silent: z.array(serverId),
    }),
  },
} as const;

/** What `dankai audit verify --json` prints. */
export const verificationSchema = z.object({
  site: serverId,
  lines: z.int(),
  head: recordHead,
  /** Empty: every line follows from the one before, and every known head stands in the record. */
  problems: z.array(problem),
  problemsMore: z.int(),
  heads: z.object({ known: z.int(), found: z.int(), restored: z.int() }),
  /** Up to this line nothing was changed since others were told of it; null: nobody was. */
  witnessed: z.int().nullable(),
});
