/** The two signed lanes of an organisation on this machine: their roots, and the key of content. */

import { join } from 'node:path';
import { makePrivateKey, pemOf, signerOf } from '#adapters/signing-key.ts';
import { makeRepository } from '#adapters/tuf-repository.ts';
import { contentLifetimes, programLifetimes } from '#adapters/tuf-staging.ts';
import { organisationSchema } from '#protocol/shared/organisation.ts';
import type { Result } from '#domain/result.ts';

export async function makeLanes(folder: string) {
  const now = Date.now();
  const contentKey = makePrivateKey();
  const release = signerOf(makePrivateKey(), 'release');
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

function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.because));
  return result.value;
}
