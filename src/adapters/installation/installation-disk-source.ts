/**
 * Installs from a release file, or from the unpacked release that the asking program runs in.
 * Nothing touches the installation folder before every byte of the release was checked.
 */

import { mkdir, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { packageOf, type Release } from '#domain/catalogue/release.ts';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import { againstProgram } from '#domain/trust/program-rules.ts';
import type { RehomeOrder } from '#domain/trust/rehome.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { readServices } from '#launcher/installation.ts';
import type { InstallRequest, InstallTrust, Role, StandingInstallation } from '#ports/packages.ts';
import type { LaneTrust, MetadataSource } from '#ports/trust.ts';
import { parseOrganisation } from '#protocol/shared/organisation.ts';
import {
  isThere,
  makeFolder,
  partBeside,
  refuseDiskError,
  removeDeadParts,
  removePart,
} from '../files/atomic-file.ts';
import { install, readReleaseJson, thisPlatform, type Service } from './installation-disk.ts';
import { readChain } from '../identity/certificate-chain.ts';
import { digestOfBytes } from '../files/digest.ts';
import { againstJoining } from './installation-joining.ts';
import {
  aheadReasonFile,
  enrolmentTokenFile,
  rehomeOrderFile,
} from '../identity/identity-enrolled.ts';
import { metadataBeside, readInstaller } from './installer-here.ts';
import { readRehomeOrder } from '../identity/rehome-order.ts';
import { packTree } from '../release/package-archive.ts';
import { PackageRefused } from '../release/package-archive-tree.ts';
import { readMetadataEntries } from '../release/release-file-metadata.ts';
import { readReleaseFile, storedArchive } from '../release/release-file.ts';
import { readAuthority, readOrganisation, writeSecret } from '../identity/trust-files.ts';
import { laneTrust } from '../metadata/trust-tuf.ts';

export type Source = {
  readonly release: Release;
  readonly archiveFile: string;
  /** By which it was found to be signed; none: nobody was asked. */
  readonly metadata: MetadataFiles;
};

/** An information server brings the normal server of its computer and the agent with it (D3). */
export function servicesOf(roles: readonly Role[]): readonly Service[] {
  const services: Service[] = [];
  if (roles.includes('control-manager')) {
    services.push({ name: 'control-manager', track: 'program' });
  }
  const hasShare = roles.includes('information-server');
  if (hasShare) services.push({ name: 'information-server', track: 'program' });
  if (hasShare || roles.includes('normal-server')) {
    services.push({ name: 'normal-server', track: 'program' });
  }
  if (hasShare) services.push({ name: 'agent', track: 'agent' });
  return services;
}

export async function installFrom(
  program: string,
  request: InstallRequest,
): Promise<Result<Release>> {
  const root = resolve(request.root);
  const staging = partBeside(root);
  try {
    await makeFolder(dirname(root));
    await removeDeadParts(root);
    await mkdir(staging);
    const { releaseFile } = request;
    const source =
      releaseFile === null
        ? await fromOwnTree(program, { staging, ...(await signedBy(program, request)) })
        : await fromFile(releaseFile, { staging, organisation: organisationOf(request.trust) });
    if (!source.ok) return source;
    const ahead = await againstJoining(request, source.value.release.manifest.version);
    if (ahead !== null) return refuse(ahead);
    const { settings, tokens, trust } = request;
    const services = servicesOf(request.roles);
    const installed = await install({ root, ...source.value, services, settings, tokens, trust });
    if (!installed.ok) return installed;
    await keepMetadata(root, request, source.value.metadata);
    return ok(source.value.release);
  } catch (error) {
    if (error instanceof PackageRefused) return refuse(error.because);
    return refuseDiskError(error, root);
  } finally {
    await removePart(staging);
  }
}

export async function layToken(
  root: string,
  token: string,
  aheadReason: string | null = null,
): Promise<Result<null>> {
  if (!(await isThere(join(root, 'launcher.json')))) {
    return refuse(problem('INSTALLATION_ABSENT', { folder: root }));
  }
  // Who holds the key of a site signs for himself; no token is taken up there.
  if (await isThere(join(root, 'secrets', 'authority.pem'))) {
    return refuse(problem('SERVER_OF_INFORMATION_SERVER', { server: root }));
  }
  if (aheadReason !== null) {
    const told = await writeSecret(root, aheadReasonFile, `${aheadReason}\n`);
    if (!told.ok) return told;
  }
  return writeSecret(root, enrolmentTokenFile, `${token}\n`);
}

export async function layOrder(root: string, text: string): Promise<Result<RehomeOrder>> {
  const known = await readOrganisation(root);
  if (!known.ok) return known;
  const read = readRehomeOrder(text, known.value.organisation);
  if (!read.ok) return read;
  const written = await writeSecret(root, rehomeOrderFile, text);
  return written.ok ? ok(read.value.order) : written;
}

/** Only of the same organisation and the same site: everything else of an installation stays. */
export async function layKit(
  root: string,
  { organisation, secrets }: InstallTrust,
): Promise<Result<null>> {
  const known = await readOrganisation(root);
  if (!known.ok) return known;
  const { fingerprint: expected } = known.value;
  const found = digestOfBytes(organisation ?? '');
  if (found !== expected) return refuse(problem('ORGANISATION_OTHER', { expected, found }));
  const authority = await readAuthority(root);
  if (!authority.ok) return authority;
  const [before, next] = [authority.value.certificate, secrets['authority.pem'] ?? ''].map(
    (text) => readChain(text)?.[0]?.subject ?? '',
  );
  if (before !== next) {
    return refuse(problem('IDENTITY_NOT_HERE', { service: next ?? '', authority: before ?? '' }));
  }
  for (const [name, text] of Object.entries(secrets)) {
    const written = await writeSecret(root, name, text);
    if (!written.ok) return written;
  }
  return ok(null);
}

export async function standingIn(root: string): Promise<StandingInstallation | null> {
  const folder = await realpath(root).catch(() => resolve(root));
  const services = readServices(folder);
  if (typeof services === 'string') return null;
  return { root: folder, services: services.map(({ name }) => name) };
}

const organisationOf = (trust: InstallTrust | null): string | null => trust?.organisation ?? null;

type By = {
  readonly staging: string;
  /** Whose program lane has to have signed it; null: nobody's. */
  readonly organisation: string | null;
};

/** Where the computer has its organisation, or gets it with this. */
export async function fromFile(
  file: string,
  { staging, organisation: text }: By,
): Promise<Result<Source>> {
  const program = text === null ? ok(null) : programLane(text, join(staging, 'trust'));
  if (!program.ok) return program;
  const lane = program.value;
  let metadata: MetadataFiles = new Map();
  const release = await readReleaseFile(file, staging, async (one, found) => {
    metadata = found;
    return lane === null ? null : againstFirst(lane, one, found);
  });
  if (!release.ok) return release;
  const { manifest } = release.value;
  const platform = thisPlatform();
  const chosen = packageOf(manifest, platform);
  if (!chosen.ok) return chosen;
  const archiveFile = storedArchive(staging, chosen.value.archive.digest);
  return ok({ release: release.value, archiveFile, metadata });
}

/** The daemons begin with it, so that they know their own release as signed from the first start. */
async function keepMetadata(
  root: string,
  { trust }: Pick<InstallRequest, 'trust'>,
  metadata: MetadataFiles,
): Promise<void> {
  const text = trust?.organisation ?? null;
  if (text === null || metadata.size === 0) return;
  const program = programLane(text, join(root, 'trust', 'program'));
  // What stands there already may be newer; then this changes nothing.
  if (program.ok) await program.value.refresh(sourceOf(metadata));
}

const sourceOf =
  (metadata: MetadataFiles): MetadataSource =>
  async (name) => {
    const text = metadata.get(name);
    return ok(text === undefined ? null : Buffer.from(text));
  };

function programLane(text: string, folder: string): Result<LaneTrust> {
  const organisation = parseOrganisation(text, 'organisation.json');
  if (!organisation.ok) return organisation;
  const shippedRoot = canonicalJson(organisation.value.programRoot);
  return ok(laneTrust({ folder, shippedRoot }));
}

async function againstFirst(
  program: LaneTrust,
  release: Release,
  metadata: MetadataFiles,
): Promise<Problem | null> {
  const refreshed = await program.refresh(sourceOf(metadata));
  const target = await program.target(programTargetName(release.manifest));
  const against = againstProgram(release, target);
  const isUnknown = against?.code === 'RELEASE_UNSIGNED' && metadata.size > 0;
  return isUnknown && !refreshed.ok ? refreshed.because : against;
}

/** The archive is made again from the tree; being the same, it proves the tree untouched. */
export async function fromOwnTree(program: string, by: By & Signatures): Promise<Result<Source>> {
  const { staging } = by;
  const tree = dirname(dirname(await realpath(program)));
  const release = await readReleaseJson(join(dirname(tree), 'release.json'));
  if (!release.ok) return release;
  const { manifest } = release.value;
  const platform = thisPlatform();
  const chosen = packageOf(manifest, platform);
  if (!chosen.ok) return chosen;
  const archiveFile = join(staging, 'archive');
  const packed = await packTree(tree, archiveFile);
  const [expected, found] =
    packed.treeDigest === chosen.value.treeDigest
      ? [chosen.value.archive.digest, packed.archive.digest]
      : [chosen.value.treeDigest, packed.treeDigest];
  if (found !== expected) return refuse(problem('PACKAGE_DIGEST_WRONG', { expected, found }));
  const metadata = await signaturesOf(program, release.value, by);
  return metadata.ok
    ? ok({ release: release.value, archiveFile, metadata: metadata.value })
    : metadata;
}

type Signatures = {
  /** A bundle of signed metadata, for a release that has none beside it. */
  readonly signatures?: string | null | undefined;
  readonly isUnsignedAccepted?: boolean | undefined;
};

/** What came in an installer is verified by the organisation that came with it. */
async function signedBy(
  program: string,
  { trust, signatures, isUnsignedAccepted }: InstallRequest,
): Promise<Omit<By, 'staging'> & Signatures> {
  const installer = await readInstaller(program);
  const came = installer.ok ? (installer.value?.organisation ?? null) : null;
  return { organisation: organisationOf(trust) ?? came, signatures, isUnsignedAccepted };
}

/** They stand beside a release that came in an installer, or come as the organisation's bundle. */
async function signaturesOf(
  program: string,
  release: Release,
  { staging, organisation, signatures = null, isUnsignedAccepted = false }: By & Signatures,
): Promise<Result<MetadataFiles>> {
  if (organisation === null || isUnsignedAccepted) return ok(new Map());
  const beside = await metadataBeside(program);
  if (!beside.ok) return beside;
  const { component, version } = release.manifest;
  if (signatures === null && beside.value.size === 0) {
    return refuse(problem('BASELINE_UNSIGNED', { component, version }));
  }
  const metadata = signatures === null ? beside : await readMetadataEntries(signatures);
  const lane = programLane(organisation, join(staging, 'trust'));
  if (!metadata.ok) return metadata;
  if (!lane.ok) return lane;
  const against = await againstFirst(lane.value, release, metadata.value);
  return against === null ? metadata : refuse(against);
}
