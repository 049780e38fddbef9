/**
 * The organisation folder as far as it is about who is who: the authority with its sealed root
 * key, and what it signed. It is made as a whole or not at all; the two lanes in it are
 * `tuf-repository.ts`'s and `organisation-signing.ts`'s.
 */

import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { headOffice } from '#domain/trust/identity.ts';
import type {
  AddedSite,
  MadeOrganisation,
  Organisations,
  SiteOfOrganisation,
} from '#ports/organisations.ts';
import {
  organisationSchema,
  organisationText,
  placeName,
  type Kit,
  type Organisation,
} from '#protocol/shared/organisation.ts';
import {
  isThere,
  makeFolder,
  partBeside,
  refuseDiskError,
  removePart,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { makeRoot, makeSiteAuthority, type Authority } from '../identity/authority-x509.ts';
import { digestOfBytes } from '../files/digest.ts';
import {
  aboutRootKey,
  openRoot,
  readOrganisationIn,
  readSite,
  writeSite,
} from './organisation-authority.ts';
import { orderRehome } from './organisation-rehome.ts';
import { revokeSite } from './organisation-revoke.ts';
import { makeKeyFile, openKeyFile } from '../secrets/key-file.ts';
import { newKitPassphrase, passphraseFileOf, writeKit, type KitSeal } from './kit-file.ts';
import { sealText } from '../secrets/sealed-text.ts';
import type { Cost } from '../secrets/sealing.ts';
import { makePrivateKey, pemOf, signerOf } from '../secrets/signing-key.ts';
import type { Roles } from '../metadata/tuf-metadata.ts';
import { makeRepository } from '../metadata/tuf-repository.ts';
import { contentLifetimes, programLifetimes } from '../metadata/tuf-staging.ts';

export type OrganisationOptions = {
  /** For keys that are made now; asked once, for all of them. */
  choosePassphrase(): Promise<Result<string>>;
  /** For the authority's root key. */
  readPassphrase(): Promise<Result<string>>;
  /** For a kit that is made now, which goes to other hands. null: one is made for it. */
  chooseKitPassphrase(): Promise<Result<string | null>>;
  readonly now: () => Instant;
  /** Of what is sealed; default: what production takes. */
  readonly sealingCost?: Cost | undefined;
};

const secretMode = 0o600;
const kitName = `${headOffice}.kit`;

export function openOrganisations(options: OrganisationOptions): Organisations {
  return {
    make: (wanted) => make(options, { ...wanted, folder: resolve(wanted.folder) }),
    addSite: (wanted) => addSite(options, wanted),
    rehome: (wanted) => orderRehome(options, wanted),
    revokeSite: (wanted) => revokeSite(options, wanted),
    sites: readSites,
  };
}

type Wanted = Parameters<Organisations['make']>[0];

async function make(
  options: OrganisationOptions,
  { organisation: name, folder, isKitOpen }: Wanted,
): Promise<Result<MadeOrganisation>> {
  if (!placeName.safeParse(name).success) return refuse(problem('NAME_UNFIT', { name }));
  if (await isThere(folder)) return refuse(problem('ORGANISATION_EXISTS', { folder }));
  const passphrase = await options.choosePassphrase();
  if (!passphrase.ok) return passphrase;
  const kitSeal = await kitSealOf(options, { isOpen: isKitOpen, other: passphrase.value });
  if (!kitSeal.ok) return kitSeal;
  const part = partBeside(folder);
  try {
    await makeFolder(dirname(folder));
    await mkdir(part, { mode: 0o700 });
    const made = await makeIn(part, {
      name,
      passphrase: passphrase.value,
      kitSeal: kitSeal.value,
      now: options.now(),
      cost: options.sealingCost,
    });
    if (!made.ok) return made;
    await rename(part, folder);
    await syncFolder(dirname(folder));
    const kitFile = join(folder, kitName);
    const passphraseFile = passphraseFileOf(kitFile, kitSeal.value);
    return ok({ ...made.value, folder, kitFile, passphraseFile });
  } catch (error) {
    return refuseDiskError(error, folder);
  } finally {
    await removePart(part);
  }
}

type Making = {
  readonly name: string;
  readonly passphrase: string;
  readonly kitSeal: KitSeal | null;
  readonly now: Instant;
  readonly cost: Cost | undefined;
};

/**
 * null: it is to be an open one. `other`: the organisation's own passphrase. Whoever installs by a kit
 * is told what seals it, and must not be able to open the root key with that.
 */
async function kitSealOf(
  { chooseKitPassphrase, sealingCost: cost }: OrganisationOptions,
  { isOpen, other }: { readonly isOpen: boolean; readonly other: string | null },
): Promise<Result<KitSeal | null>> {
  if (isOpen) return ok(null);
  const chosen = await chooseKitPassphrase();
  if (!chosen.ok) return chosen;
  if (chosen.value === null) return ok({ passphrase: newKitPassphrase(), isMade: true, cost });
  if (chosen.value === other) return refuse(problem('KIT_PASSPHRASE_SHARED', {}));
  return ok({ passphrase: chosen.value, cost });
}

async function makeIn(
  folder: string,
  making: Making,
): Promise<Result<Pick<MadeOrganisation, 'organisation' | 'fingerprint'>>> {
  const { name, passphrase, kitSeal, now, cost } = making;
  const lanes = await makeLanes(folder, making);
  if (!lanes.ok) return lanes;
  const { contentKey, ...roots } = lanes.value;
  const root = await makeRoot({ organisation: name, now });
  const organisation = organisationSchema.parse({
    format: 1,
    organisation: name,
    authority: root.certificate,
    ...roots,
  });
  const text = organisationText(organisation);
  const sealed = await sealText(root.key, { about: aboutRootKey(name), passphrase, cost });
  const files = [
    ['organisation.json', text],
    ['authority/root.pem', root.certificate],
    ['authority/root.key', `${JSON.stringify({ format: 1, sealed }, null, 2)}\n`],
  ] as const;
  for (const [file, content] of files) {
    await makeFolder(dirname(join(folder, file)), 0o700);
    const written = await writeFileAtomically(join(folder, file), content, secretMode);
    if (!written.ok) return written;
  }
  const kit = await signSite(folder, { organisation, root, site: headOffice, now });
  if (!kit.ok) return kit;
  const file = join(folder, kitName);
  const controlManager: Kit = { ...kit.value, role: 'control-manager', contentKey };
  const written = await writeKit(file, controlManager, kitSeal);
  if (!written.ok) return written;
  return ok({ organisation: name, fingerprint: digestOfBytes(text) });
}

/**
 * One person's key signs programs, another says whose keys count, so that the one which is used
 * every day, once stolen, can be taken back. Who wants more signers, or another one who renews the
 * timestamp, adds them with `dankai keys rotate`.
 */
async function makeLanes(folder: string, { passphrase, now, cost }: Making) {
  const keys = join(folder, 'keys');
  const release = await signerIn(join(keys, 'release.key'), { name: 'release', passphrase, cost });
  if (!release.ok) return release;
  const programRootKey = await signerIn(join(keys, 'program-root.key'), {
    name: 'program-root',
    passphrase,
    cost,
  });
  if (!programRootKey.ok) return programRootKey;
  const contentRoot = await signerIn(join(keys, 'content-root.key'), {
    name: 'content-root',
    passphrase,
    cost,
  });
  if (!contentRoot.ok) return contentRoot;
  const contentKey = makePrivateKey();
  const online = signerOf(contentKey, 'content');
  const one = { keys: [release.value.key], threshold: 1 };
  const content: Roles = {
    root: { keys: [contentRoot.value.key], threshold: 1 },
    targets: { keys: [online.key], threshold: 1 },
    snapshot: { keys: [online.key], threshold: 1 },
    timestamp: { keys: [online.key], threshold: 1 },
  };
  const programRoot = await makeRepository({
    folder: join(folder, 'program'),
    roles: {
      root: {
        keys: [programRootKey.value.key],
        threshold: 1,
      },
      targets: one,
      snapshot: one,
      timestamp: one,
    },
    signers: [programRootKey.value, release.value],
    now,
    lifetimes: programLifetimes,
  });
  if (!programRoot.ok) return programRoot;
  const contentRootJson = await makeRepository({
    folder: join(folder, 'content'),
    roles: content,
    signers: [contentRoot.value],
    now,
    lifetimes: contentLifetimes,
    rootAlone: true,
  });
  if (!contentRootJson.ok) return contentRootJson;
  return ok({
    programRoot: programRoot.value,
    contentRoot: contentRootJson.value,
    contentKey: pemOf(contentKey),
  });
}

async function signerIn(
  file: string,
  wanted: { readonly name: string; readonly passphrase: string; readonly cost: Cost | undefined },
) {
  const made = await makeKeyFile({ file, ...wanted });
  return made.ok ? openKeyFile(file, wanted.passphrase) : made;
}

/** What stands in `sites/` says which kits were made; the kits themselves are handed out. */
async function signSite(
  folder: string,
  {
    organisation,
    root,
    site,
    now,
  }: {
    readonly organisation: Organisation;
    readonly root: Authority;
    readonly site: string;
    readonly now: Instant;
  },
): Promise<Result<Omit<Kit, 'role'>>> {
  const authority = await makeSiteAuthority(root, {
    organisation: organisation.organisation,
    site,
    now,
  });
  const { serialNumber, validToDate } = new X509Certificate(authority.certificate);
  const kit = { serial: serialNumber.toLowerCase(), madeAt: now, until: validToDate.getTime() };
  const before = await readSite(folder, site);
  if (!before.ok) return before;
  const written = await writeSite(folder, { site, kits: [...(before.value?.kits ?? []), kit] });
  return written.ok ? ok({ format: 1, organisation, site, authority }) : written;
}

async function addSite(
  options: OrganisationOptions,
  wanted: Parameters<Organisations['addSite']>[0],
): Promise<Result<AddedSite>> {
  const { folder, site, kitFile, isAgain, isKitOpen } = wanted;
  if (!placeName.safeParse(site).success) return refuse(problem('NAME_UNFIT', { name: site }));
  if (await isThere(kitFile)) return refuse(problem('FILE_EXISTS', { file: kitFile }));
  const known = await readSite(folder, site);
  if (!known.ok) return known;
  // Made with the organisation; a kit more is for a control manager that stands already.
  if (known.value === null && site === headOffice) {
    return refuse(problem('NAME_UNFIT', { name: site }));
  }
  // Where every kit was taken back, the next one is the first again.
  const isStanding = known.value?.kits.some(({ revoked }) => revoked === undefined) ?? false;
  if (isStanding && !isAgain) return refuse(problem('SITE_EXISTS', { site }));
  const organisation = await readOrganisationIn(folder);
  if (!organisation.ok) return organisation;
  let other: string | null = null;
  const readPassphrase = async (): Promise<Result<string>> => {
    const read = await options.readPassphrase();
    other = read.ok ? read.value : null;
    return read;
  };
  const root = await openRoot(readPassphrase, folder, organisation.value);
  if (!root.ok) return root;
  const kitSeal = await kitSealOf(options, { isOpen: isKitOpen, other });
  if (!kitSeal.ok) return kitSeal;
  const now = options.now();
  const kit = await signSite(folder, {
    organisation: organisation.value,
    root: root.value,
    site,
    now,
  });
  if (!kit.ok) return kit;
  const role = site === headOffice ? 'control-manager' : 'information-server';
  const written = await writeKit(kitFile, { ...kit.value, role }, kitSeal.value);
  if (!written.ok) return written;
  const after = await readSite(folder, site);
  if (!after.ok) return after;
  const passphraseFile = passphraseFileOf(kitFile, kitSeal.value);
  return ok({ ...(after.value ?? { site, kits: [] }), passphraseFile });
}

async function readSites(folder: string): Promise<Result<readonly SiteOfOrganisation[]>> {
  const organisation = await readOrganisationIn(folder);
  if (!organisation.ok) return organisation;
  const sites: SiteOfOrganisation[] = [];
  const names: readonly string[] = await readdir(join(folder, 'sites')).catch(() => []);
  for (const name of names.toSorted()) {
    if (!name.endsWith('.json')) continue;
    const site = await readSite(folder, name.replace(/\.json$/, ''));
    if (!site.ok) return site;
    if (site.value !== null) sites.push(site.value);
  }
  return ok(sites);
}
