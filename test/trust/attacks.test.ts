/**
 * Attacks on what a server is made to run, one test each: a real normal server, with the roots of an
 * organisation, against a tier above that lies. Whoever stands there holds all that travels; he does
 * not hold the keys, but where the title says so.
 */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { fetchMetadata } from '#adapters/metadata/metadata-http.ts';
import { laneTrust } from '#adapters/metadata/trust-tuf.ts';
import { organisationFile } from '#adapters/identity/trust-files.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import {
  contentTargetName,
  programTargetName,
  returnTargetName,
} from '#domain/trust/target-names.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { running, service, Site, type MadeRelease } from '../normal-server/site.ts';
import { newKey, TestRepository } from './tuf-for-tests.ts';

type Files = ReadonlyMap<string, Buffer>;

/** A normal server that runs, and the two repositories whose first roots it was given. */
async function signedSite(t: TestContext) {
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
function wantAgain(site: Site, release: MadeRelease): void {
  attempts += 1;
  site.want({ ...release, item: { ...release.item, attempt: attempts } });
}

/** It is wanted; it fails for this reason, and not a byte of its package was asked for. */
async function refused(site: Site, release: MadeRelease, because: string): Promise<void> {
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

async function installed(site: Site, release: MadeRelease): Promise<void> {
  const from = site.mark();
  wantAgain(site, release);
  await site.status(release, 'installed', from);
}

function pattern(site: Site, version: string, text: string) {
  const files = { 'lpt.123': text };
  return site.release({ component: 'pattern', version, kind: 'content', files });
}

suite('attacks on what a server runs', { concurrency: 3 }, () => {
  test('arbitrary software: what nobody signed is refused, a program and content alike', async (t) => {
    const { site, content, sign } = await signedSite(t);
    const [signed, unsigned] = [await service(site, '1.0'), await service(site, '2.0')];
    sign(signed);
    await installed(site, signed);
    await refused(site, unsigned, 'RELEASE_UNSIGNED');
    await refused(site, await pattern(site, '1', 'evil'), 'CONTENT_UNSIGNED');
    content.targets.set('pattern/2/lpt.123', { bytes: 'good' });
    content.publish();
    await refused(site, await pattern(site, '2', 'evil'), 'CONTENT_NOT_AS_SIGNED');
    await installed(site, await pattern(site, '2', 'good'));
  });

  test('arbitrary software: another manifest under a name that was signed is refused', async (t) => {
    const { site, program } = await signedSite(t);
    const release = await service(site, '1.0');
    program.targets.set('sensor/1.0.json', { bytes: 'another manifest' });
    program.publish();
    await refused(site, release, 'RELEASE_NOT_AS_SIGNED');
  });

  test('rollback: an earlier state does not bring back what was withdrawn since', async (t) => {
    const { site, program, offered, sign } = await signedSite(t);
    const [old, release] = [await service(site, '1.0'), await service(site, '2.0')];
    sign(old);
    sign(release);
    await installed(site, old);
    const earlier = new Map(program.files);
    sign(release, { withdrawn: 'it burns' });
    await refused(site, release, 'RELEASE_WITHDRAWN');
    offered.program = earlier;
    await refused(site, release, 'RELEASE_WITHDRAWN');
    // Nor does it let in what that state alone had signed.
    program.targets.delete('sensor/2.0.json');
    offered.program = program.files;
    program.publish();
    await refused(site, release, 'RELEASE_UNSIGNED');
    offered.program = earlier;
    await refused(site, release, 'METADATA_OLDER');
  });

  test('going back: a tier above that wants an older release, signed as it is, gets it only by a permission', async (t) => {
    const { site, program, sign } = await signedSite(t);
    const [old, release] = [await service(site, '1.0'), await service(site, '2.0')];
    sign(old);
    sign(release);
    await installed(site, release);
    await refused(site, old, 'RETURN_NOT_PERMITTED');
    program.targets.set(returnTargetName(old.manifest.component, { from: '2.0', to: '1.0' }), {
      bytes: '{}',
    });
    program.publish();
    await installed(site, old);
  });

  test('freeze: expired metadata lets nothing new in, and takes nothing away', async (t) => {
    const { site, program, sign } = await signedSite(t);
    const [old, release] = [await service(site, '1.0'), await service(site, '2.0')];
    sign(old);
    await installed(site, old);
    program.expires.timestamp = new Date(Date.now() - 1_000);
    sign(release);
    await refused(site, release, 'METADATA_EXPIRED');
    // What was verified once stays installable.
    site.want();
    await installed(site, old);
  });

  test('mix-and-match: files of different times are refused', async (t) => {
    const { site, program, offered, sign } = await signedSite(t);
    const [old, release] = [await service(site, '1.0'), await service(site, '2.0')];
    sign(old);
    await installed(site, old);
    const before = program.files.get(`${program.versions.targets}.targets.json`);
    sign(release);
    const newest = `${program.versions.targets}.targets.json`;
    offered.program = new Map([...program.files, [newest, before ?? Buffer.alloc(0)]]);
    await refused(site, release, 'METADATA_MIXED');
  });

  test('endless data: metadata without an end is cut off', async (t) => {
    const { site, sign } = await signedSite(t);
    const release = await service(site, '1.0');
    sign(release);
    const whole = site.policy.metadata;
    let sent = 0;
    site.policy.metadata = (path, response) => {
      if (!path.endsWith('timestamp.json')) return whole(path, response);
      response.writeHead(200);
      return pour(response, (bytes) => (sent += bytes));
    };
    await refused(site, release, 'METADATA_TOO_LARGE');
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken`);
  });

  test('wrong key, and too few signatures: a program is refused', async (t) => {
    const { site, program, sign } = await signedSite(t);
    const release = await service(site, '1.0');
    const right = program.roles.targets.keys;
    program.roles.targets.keys = [newKey(), newKey()];
    sign(release);
    await refused(site, release, 'METADATA_UNSIGNED');
    program.roles.targets.keys = right.slice(0, 1);
    sign(release);
    await refused(site, release, 'METADATA_UNSIGNED');
    program.roles.targets.keys = right;
    sign(release);
    await installed(site, release);
  });

  test('key rotation and revocation: the new keys count at once, a stolen old one never again', async (t) => {
    const { site, program, offered, sign } = await signedSite(t);
    const [first, second] = [await service(site, '1.0'), await service(site, '2.0')];
    sign(first);
    await installed(site, first);
    const stolen = { ...program.roles };
    for (const role of ['targets', 'snapshot', 'timestamp'] as const) {
      program.roles[role] = { keys: [newKey(), newKey()], threshold: 2 };
    }
    program.publishRoot();
    sign(second);
    await installed(site, second);
    const evil = await service(site, '3.0');
    const right = { ...program.roles };
    for (const role of ['targets', 'snapshot', 'timestamp'] as const) {
      program.roles[role] = stolen[role];
    }
    sign(evil);
    offered.program = new Map(program.files);
    await refused(site, evil, 'METADATA_UNSIGNED');
    Object.assign(program.roles, right);
    sign(evil);
    offered.program = program.files;
    await installed(site, evil);
  });

  test('a stolen content key that tries to send a program sends none', async (t) => {
    const { site, content } = await signedSite(t);
    // All keys of the content lane, and the tier above besides: everything but the program keys.
    const sensor = await service(site, '9.9');
    const bytes = canonicalJson(sensor.manifest);
    content.targets.set(programTargetName(sensor.manifest), { bytes });
    content.targets.set(contentTargetName(sensor.manifest, 'release.json'), { bytes });
    content.publish();
    await refused(site, sensor, 'RELEASE_UNSIGNED');
    // The same program, told to be content: nothing of the content lane is ever run.
    const told = { ...sensor, item: { ...sensor.item, lane: 'content' as const } };
    site.want();
    const heard = site.mark();
    wantAgain(site, told);
    const { detail } = await site.status(told, 'failed', heard);
    assert.match(detail ?? '', /^PACKAGE_UNREADABLE /);
    assert.equal(await site.current('programs', 'sensor'), null);
    assert.equal(await site.current('contents', 'sensor'), null);
  });
});

/** Where the attack is on the metadata alone: the client of the servers, over real HTTP. */
async function clientOf(t: TestContext, repository: TestRepository) {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-attacks-'));
  const serve = { file: (name: string) => repository.files.get(name), dribbles: false };
  const server = createServer((request, response) => {
    const file = serve.file(request.url?.slice(1) ?? '');
    response.writeHead(file === undefined ? 404 : 200);
    if (!serve.dribbles || file === undefined) return void response.end(file);
    let sent = 0;
    const timer = setInterval(() => response.write(file.subarray(sent, (sent += 1))), 50);
    return void response.on('close', () => clearInterval(timer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const lane = laneTrust({ folder, shippedRoot: repository.shippedRoot });
  const refresh = (secondsMax = 10) =>
    lane.refresh((name, bytesMax) => {
      const url = `http://127.0.0.1:${address.port}/${name}`;
      return fetchMetadata({ url, security: null, file: name, bytesMax, secondsMax });
    });
  return { serve, lane, refresh };
}

test('fast-forward: who stole the timestamp key and ran ahead is overtaken by new keys', async (t) => {
  const repository = new TestRepository({ threshold: 2 });
  repository.targets.set('sensor/1.0.json', { bytes: 'first' });
  repository.publish();
  const { lane, refresh } = await clientOf(t, repository);
  assert.ok((await refresh()).ok);
  // The thief signs versions that no honest one ever reaches.
  repository.versions.snapshot = 2_000_000_000;
  repository.versions.timestamp = 2_000_000_000;
  repository.publishSnapshot();
  repository.publishTimestamp();
  assert.ok((await refresh()).ok);
  repository.versions.snapshot = 10;
  repository.versions.timestamp = 10;
  repository.targets.set('sensor/2.0.json', { bytes: 'second' });
  repository.publish();
  const frozen = await refresh();
  assert.equal(frozen.ok ? 'ok' : frozen.because.code, 'METADATA_OLDER');
  for (const role of ['snapshot', 'timestamp'] as const) {
    repository.roles[role] = { keys: [newKey(), newKey()], threshold: 2 };
  }
  repository.publishRoot();
  repository.publish();
  assert.deepEqual(await refresh(), { ok: true, value: null });
  assert.ok((await lane.target('sensor/2.0.json')) !== null);
});

test('slow retrieval: a sender that dribbles holds nobody up', async (t) => {
  const repository = new TestRepository();
  repository.targets.set('sensor/1.0.json', { bytes: 'first' });
  repository.publish();
  const { serve, lane, refresh } = await clientOf(t, repository);
  serve.dribbles = true;
  const began = performance.now();
  const slow = await refresh(1);
  assert.equal(slow.ok ? 'ok' : slow.because.code, 'METADATA_SLOW');
  assert.ok(performance.now() - began < 5_000);
  serve.dribbles = false;
  assert.ok((await refresh()).ok);
  assert.equal((await lane.targets()).length, 1);
});

/** Until the other end has had enough. */
function pour(response: ServerResponse, count: (bytes: number) => void): void {
  const piece = Buffer.alloc(64 * 1024, ' ');
  const more = (): void => {
    if (response.destroyed) return;
    count(piece.length);
    response.write(piece, () => setImmediate(more));
  };
  more();
}
