/**
 * An organisation folder at the hands of its signers: each action stages a change, signs it with the
 * keys that are here, and publishes when enough have signed. Every action may be asked again after a
 * kill: what stands already is not done twice.
 */

import { dirname, join } from 'node:path';
import type { Instant, Lane } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Signing, SigningOutcome, SigningPlace, StagedState } from '#ports/signing.ts';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.ts';
import { keyExists, makeKeyFile } from '../secrets/key-file.ts';
import {
  openAll,
  openNeeded,
  publicKeyText,
  readAnyPublicKey,
  type KeyOpener,
} from './key-opener.ts';
import { comparedWith, firstRootIn } from '../metadata/organisation-roots.ts';
import { makePrivateKey, pemOf, signerOf, type Signer } from '../secrets/signing-key.ts';
import { changeOf } from './signing-request.ts';
import { repositoryState, stagedRoles, stagedState } from './signing-state.ts';
import { writeBundle, writeSignedReleases } from './signed-files.ts';
import { exactProblem } from '../metadata/tuf-exact.ts';
import {
  discardStaged,
  openStaged,
  publish,
  stage,
  type Repository,
} from '../metadata/tuf-repository.ts';
import { readStaged, stagedFolder } from '../metadata/tuf-repository-files.ts';
import { signStaged, takeSignatures } from '../metadata/tuf-signing.ts';
import { contentLifetimes, programLifetimes } from '../metadata/tuf-staging.ts';

export type SigningOptions = { readonly opener: KeyOpener; readonly now: () => Instant };

export function openSigning({ opener, now }: SigningOptions): Signing {
  return {
    makeKey: (options) => makeKey(options, opener),
    showKey: readAnyPublicKey,
    state: async (folder, lane) => {
      const opened = await openLane(folder, lane);
      if (!opened.ok) return opened;
      const { repository, staged } = opened.value;
      return ok(
        repositoryState({ lane, folder: join(folder, lane) }, repository.published, staged),
      );
    },
    act: async (request, place) => {
      const { folder, lane } = place;
      const opened = await openLane(folder, lane);
      if (!opened.ok) return opened;
      const change = await changeOf(request, lane, opened.value.repository);
      if (!change.ok) return change;
      if (change.value !== null) {
        const lifetimes = lane === 'program' ? programLifetimes : contentLifetimes;
        const options = { folder: join(folder, lane), now: now(), lifetimes };
        const { files, change: staging } = change.value;
        const staged = await stage(staging, { ...options, files });
        if (!staged.ok) return staged;
      }
      const releases = request.type === 'release' ? [request] : [];
      return signAndPublish(place, { opener, now, releases, isAgain: request.type !== 'sign' });
    },
    publish: async ({ folder, lane }, { copies, releases }) => {
      for (const copy of copies) {
        const taken = await takeSignatures(join(folder, lane), copy);
        if (!taken.ok) return taken;
      }
      const published = await publishHere(folder, lane, now(), releases.length > 0);
      if (!published.ok) return published;
      const files = releases.map((file) => ({ file, out: null }));
      return finished({ folder, lane }, [], files);
    },
    discard: ({ folder, lane }) => discardStaged(join(folder, lane)),
    copy: async ({ staged, lane, organisation }) => readCopy(staged, lane, organisation),
    signCopy: async ({ staged, lane, organisation }, keys) => {
      const before = await readCopy(staged, lane, organisation);
      if (!before.ok) return before;
      const signers = await openAll(keys, opener);
      if (!signers.ok) return signers;
      const signed = await signStaged(staged, signers.value);
      if (!signed.ok) return signed;
      return ok(stagedState(signed.value.staged, before.value));
    },
  };
}

async function makeKey(
  { file, name, online }: Parameters<Signing['makeKey']>[0],
  opener: KeyOpener,
): ReturnType<Signing['makeKey']> {
  if (await keyExists(file)) return refuse(problem('KEY_EXISTS', { file }));
  const made = online ? await makeOnlineKey(file, name) : await makeSealedKey(file, name, opener);
  if (!made.ok) return made;
  const written = await writeFileAtomically(publicFileOf(file), publicKeyText(made.value));
  return written.ok ? made : written;
}

async function makeSealedKey(file: string, name: string, opener: KeyOpener) {
  const passphrase = await opener.choose();
  return passphrase.ok ? makeKeyFile({ file, name, passphrase: passphrase.value }) : passphrase;
}

/** As the control manager reads it: a program cannot be asked for a passphrase. */
async function makeOnlineKey(file: string, name: string) {
  const privateKey = makePrivateKey();
  await makeFolder(dirname(file), 0o700);
  const written = await writeFileAtomically(file, pemOf(privateKey), 0o600);
  return written.ok ? ok(signerOf(privateKey, name).key) : written;
}

