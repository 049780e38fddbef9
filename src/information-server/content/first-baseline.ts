/** What an information server begins with: the release that it was laid down from. */

import type { Release } from '#domain/catalogue/release.ts';
import type { Parts } from '../parts.ts';
import type { Site } from '../site.ts';

/** The very first start lays down what the installed release laid down: the baseline. */
export async function layFirstBaseline(
  parts: Pick<Parts, 'loop' | 'site' | 'catalogue'>,
  installed: Release | null,
): Promise<void> {
  if (installed === null) return;
  const { loop, site, catalogue } = parts;
  const known = await site.journal.rows.catalogue.release(installed.digest);
  if (known === null) {
    await loop.submit(async (rows) => {
      await rows.catalogue.putRelease(installed, site.clock.now());
      return [];
    });
  }
  if ((await catalogue.revision()) !== null) return;
  await sayUnsigned(site, loop, installed);
  const laid = await catalogue.offer({ releases: [installed], contents: [] });
  if (!laid.ok) site.log.error({ because: laid.because }, 'the baseline could not be laid down');
}

/** A person accepted it at the installation; or the signatures came to nothing. */
async function sayUnsigned(
  site: Site,
  loop: Parts['loop'],
  { digest, manifest: { component, version } }: Release,
): Promise<void> {
  const because = await site.trusted.againstSwitch({ digest, component, version });
  if (because === null) return;
  site.log.warn({ because }, 'the baseline is not signed');
  const detail = { component, version, digest, because: because.code };
  const at = site.clock.now();
  await loop.submit(async ({ log }) => {
    const who = 'information-server';
    await log.appendRecord({ at, kind: 'baseline-unsigned', who, server: null, detail });
    return [];
  });
}
