/**
 * Attacks on what a server is made to run, one test each: a real normal server, with the roots of an
 * organisation, against a tier above that lies. Whoever stands there holds all that travels; he does
 * not hold the keys, but where the title says so.
 */

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { metadataSecondsMax } from '#adapters/metadata/metadata-http.ts';
import {
  contentTargetName,
  programTargetName,
  returnTargetName,
} from '#domain/trust/target-names.ts';
import { downloadLimits } from '#protocol/shared/download.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { eventually, service, type MadeRelease, type Site } from '../normal-server/site.ts';
import { installed, refused, signedSite, wantAgain } from './signed-site.testing.ts';
import { newKey } from './tuf-for-tests.ts';

function pattern(site: Site, version: string, text: string) {
  const files = { 'lpt.123': text };
  return site.release({ component: 'pattern', version, kind: 'content', files });
}

/** Those by time keep to the real limits and mostly wait, so the others run beside them. */
suite('attacks on what a server runs', { concurrency: 5 }, () => {
  test('fast-forward: who stole the online keys and ran ahead is overtaken by new keys of the root', async (t) => {
    const { site, program, sign } = await signedSite(t);
    const [first, second] = [await service(site, '1.0'), await service(site, '2.0')];
    sign(first);
    await installed(site, first);
    // The thief signs versions that no honest one ever reaches.
    program.versions.snapshot = Number.MAX_SAFE_INTEGER - 1;
    program.versions.timestamp = Number.MAX_SAFE_INTEGER - 1;
    program.publishSnapshot();
    program.publishTimestamp();
    // Its next look, whatever it is for, takes them for the newest.
    await refused(site, second, 'RELEASE_UNSIGNED');
    const [snapshot, timestamp] = [10, 10];
    Object.assign(program.versions, { snapshot, timestamp });
    sign(second);
    // What is signed since by the same keys is hidden by it; what was verified stays.
    await refused(site, second, 'METADATA_OLDER');
    for (const role of ['snapshot', 'timestamp'] as const) {
      program.roles[role] = { keys: [newKey(), newKey()], threshold: 2 };
    }
    program.publishRoot();
    program.publish();
    await installed(site, second);
  });

  test('slow retrieval: metadata that dribbles is given up in half a minute', async (t) => {
    const { site, sign } = await signedSite(t);
    const { metadata } = site.policy;
    site.policy.metadata = (path, response) => {
      if (!path.endsWith('timestamp.json')) return metadata(path, response);
      return dribble(response, whitespace);
    };
    await outlasted(site, sign, { because: 'METADATA_SLOW', seconds: metadataSecondsMax });
    site.policy.metadata = metadata;
    await installed(site, await signedService(site, sign, '3.0'));
  });

  test('slow retrieval: a manifest that dribbles is given up in half a minute', async (t) => {
    const { site, sign } = await signedSite(t);
    site.policy.manifest = (response) => dribble(response, whitespace);
    const seconds = downloadLimits.wholeMilliseconds / 1_000;
    await outlasted(site, sign, { because: 'ADDRESS_UNREACHABLE', seconds });
    delete site.policy.manifest;
    await installed(site, await signedService(site, sign, '3.0'));
  });

  test('slow retrieval: a package that dribbles is asked for anew, and goes on where it was', async (t) => {
    const { site, sign } = await signedSite(t);
    const release = await signedService(site, sign, '1.0');
    const { archive } = site.policy;
    const began = performance.now();
    const again = new Promise<string | undefined>((asked) => {
      site.policy.archive = (_request, response, file) => {
        site.policy.archive = (request, ...more) => {
          asked(request.headers.range);
          archive(request, ...more);
        };
        dribble(response, file);
      };
    });
    wantAgain(site, release);
    const range = await again;
    const seconds = (performance.now() - began) / 1_000;
    t.diagnostic(`given up after ${seconds.toFixed(1)} s, then asked for ${range}`);
    assert.ok(seconds < (2 * downloadLimits.stallMilliseconds) / 1_000);
    assert.match(range ?? '', /^bytes=[1-9]\d*-$/);
    await site.status(release, 'installed');
  });

  test('endless data: a package without an end is cut off at what was signed', async (t) => {
    const { site, sign } = await signedSite(t);
    const release = await signedService(site, sign, '1.0');
    let sent = 0;
    site.policy.archive = (_request, response) => {
      response.writeHead(200);
      pour(response, (bytes) => (sent += bytes));
    };
    wantAgain(site, release);
    const { cause, detail } = await site.status(release, 'failed');
    assert.equal(cause, 'signature');
    assert.match(detail ?? '', /^PACKAGE_TOO_LARGE /);
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes were taken`);
    assert.deepEqual(await readdir(join(site.root, 'downloads')), []);
  });

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

const whitespace = Buffer.alloc(1024 * 1024, ' ');

async function signedService(site: Site, sign: (release: MadeRelease) => void, version: string) {
  const release = await service(site, version);
  sign(release);
  return release;
}

/** What dribbles is given up after so long, by the network's fault; what ran runs on. */
async function outlasted(
  site: Site,
  sign: (release: MadeRelease) => void,
  { because, seconds }: { readonly because: string; readonly seconds: number },
): Promise<void> {
  const release = await signedService(site, sign, '2.0');
  const [heard, asked, began] = [site.mark(), site.asked.length, performance.now()];
  wantAgain(site, release);
  const failed = await eventually(
    () => /.*"event":"stage-failed".*/.exec(site.log)?.[0] ?? null,
    'it is given up',
    2 * seconds,
  );
  const took = (performance.now() - began) / 1_000;
  assert.ok(took > seconds - 1 && took < seconds + 15, `${took} s`);
  assert.match(failed, new RegExp(`"code":"${because}"`));
  // A link that is slow is no outcome of the release.
  assert.ok(site.states(release, heard).every((state) => state === 'downloading'));
  assert.ok(!site.asked.slice(asked).some((path) => path.includes('/archives/')));
  assert.equal(await site.current('programs', 'sensor'), null);
}

/** A byte every quarter of a second: no single wait is long, and the whole takes for ever. */
function dribble(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { 'content-length': bytes.length });
  let sent = 0;
  const timer = setInterval(() => response.write(bytes.subarray(sent, (sent += 1))), 250);
  response.on('close', () => clearInterval(timer));
}

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
