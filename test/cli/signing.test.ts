/** Keys and signatures as their users have them: real commands, real key files, no server. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { readMetadataEntries } from '#adapters/release/release-file-metadata.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { compiled } from '../compiled.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const passphrase = 'correct horse battery staple';

type Run = {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  readonly code: string | null;
};

let folder = '';

async function dankai(...words: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      LANG: 'en_US.UTF-8',
      DANKAI_PASSPHRASE_FILE: join(folder, 'passphrase'),
      NODE_COMPILE_CACHE: compiled,
    },
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece) => (out += String(piece)));
  child.stderr.on('data', (piece) => (err += String(piece)));
  await once(child, 'close');
  return { status: child.exitCode, out, err, code: /^\((\w+)\)$/m.exec(err)?.[1] ?? null };
}

async function done(...words: readonly string[]): Promise<string> {
  const { status, out, err } = await dankai(...words);
  assert.equal(status, 0, err);
  return out;
}

/** An organisation as it is made: with one key that signs releases, in its folder. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-signing-'));
  await writeFile(join(folder, 'passphrase'), `${passphrase}\n`, { mode: 0o600 });
  await done('init', '--organisation', 'acme', '--out', 'acme');
  await mkdir(join(folder, 'tree'));
  await writeFile(join(folder, 'tree', 'run'), 'x');
});
after(() => rm(folder, { recursive: true, force: true }));

const inAcme = ['--organisation-folder', 'acme'];

const buildOf = (version: string, file: string): readonly string[] => {
  const range = ['--min', '5.0', '--max', '6.0', '--out', file];
  return ['release', 'build', 'tree', '--component', 'program', '--version', version, ...range];
};

async function build(version: string, ...rules: readonly string[]): Promise<string> {
  const file = `program-${version}.dankai`;
  await done(...buildOf(version, file), ...rules);
  return file;
}

test('from a key to a signed release: one command each', async () => {
  const out = await done('release', 'sign', await build('5.80'), ...inAcme);
  assert.match(out, /Written: program-5\.80\.signed\.dankai/);
  const metadata = await readMetadataEntries(join(folder, 'program-5.80.signed.dankai'));
  assert.ok(metadata.ok && metadata.value.has('timestamp.json'));
  assert.match(await done('release', 'status', ...inAcme), /program\/5\.80\.json/);
});

test('the rules of a release are what its signature is about; those that mean nothing are refused', async () => {
  const typed = ['--floor', '5.58,5.70', '--dead-end', '5.60'];
  const needed = ['--prerequisite', 'scan-engine=semver:9.8.0', 'pattern=7'];
  await done('release', 'sign', await build('5.85', ...typed, ...needed), ...inAcme);
  const shown = await done('release', 'show', 'program-5.85.signed.dankai', '--json');
  const { digest, manifest } = JSON.parse(shown);
  const { floors, deadEnds, prerequisites } = manifest;
  assert.deepEqual(
    { floors, deadEnds, prerequisites },
    {
      floors: ['5.58', '5.70'],
      deadEnds: ['5.60'],
      prerequisites: [
        { component: 'scan-engine', ordering: 'semver', min: '9.8.0' },
        { component: 'pattern', ordering: 'decimal', min: '7' },
      ],
    },
  );
  const status = JSON.parse(await done('release', 'status', ...inAcme, '--json'));
  const signed = status.targets.find((one: { target: string }) => one.target.includes('5.85'));
  assert.equal(signed.digest, digest);
  const without = digestOfBytes(canonicalJson({ ...manifest, floors: ['5.58'] }));
  assert.notEqual(without, digest, 'no rule can be taken out of what is signed');
  const people = await done('release', 'show', 'program-5.85.signed.dankai');
  assert.match(people, /5\.58, 5\.70\n.*5\.60\n.*scan-engine 9\.8\.0, pattern 7/);
  for (const [rule, value, code] of [
    ['--floor', '5.86', 'RULE_WITHOUT_EFFECT'],
    ['--dead-end', '4.9', 'RULE_WITHOUT_EFFECT'],
    ['--floor', 'old', 'VERSION_UNREADABLE'],
    ['--prerequisite', 'scan-engine', 'OPTION_WRONG'],
    ['--prerequisite', 'scan-engine=semver:9.8', 'VERSION_UNREADABLE'],
  ] as const) {
    const wrong = await dankai(...buildOf('5.86', 'x.dankai'), rule, value);
    assert.deepEqual([wrong.status, wrong.code], [2, code], `${rule} ${value}`);
  }
});

test('without a passphrase, and with a wrong one, nothing is signed', async () => {
  const file = await build('5.81');
  await writeFile(join(folder, 'wrong'), 'another passphrase\n', { mode: 0o600 });
  const sign = ['release', 'sign', file, ...inAcme];
  const wrong = await dankai(...sign, '--passphrase-file', 'wrong');
  assert.deepEqual([wrong.status, wrong.code], [3, 'PASSPHRASE_WRONG']);
  await writeFile(join(folder, 'open'), `${passphrase}\n`, { mode: 0o644 });
  const open = await dankai(...sign, '--passphrase-file', 'open');
  assert.deepEqual([open.status, open.code], [2, 'PASSPHRASE_UNREADABLE']);
  const typed = await dankai(...sign, '--passphrase', passphrase);
  assert.deepEqual([typed.status, typed.code], [2, 'OPTION_UNKNOWN']);
  const state = JSON.parse(await done('release', 'status', ...inAcme, '--json'));
  assert.equal(state.staged.roles[0].signaturesMissing, 1);
  await done('release', 'discard', ...inAcme, '--yes');
});

test('a second signer: a key made elsewhere gets a role, signs a copy, and is revoked', async () => {
  await done('keys', 'make', 'bob', '--out', 'bob/bob.key');
  const two = ['--role', 'targets,snapshot,timestamp', '--threshold', '2'];
  await done('keys', 'rotate', '--add', 'bob/bob.pub', ...two, ...inAcme);
  await signCopy('first');
  await done('release', 'publish', '--take', 'first', ...inAcme);
  const file = await build('5.90');
  await done('release', 'sign', file, ...inAcme);
  const few = await dankai('release', 'publish', ...inAcme);
  assert.deepEqual([few.status, few.code], [1, 'SIGNATURES_TOO_FEW']);
  assert.match(await signCopy('second'), /program\/5\.90\.json/);
  const out = await done('release', 'publish', '--take', 'second', '--release', file, ...inAcme);
  assert.match(out, /Written: program-5\.90\.signed\.dankai/);
  const few2 = await dankai('keys', 'revoke', 'bob', ...inAcme);
  assert.deepEqual([few2.status, few2.code], [2, 'THRESHOLD_WRONG']);
  await done('keys', 'revoke', 'bob', '--threshold', '1', ...inAcme);
  assert.doesNotMatch(await done('keys', 'list', ...inAcme), /bob/);
  const gone = await dankai('keys', 'revoke', 'bob', ...inAcme);
  assert.deepEqual([gone.status, gone.code], [1, 'KEY_UNKNOWN']);
});

/** What bob does with the folder that was brought to him. */
async function signCopy(stick: string): Promise<string> {
  await cp(join(folder, 'acme', 'program', 'staged'), join(folder, stick), { recursive: true });
  const sign = ['release', 'sign', '--staged', stick, '--key', 'bob/bob.key'];
  const unasked = await dankai(...sign);
  assert.deepEqual([unasked.status, unasked.code], [2, 'CONFIRMATION_NEEDED']);
  return done(...sign, '--yes');
}

