/**
 * Opens the key files that a signature takes, and no more of them: each is a question to a person.
 * A passphrase that opened one key is tried on the next before anybody is asked again.
 */

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { namePattern } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { errorCode, refuseDiskError } from '../files/atomic-file.ts';
import { openKeyFile, readPublicKey } from '../secrets/key-file.ts';
import { choosePassphrase, readPassphrase, type PassphraseSource } from '../secrets/passphrase.ts';
import { publicKeyOf, scheme, type PublicSigningKey, type Signer } from '../secrets/signing-key.ts';
import { signAll } from '../metadata/tuf-signing.ts';
import type { Staged } from '../metadata/tuf-repository-files.ts';
import { stagedRoles } from './signing-state.ts';

export type Questions = {
  existing(key: string): string;
  readonly first: string;
  readonly again: string;
};

export type KeyOpener = {
  open(file: string): Promise<Result<Signer>>;
  choose(): Promise<Result<string>>;
};

export function openKeys(source: PassphraseSource, questions: Questions): KeyOpener {
  const known: string[] = [];
  return {
    async open(file) {
      const key = await readPublicKey(file);
      if (!key.ok) return key;
      for (const passphrase of known) {
        const opened = await openKeyFile(file, passphrase);
        if (opened.ok) return opened;
      }
      const passphrase = await readPassphrase(source, questions.existing(key.value.name));
      if (!passphrase.ok) return passphrase;
      const opened = await openKeyFile(file, passphrase.value);
      if (opened.ok) known.push(passphrase.value);
      return opened;
    },
    choose: () => choosePassphrase(source, questions),
  };
}

export async function openAll(
  files: readonly string[],
  opener: KeyOpener,
): Promise<Result<readonly Signer[]>> {
  const signers: Signer[] = [];
  for (const file of files) {
    const signer = await opener.open(file);
    if (!signer.ok) return signer;
    signers.push(signer.value);
  }
  return ok(signers);
}

/**
 * Of the keys in a folder those that it takes to sign what is staged, one after another until
 * nobody is waited for. One that does not open is passed over: it may be another person's.
 */
export async function openNeeded(
  staged: Staged,
  folder: string,
  opener: KeyOpener,
): Promise<Result<readonly Signer[]>> {
  const signers: Signer[] = [];
  let closed: Problem | null = null;
  for (const file of await keyFilesIn(folder)) {
    const waited = stagedRoles(staged).flatMap(({ waitsFor }) => waitsFor);
    const key = await readAnyPublicKey(file);
    if (!key.ok) {
      closed ??= key.because;
      continue;
    }
    if (!waited.some(({ keyId }) => keyId === key.value.keyId)) continue;
    const signer = await opener.open(file);
    if (!signer.ok) {
      closed ??= signer.because;
      continue;
    }
    signers.push(signer.value);
    signAll(staged.metadata, staged.before.root, [signer.value]);
  }
  const isWaiting = stagedRoles(staged).some(({ waitsFor }) => waitsFor.length > 0);
  return signers.length === 0 && isWaiting && closed !== null ? refuse(closed) : ok(signers);
}

async function keyFilesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith('.key'))
    .toSorted()
    .map((name) => join(folder, name));
}

const publicShape = z.object({
  format: z.literal(1),
  name: z.string().regex(namePattern),
  scheme: z.literal(scheme),
  public: z.string().regex(/^[0-9a-f]{64}$/),
});
const publicBytesMax = 16 * 1024;

/** The public half as people hand it on: it holds no secret, so anybody may read it. */
export function publicKeyText({ keyId, name, public: text }: PublicSigningKey): string {
  return `${JSON.stringify({ format: 1, keyId, name, scheme, public: text }, null, 2)}\n`;
}

/** Of a key file, or of the public half alone; in a key file the rest is not looked at. */
export async function readAnyPublicKey(file: string): Promise<Result<PublicSigningKey>> {
  const unreadable = (detail: string) => refuse(problem('KEY_FILE_UNREADABLE', { file, detail }));
  try {
    const { size } = await stat(file);
    if (size > publicBytesMax) return unreadable(`${size} bytes`);
    const read = publicShape.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!read.success) return unreadable(detailOf(read.error));
    return ok(publicKeyOf(read.data.public, read.data.name));
  } catch (error) {
    if (error instanceof SyntaxError) return unreadable('not JSON');
    if (errorCode(error) === 'ENOENT') return unreadable('absent');
    return refuseDiskError(error, file);
  }
}
