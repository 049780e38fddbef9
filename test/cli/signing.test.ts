/** Keys and signatures as their users have them: real commands, real key files, no server. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readMetadataEntries } from '#adapters/release/release-file-metadata.ts';
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

async function build(version: string): Promise<string> {
  const file = `program-${version}.dankai`;
  const range = ['--min', '5.0', '--max', '6.0', '--out', file];
  await done('release', 'build', 'tree', '--component', 'program', '--version', version, ...range);
  return file;
}

test('from a key to a signed release: one command each', async () => {
  const out = await done('release', 'sign', await build('5.80'), ...inAcme);
  assert.match(out, /Written: program-5\.80\.signed\.dankai/);
  const metadata = await readMetadataEntries(join(folder, 'program-5.80.signed.dankai'));
  assert.ok(metadata.ok && metadata.value.has('timestamp.json'));
  assert.match(await done('release', 'status', ...inAcme), /program\/5\.80\.json/);
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
