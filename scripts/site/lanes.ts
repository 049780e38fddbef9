/**
 * The two signed lanes of an organisation on this machine: their roots, the key of content, and the
 * key of programs, which rests sealed as it does with whoever releases.
 */

import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeKeyFile, openKeyFile } from '#adapters/key-file.ts';
import { openSigning } from '#adapters/organisation-signing.ts';
import { makePrivateKey, pemOf, signerOf } from '#adapters/signing-key.ts';
import { makeRepository } from '#adapters/tuf-repository.ts';
import { contentLifetimes, programLifetimes } from '#adapters/tuf-staging.ts';
import { organisationSchema } from '#protocol/shared/organisation.ts';
import { ok, type Result } from '#domain/result.ts';

export async function makeLanes(folder: string) {
  const now = Date.now();
  const contentKey = makePrivateKey();
  const passphrase = randomBytes(16).toString('base64url');
  const file = join(folder, 'keys', 'release.key');
  valueOf(await makeKeyFile({ file, name: 'release', passphrase }));
  await writeFile(join(folder, 'passphrase'), passphrase, { mode: 0o600 });
  const release = valueOf(await openKeyFile(file, passphrase));
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
  const opener = {
    open: (key: string) => openKeyFile(key, passphrase),
    choose: async () => ok(passphrase),
  };
  const signing = openSigning({ opener, now: () => Date.now() });
  const place = { folder, lane: 'program', keys: [] } as const;
  const out = `${file}.signed`;
  valueOf(await signing.act({ type: 'release', file, out }, place));
  return out;
}

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.because));
  return result.value;
}