function publicFileOf(file: string): string {
  return `${file.replace(/\.(key|pem)$/, '')}.pub`;
}

type OpenLane = { readonly repository: Repository; readonly staged: StagedState | null };

/** A folder in the owner's own hands is compared all the same: its stick may have come back changed. */
async function openLane(folder: string, lane: Lane): Promise<Result<OpenLane>> {
  const repository = await openStaged(join(folder, lane));
  if (!repository.ok) return repository;
  const { published, staged } = repository.value;
  const first = await firstRootIn(join(folder, 'organisation.json'), lane);
  if (!first.ok) return first;
  const root = first.value ?? published.roots[0] ?? published.root;
  const foreign = staged === null ? ok(true) : comparedWith(staged, root);
  if (!foreign.ok) return foreign;
  const state = staged === null ? null : stagedState(staged, { lane, isCompared: true });
  return ok({ repository: repository.value, staged: state });
}

type ReleaseToSign = { readonly file: string; readonly out: string | null };

type SignOptions = SigningOptions & {
  readonly releases: readonly ReleaseToSign[];
  /** Where nothing is staged, what was asked for stands published from before. */
  readonly isAgain: boolean;
};

async function signAndPublish(
  place: SigningPlace,
  { opener, now, releases, isAgain }: SignOptions,
): Promise<Result<SigningOutcome>> {
  const { folder, lane } = place;
  const stagedIn = stagedFolder(join(folder, lane));
  const staged = await readStaged(stagedIn);
  if (!staged.ok) return staged;
  if (staged.value === null) {
    return isAgain ? finished(place, [], releases) : refuse(problem('NOTHING_STAGED', { folder }));
  }
  const keys = join(folder, 'keys');
  const signers =
    place.keys.length > 0
      ? await openAll(place.keys, opener)
      : await openNeeded(staged.value, keys, opener);
  if (!signers.ok) return signers;
  const signed = await signStaged(stagedIn, signers.value);
  if (!signed.ok) return signed;
  const isWaiting = stagedRoles(signed.value.staged).some((role) => role.signaturesMissing > 0);
  if (isWaiting) {
    const state = stagedState(signed.value.staged, { lane, isCompared: true });
    return ok({ ...outcome(place, signers.value), staged: state });
  }
  const published = await publishHere(folder, lane, now(), false);
  return published.ok ? finished(place, signers.value, releases) : published;
}

/** `isEnough`: that nothing is staged is no reason to refuse. */
async function publishHere(
  folder: string,
  lane: Lane,
  now: Instant,
  isEnough: boolean,
): Promise<Result<null>> {
  const published = await publish(join(folder, lane), now);
  if (published.ok) return ok(null);
  return published.because.code === 'NOTHING_STAGED' && isEnough ? ok(null) : published;
}

type Place = Omit<SigningPlace, 'keys'>;

function outcome({ folder, lane }: Place, signers: readonly Signer[]): SigningOutcome {
  const signedBy = signers.map(({ key }) => key);
  return {
    lane,
    signedBy,
    staged: null,
    stagedFolder: stagedFolder(join(folder, lane)),
    files: [],
  };
}

/** What is published now, as files for others. */
async function finished(
  place: Place,
  signers: readonly Signer[],
  releases: readonly ReleaseToSign[],
): Promise<Result<SigningOutcome>> {
  const { folder, lane } = place;
  const opened = await openStaged(join(folder, lane));
  if (!opened.ok) return opened;
  const { published } = opened.value;
  const bundle = await writeBundle(join(folder, `${lane}.bundle`), published);
  if (!bundle.ok) return bundle;
  const signed = await writeSignedReleases(releases, published);
  if (!signed.ok) return signed;
  return ok({ ...outcome(place, signers), files: [...signed.value, bundle.value] });
}

async function readCopy(
  folder: string,
  lane: Lane,
  organisation: string | null,
): Promise<Result<StagedState>> {
  const staged = await readStaged(folder);
  if (!staged.ok) return staged;
  if (staged.value === null) return refuse(problem('NOTHING_STAGED', { folder }));
  const against = exactProblem(staged.value);
  if (against !== null) return refuse(against);
  if (organisation === null) return ok(stagedState(staged.value, { lane, isCompared: false }));
  const first = await firstRootIn(organisation, lane);
  if (!first.ok) return first;
  if (first.value === null) {
    return refuse(problem('FILE_UNREADABLE', { file: organisation, detail: 'ENOENT' }));
  }
  const compared = comparedWith(staged.value, first.value);
  return compared.ok ? ok(stagedState(staged.value, { lane, isCompared: true })) : compared;
}
