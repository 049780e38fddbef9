/**
 * What is to be staged for what a signer asks. Nothing, where it stands published or staged already:
 * so a command that was killed can be given again without losing signatures.
 */

import { canonicalJson, utf8Bytes } from '#domain/catalogue/canonical-json.ts';
import { brand, type ComponentName, type Lane } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  approverIn,
  approverTargetName,
  programTargetName,
  returnTargetName,
} from '#domain/trust/target-names.ts';
import type { SigningRequest } from '#ports/signing.ts';
import { digestOfBytes } from '../files/digest.ts';
import { readAnyPublicKey } from './key-opener.ts';
import { checkReleaseFile } from '../release/release-file.ts';
import type { PublicSigningKey } from '../secrets/signing-key.ts';
import { rolesOf } from '../metadata/tuf-metadata.ts';
import type { StagedFiles } from '../metadata/tuf-repository-files.ts';
import type { Repository } from '../metadata/tuf-repository.ts';
import { changedRoles } from '../metadata/tuf-roles.ts';
import { customOf, type Change } from '../metadata/tuf-staging.ts';

export type Staging = { readonly change: Change; readonly files: StagedFiles };

type Answer = Promise<Result<Staging | null>>;

export async function changeOf(
  request: SigningRequest,
  lane: Lane,
  repository: Repository,
): Answer {
  switch (request.type) {
    case 'sign':
      return ok(null);
    case 'refresh':
      return ok({ change: { type: 'refresh' }, files: {} });
    case 'keys':
      return keysChange(request, repository);
    case 'release':
      return lane === 'program' ? releaseChange(request.file, repository) : notHere(lane);
    case 'permit-return':
      return lane === 'program' ? returnChange(request, repository) : notHere(lane);
    case 'permit-approver':
      return lane === 'program' ? approverChange(request.file, repository) : notHere(lane);
    case 'remove-approver':
      return lane === 'program' ? approverEnd(request.name, repository) : notHere(lane);
    case 'withdraw':
    case 'remove':
      return lane === 'program' ? endChange(request, repository) : notHere(lane);
  }
}

/** Content is signed by the control manager, by itself. */
function notHere(lane: Lane): ReturnType<typeof refuse> {
  return refuse(problem('LANE_SIGNED_ELSEWHERE', { lane }));
}

async function releaseChange(file: string, repository: Repository): Answer {
  const release = await checkReleaseFile(file);
  if (!release.ok) return release;
  const { digest, manifest } = release.value;
  const { component, version, lane } = manifest;
  if (lane !== 'program') return refuse(problem('RELEASE_NOT_A_PROGRAM', { component }));
  const name = programTargetName({ component, version });
  const known = namedIn(repository, name);
  if (known !== null && known.digest !== digest) {
    return refuse(problem('RELEASE_VERSION_TAKEN', { component, version }));
  }
  if (known?.withdrawn !== undefined) {
    const reason = known.withdrawn;
    return refuse(problem('RELEASE_WITHDRAWN', { component, version, reason }));
  }
  if (known !== null) return ok(null);
  return ok(newTarget(name, canonicalJson(manifest), { digest }));
}

type ReturnRequest = Extract<SigningRequest, { type: 'permit-return' }>;

async function returnChange(
  { component: typed, from, to, reason }: ReturnRequest,
  repository: Repository,
): Answer {
  const component = brand<ComponentName>(typed);
  const name = returnTargetName(component, { from, to });
  const facts = { component, from, to, reason };
  if (namedIn(repository, name)?.custom['reason'] === reason) return ok(null);
  return ok(newTarget(name, canonicalJson({ format: 1, ...facts }), facts));
}

/** By its name who signs it sees both whom and which key; the key itself must have that id. */
async function approverChange(file: string, repository: Repository): Answer {
  const key = await readAnyPublicKey(file);
  if (!key.ok) return key;
  const { name, public: text } = key.value;
  const target = approverTargetName(key.value);
  const [known] = approverTargets(repository, name);
  if (known === target) return ok(null);
  if (known !== undefined) return refuse(problem('APPROVER_EXISTS', { name }));
  return ok(newTarget(target, canonicalJson({ format: 1, name, public: text }), { public: text }));
}

async function approverEnd(name: string, repository: Repository): Answer {
  const [target] = approverTargets(repository, name);
  if (target === undefined) return refuse(problem('APPROVER_UNKNOWN', { name }));
  return ok({ change: { type: 'remove', name: target }, files: {} });
}

function approverTargets({ published, staged }: Repository, name: string): readonly string[] {
  const targets = (staged?.metadata.targets ?? published.targets)?.signed.targets ?? {};
  return Object.keys(targets).filter((target) => approverIn(target)?.name === name);
}

function newTarget(
  name: string,
  content: string,
  custom: Readonly<Record<string, string>>,
): Staging {
  const digest = digestOfBytes(content);
  const target = { name, digest, bytes: utf8Bytes(content), custom };
  return { change: { type: 'target', target }, files: { [name]: content } };
}

type EndRequest = Extract<SigningRequest, { type: 'withdraw' | 'remove' }>;

async function endChange(request: EndRequest, repository: Repository): Answer {
  const { component, version } = request;
  const name = programTargetName({ component: brand<ComponentName>(component), version });
  const known = namedIn(repository, name);
  if (known === null) return refuse(problem('RELEASE_UNSIGNED', { component, version }));
  if (request.type === 'withdraw') {
    const { reason } = request;
    if (known.withdrawn === reason) return ok(null);
    return ok({ change: { type: 'withdraw', name, reason }, files: {} });
  }
  // Servers may still be on their way to it: first they are told why not.
  if (known.withdrawn === undefined) {
    return refuse(problem('RELEASE_NOT_WITHDRAWN', { component, version }));
  }
  return ok({ change: { type: 'remove', name }, files: {} });
}

type Named = {
  readonly digest: string | undefined;
  readonly withdrawn: string | undefined;
  readonly custom: Readonly<Record<string, string>>;
};

/** What is staged counts before what is published. */
function namedIn({ published, staged }: Repository, name: string): Named | null {
  const targets = (staged?.metadata.targets ?? published.targets)?.signed.targets ?? {};
  const file = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (file === undefined) return null;
  const custom = customOf(file);
  return { digest: file.hashes['sha256'], withdrawn: custom['withdrawn'], custom };
}

type KeysRequest = Extract<SigningRequest, { type: 'keys' }>;

async function keysChange(request: KeysRequest, { published, staged }: Repository): Answer {
  const add: PublicSigningKey[] = [];
  for (const file of request.add) {
    const key = await readAnyPublicKey(file);
    if (!key.ok) return key;
    add.push(key.value);
  }
  const before = rolesOf(staged?.metadata.root ?? published.root);
  const { roles, remove, threshold } = request;
  const after = changedRoles(before, {
    roles,
    remove,
    add,
    ...(threshold === null ? {} : { threshold }),
  });
  if (!after.ok) return after;
  return ok({ change: { type: 'roles', roles: after.value }, files: {} });
}