test('a release is withdrawn, and a way back permitted, each with its reason', async () => {
  const why = ['--reason', 'crashes with large files', ...inAcme];
  await done('release', 'withdraw', 'program', '5.80', ...why);
  await done('release', 'permit-return', 'program', '--from', '5.90', '--to', '5.70', ...why);
  const out = await done('release', 'status', ...inAcme);
  assert.match(out, /program\/5\.80\.json {2}\(withdrawn: crashes with large files\)/);
  assert.match(out, /returns\/program\/5\.90-to-5\.70\.json/);
  const reasonless = await dankai(
    'release',
    'withdraw',
    'program',
    '5.90',
    '--reason',
    '',
    ...inAcme,
  );
  assert.deepEqual([reasonless.status, reasonless.code], [2, 'OPTION_WRONG']);
});

test('a passphrase never stands in a key file, nor in what is printed', async () => {
  const run = await dankai('keys', 'make', 'carol', '--out', 'carol.key');
  const key = await readFile(join(folder, 'carol.key'), 'utf8');
  assert.ok(!`${key}${run.out}${run.err}`.includes(passphrase));
  const again = await dankai('keys', 'make', 'carol', '--out', 'carol.key');
  assert.deepEqual([again.status, again.code], [1, 'KEY_EXISTS']);
});

test('every answer is one object', async () => {
  const answers = [
    ['keys', 'show', 'acme/keys/release.key'],
    ['keys', 'list', ...inAcme],
    ['release', 'status', ...inAcme],
    ['release', 'refresh', ...inAcme],
  ];
  for (const words of answers) {
    const answer: unknown = JSON.parse(await done(...words, '--json'));
    assert.ok(typeof answer === 'object' && answer !== null, words.join(' '));
  }
});
