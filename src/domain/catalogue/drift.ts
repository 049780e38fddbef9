/**
 * Drift (D8, D11): where a catalogue differs from what the installed release laid down. Only
 * watched sections count; patterns and everything else may be newer. Absent: reading files
 * (an adapter's), bringing anything back (`restore.ts`).
 */

import { ok, type Result } from '../result.ts';
import { checkEntries, patternSection, patternsOf } from './entry.ts';
import { entryFields, type EntryField, type Profile, type WatchedSection } from './profile.ts';
import { findSection, parseServerIni, valueOf, type ServerIni } from './server-ini.ts';
import { comparablePath } from './share-path.ts';
import { compareVersions, parseVersion, type Ordering } from './version.ts';

/**
 * `field` is `section` where the whole section is absent, or is not to be there; `P.<id>` where
 * a line of content is absent.
 */
export type FieldDrift = {
  readonly section: string;
  readonly field: EntryField | 'section' | `P.${string}`;
  readonly expected: string | null;
  readonly found: string | null;
};

/** A file of the share: digest, or size in bytes where that differs already; null: absent. */
export type PackageDrift = {
  readonly path: string;
  readonly expected: string;
  readonly found: string | null;
};

export type Drift = {
  readonly fields: readonly FieldDrift[];
  readonly packages: readonly PackageDrift[];
};

export function isClean(drift: Drift): boolean {
  return drift.fields.length === 0 && drift.packages.length === 0;
}

/** Shown where a path is demanded, but nobody can say which. */
const anyPath = '<path>,<bytes>';

/** Text: must read so. Null: must be absent. Undefined: may read as it likes. */
type Expectation = Readonly<Partial<Record<EntryField, string | null>>>;

export type CatalogueQuestion = {
  readonly profile: Profile;
  /** The version that the catalogue must show; null: the baseline's, else the profile's. */
  readonly expect: string | null;
  /** The share's `server.ini` right after installation; null: the profile's sample. */
  readonly baseline: ServerIni | null;
};

/** Any `server.ini`, wherever it comes from. Refused when it cannot be read with certainty. */
export function checkCatalogue(
  text: string,
  question: CatalogueQuestion,
): Result<readonly FieldDrift[]> {
  const { profile, expect, baseline } = question;
  if (expect !== null) {
    const parsed = parseVersion(profile.ordering, expect);
    if (!parsed.ok) return parsed;
  }
  const found = readCatalogue(text);
  if (!found.ok) return found;
  if (baseline === null) {
    return ok(profile.sections.flatMap((one) => driftOfWatched(found.value, one, question)));
  }
  return ok(
    profile.sections.flatMap(({ section, versionIsSignal }) => {
      const expected = expectationOf(baseline, section);
      const override = expect !== null && versionIsSignal && expected !== null;
      const wanted = override ? { ...expected, Version: expect } : expected;
      return driftOfSection(found.value, section, wanted, profile.ordering);
    }),
  );
}

/** Sections and lines must be readable, and all entries too: none is passed over in silence. */
export function readCatalogue(text: string): Result<ServerIni> {
  const ini = parseServerIni(text);
  if (!ini.ok) return ini;
  const entries = checkEntries(ini.value);
  return entries.ok ? ini : entries;
}

export type Watched = { readonly section: string; readonly ordering: Ordering };

/**
 * Against a baseline, field by field. A field that cannot be read is one that differs. Content
 * may be another, newer one, but a line of it that is gone is drift: an emptied file is no share.
 */
export function compareCatalogues(
  found: ServerIni,
  baseline: ServerIni,
  watched: readonly Watched[],
): readonly FieldDrift[] {
  const entries = watched.flatMap(({ section, ordering }) =>
    driftOfSection(found, section, expectationOf(baseline, section), ordering),
  );
  return [...entries, ...absentContent(found, baseline)];
}

