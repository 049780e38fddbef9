/**
 * A real normal server, with the roots of an organisation, below a tier that lies: it holds all that
 * travels and serves what a test says. The keys are those of two repositories in memory.
 */

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { organisationFile } from '#adapters/identity/trust-files.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { running, Site, type MadeRelease } from '../normal-server/site.ts';
import { TestRepository } from './tuf-for-tests.ts';

type Files = ReadonlyMap<string, Buffer>;

/** A normal server that runs, and the two repositories whose first roots it was given. */
export async function signedSite(t: Pick<TestContext, 'after'>) {
  const [program, content] = [
    new TestRepository({ threshold: 2 }),
    new TestRepository({ threshold: 2 }),
  ];
  const site = await Site.open(t);
  const { text } = await testOrganisation({
    programRoot: JSON.parse(program.shippedRoot),
    contentRoot: JSON.parse(content.shippedRoot),
  });
  await mkdir(join(site.root, 'trust'), { recursive: true });
  await writeFile(organisationFile(site.root), text);
  const offered: { program: Files; content: Files } = {
    program: program.files,
    content: content.files,
  };
  site.policy.metadata = (path, response) => {
    const [lane, name = ''] = path.split('/');
    const files = lane === 'program' ? offered.program : offered.content;
    const file = files.get(name);
    response.writeHead(file === undefined ? 404 : 200).end(file);
  };
  await running(site);
  const sign = (release: MadeRelease, custom?: object): void => {
    const bytes = canonicalJson(release.manifest);
    program.targets.set(programTargetName(release.manifest), { bytes, custom });
    program.publish();
  };
  return { site, program, content, offered, sign };
}

let attempts = 0;

/** As when a person resumes an upgrade: what failed by its signature is tried anew. */
export function wantAgain(site: Site, release: MadeRelease): void {
  attempts += 1;
  site.want({ ...release, item: { ...release.item, attempt: attempts } });
}

/** It is wanted; it fails for this reason, and not a byte of its package was asked for. */
export async function refused(site: Site, release: MadeRelease, because: string): Promise<void> {
  const [heard, asked] = [site.mark(), site.asked.length];
  wantAgain(site, release);
  const { cause, detail } = await site.status(release, 'failed', heard);
  assert.match(detail ?? '', new RegExp(`^${because}( |$)`));
  const isForPeople = because === 'METADATA_EXPIRED' || because === 'RETURN_NOT_PERMITTED';
  assert.equal(cause, isForPeople ? 'precondition' : 'signature');
  const fetched = site.asked.slice(asked).filter((path) => path.includes('/archives/'));
  assert.deepEqual(fetched, [], 'nothing unsigned is fetched');
  const { component, lane } = release.item;
  const isFolder = lane === 'program' ? 'programs' : 'contents';
  assert.notEqual(await site.current(isFolder, component), release.manifest.version);
}

export async function installed(site: Site, release: MadeRelease): Promise<void> {
  const from = site.mark();
  wantAgain(site, release);
  await site.status(release, 'installed', from);
}
