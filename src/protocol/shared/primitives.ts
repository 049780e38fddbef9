/** Schemas of the identifiers and units that every link shares. Parsing brands them, once. */

import { z } from 'zod';
import {
  causes,
  digestPattern,
  namePattern,
  type ComponentName,
  type Digest,
  type DomainName,
  type GroupName,
  type HoldId,
  type LeaseId,
  type Platform,
  type RingName,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';

/**
 * A text of that form, named for what it is. The name is a type alone, so that parsing a message
 * costs no step more for each text in it.
 */
export function named<Name extends string>(pattern: RegExp): z.ZodType<Name, string> {
  const text: unknown = z.string().regex(pattern);
  return text as z.ZodType<Name, string>;
}

export const serverId = named<ServerId>(namePattern);
export const domainName = named<DomainName>(namePattern);
export const groupName = named<GroupName>(namePattern);
export const ringName = named<RingName>(namePattern);
export const componentName = named<ComponentName>(namePattern);
export const platform = named<Platform>(namePattern);
export const upgradeId = named<UpgradeId>(namePattern);
export const holdId = named<HoldId>(namePattern);
export const leaseId = named<LeaseId>(namePattern);
export const digest = named<Digest>(digestPattern);

/** Components of one server, programs and content together. */
export const componentsMax = 1_000;
/** Versions are short text; what they mean belongs to the component's ordering. */
export const version = z.string().min(1).max(64);
/** Milliseconds since 1970-01-01T00:00:00Z. */
export const instant = z.int().min(0);
export const bytes = z.int().min(0);
export const lane = z.enum(['program', 'content']);
export const cause = z.enum(causes);
/** What servers made of content, counted; see domain/ring/evidence.ts. */
export const ringCounts = z.object({
  given: z.int().min(0),
  healthy: z.int().min(0),
  /** Not there yet, or silent for a moment. */
  pending: z.int().min(0),
  /** There, and not a word yet of how it goes. */
  trying: z.int().min(0),
  vanished: z.int().min(0),
  failedBy: z.partialRecord(cause, z.int().min(0)),
});
/** The last line of a site's record at some moment, as it is told to those who witness it. */
export const toldHead = z.object({
  site: serverId,
  epoch: z.int().min(0),
  number: z.int().min(0),
  hash: digest,
});
export const fence = z.object({ epoch: z.int().min(0), number: z.int().min(0) });

/**
 * A 'no' of the catalogue. One of a newer program, whose code is not known here, is passed on as
 * it is: a session must not end because the other side can say more.
 */
export const problem = z
  .object({
    code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/),
    with: z.record(z.string().max(64), z.union([z.string().max(20_000), z.number()])),
  })
  .transform((value): Problem => value as Problem);
