/**
 * I6: a delivery never touches the program lane, whatever its catalogue says. What a catalogue
 * revision offers of programs are releases that a vendor published, with the numbers that these
 * have; and it changes only by an upgrade or an import, which name the release.
 */

import { parseServerIni, valueOf } from '#domain/catalogue/server-ini.ts';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { Digest } from '#domain/names.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker } from './checker.ts';
import type { Memory } from './memory.ts';

export function lanesApart(memory: Memory): Checker {
  const { facts } = memory;
  const programsOf = new Map<SiteName, ReadonlySet<Digest>>();

  function check(site: SiteName, revision: CatalogueRevision): void {
    const programs = new Set<Digest>();
    const parsed = parseServerIni(revision.text);
    for (const digest of revision.manifests) {
      const release = facts.published(digest);
      if (release === null) throw new Violation(6, `${site} offers ${digest}, published by nobody`);
      if (release.manifest.lane !== 'program') continue;
      programs.add(digest);
      const { sections, version } = release.manifest.catalogue;
      for (const { name } of sections) {
        const found = parsed.ok ? valueOf(parsed.value, name, 'Version') : null;
        if (found !== version) {
          throw new Violation(6, `${name} of ${site} says ${found} where ${version} was published`);
        }
      }
    }
    const before = programsOf.get(site);
    programsOf.set(site, programs);
    if (before === undefined) return;
    for (const digest of programs) {
      if (!before.has(digest) && !isUpgradedTo(memory, site, digest)) {
        throw new Violation(6, `${site} offers ${digest}, to which no upgrade goes`);
      }
    }
  }

  return {
    invariant: 6,
    sees: [
      on('committed', ({ site, rows }) => {
        for (const change of rows) if (change.of === 'revision') check(site, change.after);
      }),
      // An older journal has an older catalogue.
      on('journal-replaced', ({ site }) => void programsOf.delete(site)),
    ],
  };
}

function isUpgradedTo(memory: Memory, site: SiteName, digest: Digest): boolean {
  for (const { plan } of memory.site(site).upgrades.values()) {
    if (plan.release.digest === digest) return true;
  }
  return false;
}
