/**
 * A profile: which sections of a product's catalogue are watched, and how they read right after
 * installation. Profiles are data (`src/profiles/`); the code names no product and no section.
 */

import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { orderings, parseVersion, type Ordering } from './version.ts';

/** The fields of an entry, in the order in which they are compared and told. */
export const entryFields = ['Version', 'Update_Path', 'Path', 'Min', 'Max'] as const;
export type EntryField = (typeof entryFields)[number];

export type WatchedSection = {
  readonly section: string;
  /** Does it offer the full package? Then a missing `Path` is drift. */
  readonly carriesPath: boolean;
  /** False: its Version reads the same before and after an upgrade, so it proves nothing. */
  readonly versionIsSignal: boolean;
  /** As the installed release lays it down. */
  readonly baseline: Readonly<Partial<Record<EntryField, string>>>;
};

export type Profile = {
  readonly name: string;
  readonly ordering: Ordering;
  /** The version whose catalogue `baseline` shows. */
  readonly version: string;
  readonly sections: readonly WatchedSection[];
};

export const watchedSectionsMax = 1_000;

/** A profile file's content; a wrong one is answered like an unknown one. */
export function parseProfile(input: unknown): Result<Profile> {
  const name = textOf(input, 'name') ?? '';
  const ordering = orderings.find((one) => one === textOf(input, 'ordering'));
  const version = textOf(input, 'version') ?? '';
  const sections = listOf(input, 'sections').map(watchedSection);
  const read = sections.filter((section) => section !== null);
  const whole = read.length === sections.length && read.length > 0;
  if (ordering === undefined || !whole || sections.length > watchedSectionsMax) {
    return refuse(problem('PROFILE_UNKNOWN', { profile: name, known: 'name, ordering, sections' }));
  }
  const parsed = parseVersion(ordering, version);
  return parsed.ok ? ok({ name, ordering, version, sections: read }) : parsed;
}

function watchedSection(input: unknown): WatchedSection | null {
  const section = textOf(input, 'section');
  const carriesPath = memberOf(input, 'carriesPath');
  const versionIsSignal = memberOf(input, 'versionIsSignal');
  const fields = memberOf(input, 'baseline');
  if (section === null || typeof carriesPath !== 'boolean') return null;
  if (typeof versionIsSignal !== 'boolean') return null;
  const baseline: Partial<Record<EntryField, string>> = {};
  for (const field of entryFields) {
    const value = textOf(fields, field);
    if (value !== null) baseline[field] = value;
  }
  return { section, carriesPath, versionIsSignal, baseline };
}

function memberOf(input: unknown, name: string): unknown {
  if (typeof input !== 'object' || input === null) return undefined;
  return new Map<string, unknown>(Object.entries(input)).get(name);
}

function textOf(input: unknown, name: string): string | null {
  const member = memberOf(input, name);
  return typeof member === 'string' ? member : null;
}

function listOf(input: unknown, name: string): readonly unknown[] {
  const member = memberOf(input, name);
  return Array.isArray(member) ? member : [];
}