function absentContent(found: ServerIni, baseline: ServerIni): readonly FieldDrift[] {
  const section = patternSection;
  const patterns = patternsOf(baseline);
  return (patterns.ok ? patterns.value : []).flatMap(({ id, merge }): FieldDrift[] => {
    const field = `P.${id}` as const;
    if (merge !== null || valueOf(found, section, field) !== null) return [];
    return [{ section, field, expected: valueOf(baseline, section, field), found: null }];
  });
}

/** Null: the baseline has no such section. */
function expectationOf(baseline: ServerIni, section: string): Expectation | null {
  if (findSection(baseline, section) === null) return null;
  const expectation: Partial<Record<EntryField, string | null>> = {};
  for (const field of entryFields) expectation[field] = valueOf(baseline, section, field);
  return expectation;
}

/**
 * Without a baseline, the profile's sample stands in for one; but its paths and range say
 * nothing about another version, nor about a share whose packages are named by their digest.
 */
function driftOfWatched(
  found: ServerIni,
  watched: WatchedSection,
  { profile, expect }: CatalogueQuestion,
): readonly FieldDrift[] {
  const { section, baseline, carriesPath, versionIsSignal } = watched;
  const { Version: sampleVersion = null, ...rest } = baseline;
  const versions: Expectation = versionIsSignal
    ? { Version: expect ?? profile.version }
    : // It never gives the signal, and the sample's says nothing about another release.
      expect === null
      ? { Version: sampleVersion }
      : {};
  const byDigest = isNamedByDigest(valueOf(found, section, 'Update_Path'));
  const ofThisVersion = sameVersion(profile.ordering, expect ?? profile.version, profile.version);
  let expectation: Expectation;
  if (ofThisVersion && !byDigest) {
    const path = carriesPath ? (baseline.Path ?? anyPath) : null;
    expectation = { ...rest, ...versions, Path: path };
  } else {
    const lacksPath = carriesPath && valueOf(found, section, 'Path') === null;
    expectation = lacksPath ? { ...versions, Path: anyPath } : versions;
  }
  return driftOfSection(found, section, expectation, profile.ordering);
}

function isNamedByDigest(value: string | null): boolean {
  return /^programs\/[0-9a-f]{64}\.json,/i.test(value ?? '');
}

function driftOfSection(
  found: ServerIni,
  section: string,
  expectation: Expectation | null,
  ordering: Ordering,
): readonly FieldDrift[] {
  const isThere = findSection(found, section) !== null;
  if (!isThere) return [{ section, field: 'section', expected: section, found: null }];
  if (expectation === null) return [{ section, field: 'section', expected: null, found: section }];
  return entryFields.flatMap((field) => {
    const expected = expectation[field];
    const value = valueOf(found, section, field);
    if (expected === undefined || sameField(field, expected, value, ordering)) return [];
    return [{ section, field, expected, found: value }];
  });
}

function sameField(
  field: EntryField,
  expected: string | null,
  found: string | null,
  ordering: Ordering,
): boolean {
  if (expected === null || found === null) return expected === found;
  if (field === 'Path' || field === 'Update_Path') return sameSizedPath(expected, found);
  return sameVersion(ordering, expected, found);
}

function sameVersion(ordering: Ordering, left: string, right: string): boolean {
  if (left === right) return true;
  const readable = parseVersion(ordering, left).ok && parseVersion(ordering, right).ok;
  return readable && compareVersions(ordering, left, right) === 0;
}

/** A blank after the comma and the case of the path do not count. */
function sameSizedPath(left: string, right: string): boolean {
  const [leftPath, leftBytes] = splitSizedPath(left);
  const [rightPath, rightBytes] = splitSizedPath(right);
  return leftPath === rightPath && leftBytes === rightBytes;
}

function splitSizedPath(text: string): readonly [path: string, bytes: string] {
  const comma = text.lastIndexOf(',');
  if (comma === -1) return [comparablePath(text), ''];
  const bytes = text.slice(comma + 1).trim();
  return [comparablePath(text.slice(0, comma).trim()), bytes.replace(/^0+(?=\d)/, '')];
}
