/**
 * Local installation onto what stands (L2–L4): the release is verified by the organisation of the
 * installation, its information server is asked whether it may (L1), and then it is switched in
 * place. Who cannot be asked is believed by what the installer says of him, or a person takes it
 * upon himself.
 */

import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { compareVersions } from '#domain/catalogue/version.ts';
import { againstComponentRules } from '#domain/compatibility/component-rules.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { LocalUpgrade, LocalUpgradeRequest, StandingInstallation } from '#ports/packages.ts';
import type { InstallerFacts } from '#protocol/shared/installer.ts';
import {
  isThere,
  partBeside,
  refuseDiskError,
  removeDeadParts,
  removePart,
} from '../files/atomic-file.ts';
import { askLocalUpgrade } from '../identity/enrolment-client.ts';
import { readEnrolledAt } from '../identity/identity-enrolled.ts';
import { standingIdentity, type Standing } from '../identity/identity-signed.ts';
import { readRefusals } from '../identity/refusals-file.ts';
import { thisPlatform } from './installation-disk.ts';
import { currentSlot } from './installation-disk-slots.ts';
import { fromFile, fromOwnTree, standingIn, type Source } from './installation-disk-source.ts';
import { installedVersions } from './installed-versions.ts';
import { finishEarlier, upgradeInPlace } from './installation-upgrade.ts';
import { readInstaller } from './installer-here.ts';
import { PackageRefused } from '../release/package-archive-tree.ts';
import type { UnitPlace } from './service-units.ts';
import { organisationFile, readOrganisation } from '../identity/trust-files.ts';

export async function upgradeStanding(
  program: string,
  request: LocalUpgradeRequest,
  places: readonly UnitPlace[],
): Promise<Result<LocalUpgrade>> {
  const standing = await standingIn(request.root);
  if (standing === null) return refuse(problem('INSTALLATION_ABSENT', { folder: request.root }));
  const { root, services } = standing;
  if (services.includes('information-server')) {
    const named = services.join(', ');
    return refuse(problem('INSTALLATION_OF_OTHER_ROLE', { folder: root, services: named }));
  }
  const staging = partBeside(root);
  try {
    await removeDeadParts(root);
    await mkdir(staging);
    const source = await sourceFor(program, request, { root, staging });
    if (!source.ok) return source;
    return await upgradeTo(program, request, { standing, source: source.value, places });
  } catch (error) {
    if (error instanceof PackageRefused) return refuse(error.because);
    return refuseDiskError(error, root);
  } finally {
    await removePart(staging);
  }
}

/** Signed by the organisation of the installation, whatever the installer says. */
async function sourceFor(
  program: string,
  { releaseFile }: LocalUpgradeRequest,
  { root, staging }: { readonly root: string; readonly staging: string },
): Promise<Result<Source>> {
  const known = (await isThere(organisationFile(root))) ? await readOrganisation(root) : ok(null);
  if (!known.ok) return known;
  const by = { staging, organisation: known.value?.text ?? null };
  return releaseFile === null ? fromOwnTree(program, by) : fromFile(releaseFile, by);
}

async function upgradeTo(
  program: string,
  { aheadReason, proveSeconds }: LocalUpgradeRequest,
  {
    standing: { root, services },
    source,
    places,
  }: {
    readonly standing: StandingInstallation;
    readonly source: Source;
    readonly places: readonly UnitPlace[];
  },
): Promise<Result<LocalUpgrade>> {
  const { release, archiveFile } = source;
  const finished = await finishEarlier(root, proveSeconds);
  if (!finished.ok) return finished;
  const versions = await installedVersions(root);
  const from = versions.get(release.manifest.component) ?? '0';
  if ((await currentSlot(root, 'program')) === slotNameOf(release)) {
    return ok({ root, release, from, end: { end: 'already' }, informationServer: null });
  }
  const older = againstOlder(release, from);
  if (!older.ok) return older;
  const [against] = againstComponentRules(
    { server: brand<ServerId>(hostname()), versions },
    release,
  );
  if (against !== undefined) return refuse(against);
  const isNormal = services.every((name) => name === 'normal-server');
  const installer = await readInstaller(program);
  if (!installer.ok) return installer;
  const above = isNormal
    ? await mayHave(root, { release, reason: aheadReason, facts: installer.value })
    : ok(null);
  if (!above.ok) return above;
  const platform = thisPlatform();
  const what = { root, release, archiveFile, platform, proveSeconds, places };
  const end = await upgradeInPlace(what);
  if (!end.ok) return end;
  return ok({ root, release, from, end: end.value, informationServer: above.value });
}

/** A way back is its signers' to open, and goes through the information server. */
function againstOlder({ manifest }: Release, running: string): Result<null> {
  const { ordering, version } = manifest;
  return compareVersions(ordering, version, running) < 0
    ? refuse(problem('RELEASE_OLDER', { version, running, servers: 1 }))
    : ok(null);
}

type Wish = {
  readonly release: Release;
  readonly reason: string | null;
  readonly facts: InstallerFacts | null;
};

/** What the information server runs; null: it was not reached, and need not be. */
async function mayHave(root: string, wish: Wish): Promise<Result<string | null>> {
  const { version, ordering } = wish.release.manifest;
  const { facts } = wish;
  const reason = wish.reason ?? facts?.aheadReason ?? null;
  const standing = await identityIn(root);
  const at = readEnrolledAt(root);
  if (standing !== null && at !== null) {
    const { organisation, credentials } = standing;
    const refusals = await readRefusals([join(root, 'trust')], organisation.organisation);
    if (!refusals.ok) return refusals;
    const asked = await askLocalUpgrade(
      { ...at, organisation, refusals: refusals.value },
      { version, reason },
      credentials,
    );
    if (asked.ok || !isUnreached(asked.because.code)) return asked;
  }
  if (reason !== null) return ok(null);
  const isBehind =
    facts === null || compareVersions(ordering, version, facts.informationServer) > 0;
  return isBehind ? refuse(problem('INFORMATION_SERVER_UNASKED', { version })) : ok(null);
}

const isUnreached = (code: string): boolean =>
  code === 'ADDRESS_UNREACHABLE' || code === 'ANSWER_UNREADABLE';

async function identityIn(root: string): Promise<Standing | null> {
  const organisation = await readOrganisation(root).catch(() => null);
  if (organisation?.ok !== true) return null;
  return standingIdentity(root, 'normal-server', {
    organisation: organisation.value,
    now: Date.now(),
    isIt: ({ role }) => role === 'normal-server',
  }).catch(() => null);
}
