/** What signers are handed by others: folders of staged changes, and public halves of keys. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOfBytes } from '#adapters/files/digest.ts';
import {
  publicKeyText,
  readAnyPublicKey,
  type KeyOpener,
} from '#adapters/organisation/key-opener.ts';
import { openSigning } from '#adapters/organisation/organisation-signing.ts';
import { stagedFolder } from '#adapters/metadata/tuf-repository-files.ts';
import { makeSigner, rolesFor } from '#adapters/metadata/tuf-repository.testing.ts';
import { makeRepository, stage } from '#adapters/metadata/tuf-repository.ts';
import { programLifetimes, type Change } from '#adapters/metadata/tuf-staging.ts';
import { problem } from '#domain/problem.ts';
import { refuse } from '#domain/result.ts';
import { expectAnswer, type Target } from './target.ts';

const nobody: KeyOpener = {
  open: async (file) => refuse(problem('PASSPHRASE_WRONG', { file })),
  choose: async () => refuse(problem('PASSPHRASE_ABSENT', {})),
};

/** A release, a withdrawal and new keys, staged by those who may. */
async function samples(folder: string): Promise<readonly Uint8Array[]> {
  const [alice, bob] = [makeSigner('alice'), makeSigner('bob')];
  const signers = [alice];
  const options = { folder, now: Date.now(), lifetimes: programLifetimes };
  assert.ok((await makeRepository({ ...options, roles: rolesFor(signers), signers })).ok);
  const digest = digestOfBytes('{}');
  const name = 'program/5.80.json';
  const target = { name, digest, bytes: 2, custom: { digest } };
  const changes: readonly Change[] = [
    { type: 'target', target },
    { type: 'withdraw', name, reason: 'crashes' },
    { type: 'roles', roles: rolesFor([alice, bob], 2) },
  ];
  const found: Uint8Array[] = [];
  for (const change of changes) {
    assert.ok((await stage(change, { ...options, files: { [name]: '{}' } })).ok);
    found.push(await readFile(join(stagedFolder(folder), 'staged.json')));
  }
  return found;
}

async function stagedChanges(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-fuzz-'));
  const staged = join(folder, 'stick');
  await mkdir(staged);
  const signing = openSigning({ opener: nobody, now: () => Date.now() });
  return {
    name: 'staged-changes',
    form: 'json',
    samples: await samples(join(folder, 'program')),
    words: ['"before"', '"roots"', '"metadata"', '"files"', '"signed"', '"delegations"'],
    async check(input) {
      await writeFile(join(staged, 'staged.json'), input);
      const copy = { staged, lane: 'program', organisation: null } as const;
      expectAnswer(await signing.copy(copy), ({ changes, roles }) => {
        assert.ok(changes.length > 0 || roles.length === 0, 'what is to be signed is shown');
      });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function publicKey(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-fuzz-'));
  const file = join(folder, 'bob.pub');
  return {
    name: 'public-key',
    form: 'json',
    samples: [Buffer.from(publicKeyText(makeSigner('bob').key))],
    async check(input) {
      await writeFile(file, input);
      expectAnswer(await readAnyPublicKey(file), ({ name, public: key }) => {
        assert.match(key, /^[0-9a-f]{64}$/);
        assert.ok(name.length <= 64);
      });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function signingTargets(): Promise<readonly Target[]> {
  return [await stagedChanges(), await publicKey()];
}
