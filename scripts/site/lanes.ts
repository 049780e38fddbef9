/**
 * The two signed lanes of an organisation on this machine: their roots, the key of content, and the
 * key of programs, which rests sealed as it does with whoever releases.
 */

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentSignerIn } from '#adapters/metadata/content-repository.ts';
import { makeKeyFile, openKeyFile } from '#adapters/secrets/key-file.ts';
import { openSigning } from '#adapters/organisation/organisation-signing.ts';
import {
  makePrivateKey,
  pemOf,
  privateKeyOfPem,
  signerOf,
  type Signer,
} from '#adapters/secrets/signing-key.ts';
import { makeRepository } from '#adapters/metadata/tuf-repository.ts';
import { contentLifetimes, programLifetimes } from '#adapters/metadata/tuf-staging.ts';
import { organisationSchema } from '#protocol/shared/organisation.ts';
import { ok, type Result } from '#domain/result.ts';
import type { OfferedContent } from '#domain/trust/content-rules.ts';

/** By the folder of their organisation: what one process opened once, it need not unseal again. */
const opened = new Map<string, Signer>();

export async function makeLanes(folder: string) {
  const now = Date.now();
  const contentKey = makePrivateKey();
  const passphrase = randomBytes(16).toString('base64url');
  const file = join(folder, 'keys', 'release.key');
  valueOf(await makeKeyFile({ file, name: 'release', passphrase }));
  await writeFile(join(folder, 'passphrase'), passphrase, { mode: 0o600 });
  const release = valueOf(await openKeyFile(file, passphrase));
  opened.set(folder, release);
  const contentRoot = signerOf(makePrivateKey(), 'content-root');
  const by = ({ key }: typeof release) => ({ keys: [key], threshold: 1 });
  const one = by(release);
  const online = by(signerOf(contentKey, 'content'));
  const program = await makeRepository({
    folder: join(folder, 'program'),
    roles: { root: one, targets: one, snapshot: one, timestamp: one },
    signers: [release],
    now,
    lifetimes: programLifetimes,
  });
  const content = await makeRepository({
    folder: join(folder, 'content'),
    roles: { root: by(contentRoot), targets: online, snapshot: online, timestamp: online },
    signers: [contentRoot],
    now,
    lifetimes: contentLifetimes,
    rootAlone: true,
  });
  return {
    programRoot: organisationSchema.shape.programRoot.parse(valueOf(program)),
    contentRoot: organisationSchema.shape.contentRoot.parse(valueOf(content)),
    contentKey: pemOf(contentKey),
  };
}

/** Signs a release file for that organisation; answers the file that is to be imported. */
export async function signRelease(folder: string, file: string): Promise<string> {
  const passphrase = await readFile(join(folder, 'passphrase'), 'utf8');
  const known = opened.get(folder);
  const opener = {
    open: async (key: string) => (known === undefined ? openKeyFile(key, passphrase) : ok(known)),
    choose: async () => ok(passphrase),
  };
  const signing = openSigning({ opener, now: () => Date.now() });
  const place = { folder, lane: 'program', keys: [] } as const;
  const out = `${file}.signed`;
  valueOf(await signing.act({ type: 'release', file, out }, place));
  return out;
}

/**
 * The same by a thief, who has a key that is no key of programs, and makes a repository of his own
 * around it; answers his file.
 */
export async function forgedBy(
  pem: string,
  { folder, release }: { readonly folder: string; readonly release: string },
): Promise<string> {
  const key = privateKeyOfPem(pem);
  if (key === null) throw new Error('no key');
  const thief = signerOf(key, 'thief');
  const one = { keys: [thief.key], threshold: 1 };
  const made = await makeRepository({
    folder: join(folder, 'program'),
    roles: { root: one, targets: one, snapshot: one, timestamp: one },
    signers: [thief],
    now: Date.now(),
    lifetimes: programLifetimes,
  });
  valueOf(made);
  const file = join(folder, 'keys', 'thief.key');
  valueOf(await makeKeyFile({ file, name: 'thief', passphrase: 'whatever' }));
  const opener = { open: async () => ok(thief), choose: async () => ok('whatever') };
  const signing = openSigning({ opener, now: () => Date.now() });
  const out = join(folder, 'forged.release');
  const request = { type: 'release', file: release, out } as const;
  valueOf(await signing.act(request, { folder, lane: 'program', keys: [file] }));
  return out;
}

/**
 * What lies beside the files of a source from which a site updates itself: signed by the key of
 * content, as whoever keeps the source was given it.
 */
export async function signSource(
  folder: string,
  { source, items }: { readonly source: string; readonly items: readonly OfferedContent[] },
): Promise<void> {
  const signer = valueOf(await contentSignerIn(join(folder, 'source')));
  if (signer === null) throw new Error('no key of content');
  const { files } = valueOf(await signer.sign(items, Date.now()));
  const beside = join(source, 'metadata');
  await mkdir(beside, { recursive: true });
  // The timestamp leads to all others, so it comes last, and whole.
  for (const [name, text] of files) {
    const file = join(beside, name === 'timestamp.json' ? 'timestamp.new' : name);
    await writeFile(file, text);
  }
  await rename(join(beside, 'timestamp.new'), join(beside, 'timestamp.json'));
}

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.because));
  return result.value;
}
