import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import type { Result } from '#domain/result.ts';
import { digestOfBytes } from '../files/digest.ts';
import type { Signer } from '../secrets/signing-key.ts';
import { expiryOf } from './tuf-metadata.ts';
import { stagedFolder, readPublished } from './tuf-repository-files.ts';
import { makeSigner, openReader, rolesFor } from './tuf-repository.testing.ts';
import { discardStaged, makeRepository, publish, stage } from './tuf-repository.ts';
import { signStaged, takeSignatures } from './tuf-signing.ts';
import { programLifetimes, type Change } from './tuf-staging.ts';

const lifetimes = programLifetimes;
const root = await mkdtemp(join(tmpdir(), 'dankai-repository-'));
after(() => rm(root, { recursive: true, force: true }));
let made = 0;

const [alice, bob, carol] = [makeSigner('alice'), makeSigner('bob'), makeSigner('carol')];

function value<Value>(result: Result<Value>): Value {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function code(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.because.code;
}

async function repository(
  signers: readonly Signer[] = [alice],
  threshold = 1,
  now = Date.now(),
): Promise<string> {
  const folder = join(root, `repository-${++made}`);
  const roles = rolesFor(signers, threshold);
  value(await makeRepository({ folder, roles, signers, now, lifetimes }));
  return folder;
}

const manifest = (version: string): string => JSON.stringify({ component: 'program', version });

function target(version: string): {
  readonly change: Change;
  readonly files: Record<string, string>;
} {
  const name = `program/${version}.json`;
  const content = manifest(version);
  const digest = digestOfBytes(content);
  const bytes = Buffer.byteLength(content);
  const change: Change = { type: 'target', target: { name, digest, bytes, custom: { digest } } };
  return { change, files: { [name]: content } };
}

async function stageTarget(folder: string, version: string, now = Date.now()): Promise<void> {
  const { change, files } = target(version);
  value(await stage(change, { folder, now, lifetimes, files }));
}

async function stageOnly(folder: string, change: Change): Promise<void> {
  value(await stage(change, { folder, now: Date.now(), lifetimes }));
}

async function release(folder: string, version: string, signers = [alice]): Promise<void> {
  await stageTarget(folder, version);
  value(await signStaged(stagedFolder(folder), signers));
  value(await publish(folder, Date.now()));
}

/** What a reader who knows the first root only sees there. */
async function seen(folder: string, ...names: readonly string[]): Promise<(string | null)[]> {
  const reader = await openReader(folder);
  try {
    await reader.refresh();
    return await Promise.all(
      names.map(async (name) => (await reader.target(name)) && reader.download(name)),
    );
  } finally {
    await reader.end();
  }
}

test('a new repository is believed by who has its root, and names nothing', async () => {
  const folder = await repository();
  assert.deepEqual(await seen(folder, 'program/5.80.json'), [null]);
});

test('a second repository is never made over a first', async () => {
  const folder = await repository();
  const again = { folder, roles: rolesFor([bob]), signers: [bob], now: Date.now(), lifetimes };
  assert.equal(code(await makeRepository(again)), 'REPOSITORY_EXISTS');
});

test('who has no key of the roles makes no repository', async () => {
  const folder = join(root, 'nobody');
  const options = { folder, roles: rolesFor([alice]), signers: [bob], now: Date.now(), lifetimes };
  assert.equal(code(await makeRepository(options)), 'SIGNATURES_TOO_FEW');
});

test('a threshold above the number of keys is refused', async () => {
  const roles = rolesFor([alice], 2);
  const options = { folder: join(root, 'high'), roles, signers: [alice], now: 0, lifetimes };
  assert.equal(code(await makeRepository(options)), 'THRESHOLD_WRONG');
});

test('one key in two places of a role is one signer', async () => {
  const roles = rolesFor([alice, alice], 2);
  const options = { folder: join(root, 'twice'), roles, signers: [alice], now: 0, lifetimes };
  assert.equal(code(await makeRepository(options)), 'THRESHOLD_WRONG');
});

test('a release that was signed and published reaches the reader as it was', async () => {
  const folder = await repository();
  await release(folder, '5.80');
  assert.deepEqual(await seen(folder, 'program/5.80.json'), [manifest('5.80')]);
});

test('too few signatures: nothing is published, and readers see what was before', async () => {
  const folder = await repository([alice, bob, carol], 2);
  await stageTarget(folder, '5.80');
  value(await signStaged(stagedFolder(folder), [alice]));
  assert.equal(code(await publish(folder, Date.now())), 'SIGNATURES_TOO_FEW');
  value(await signStaged(stagedFolder(folder), [alice]));
  assert.equal(
    code(await publish(folder, Date.now())),
    'SIGNATURES_TOO_FEW',
    'the same key twice is one',
  );
  assert.deepEqual(await seen(folder, 'program/5.80.json'), [null]);
  value(await signStaged(stagedFolder(folder), [carol]));
  value(await publish(folder, Date.now()));
  assert.deepEqual(await seen(folder, 'program/5.80.json'), [manifest('5.80')]);
});

test('wrong key: who has no role signs nothing, and is told', async () => {
  const folder = await repository();
  await stageTarget(folder, '5.80');
  assert.equal(code(await signStaged(stagedFolder(folder), [bob])), 'KEY_WITHOUT_ROLE');
  assert.equal(code(await publish(folder, Date.now())), 'SIGNATURES_TOO_FEW');
});

test('signers on other computers sign copies, whose signatures are taken over', async () => {
  const folder = await repository([alice, bob, carol], 3);
  await stageTarget(folder, '5.80');
  const sticks = [join(root, 'stick-bob'), join(root, 'stick-carol')] as const;
  for (const stick of sticks) await cp(stagedFolder(folder), stick, { recursive: true });
  value(await signStaged(sticks[0], [bob]));
  value(await signStaged(sticks[1], [carol]));
  value(await signStaged(stagedFolder(folder), [alice]));
  for (const stick of sticks) value(await takeSignatures(folder, stick));
  value(await publish(folder, Date.now()));
  assert.deepEqual(await seen(folder, 'program/5.80.json'), [manifest('5.80')]);
});

test('a signature over something else on a stick does not count', async () => {
  const folder = await repository([alice, bob], 2);
  await stageTarget(folder, '5.80');
  const stick = join(root, 'stick-changed');
  await cp(stagedFolder(folder), stick, { recursive: true });
  await stageTarget(folder, '5.90');
  value(await signStaged(stick, [bob]));
  assert.equal(code(await takeSignatures(folder, stick)), 'STAGED_DIFFERENT');
});

test('a withdrawn release stays named, with its reason', async () => {
  const folder = await repository();
  await release(folder, '5.80');
  await stageOnly(folder, { type: 'withdraw', name: 'program/5.80.json', reason: 'crashes' });
  value(await signStaged(stagedFolder(folder), [alice]));
  value(await publish(folder, Date.now()));
  const reader = await openReader(folder);
  await reader.refresh();
  const { custom, digest } = (await reader.target('program/5.80.json')) ?? {};
  assert.deepEqual(custom, { digest, withdrawn: 'crashes' });
  await reader.end();
});

test('what was never released cannot be withdrawn', async () => {
  const folder = await repository();
  const change: Change = { type: 'withdraw', name: 'program/1.0.json', reason: 'x' };
  assert.equal(code(await stage(change, { folder, now: 0, lifetimes })), 'TARGET_UNKNOWN');
});

test('a refresh renews the timestamp and nothing else', async () => {
  const now = Date.now();
  const folder = await repository([alice], 1, now);
  const later = now + 80 * 86_400_000;
  value(await stage({ type: 'refresh' }, { folder, now: later, lifetimes }));
  value(await signStaged(stagedFolder(folder), [alice]));
  const published = value(await publish(folder, Date.now()));
  const { timestamp, snapshot, targets } = published;
  const versions = [timestamp, snapshot, targets].map((one) => one?.signed.version);
  assert.deepEqual(versions, [2, 1, 1]);
  assert.ok(timestamp !== undefined && expiryOf(timestamp) > now + 165 * 86_400_000);
});

test('a refresh renews what else would expire soon', async () => {
  const now = Date.now();
  const folder = await repository([alice], 1, now);
  const later = now + 2.5 * 365 * 86_400_000;
  value(await stage({ type: 'refresh' }, { folder, now: later, lifetimes }));
  value(await signStaged(stagedFolder(folder), [alice]));
  const { root: its, targets, snapshot } = value(await publish(folder, later));
  assert.ok(targets !== undefined && expiryOf(targets) > later + 2 * 365 * 86_400_000);
  assert.ok(snapshot !== undefined && expiryOf(snapshot) > later + 2 * 365 * 86_400_000);
  assert.equal(its.signed.version, 1, 'a root is renewed by its own keys');
});

test('key rotation: readers follow from the first root to the new keys', async () => {
  const folder = await repository([alice]);
  await release(folder, '5.80');
  await stageOnly(folder, { type: 'roles', roles: rolesFor([bob, carol], 2) });
  value(await signStaged(stagedFolder(folder), [bob, carol]));
  assert.equal(
    code(await publish(folder, Date.now())),
    'SIGNATURES_TOO_FEW',
    'the old key signs the new root',
  );
  value(await signStaged(stagedFolder(folder), [alice]));
  value(await publish(folder, Date.now()));
  assert.deepEqual(await seen(folder, 'program/5.80.json'), [manifest('5.80')]);
  await release(folder, '5.90', [bob, carol]);
  assert.deepEqual(await seen(folder, 'program/5.90.json'), [manifest('5.90')]);
});

test('key revocation: a revoked key signs nothing that is believed', async () => {
  const folder = await repository([alice, bob]);
  await stageOnly(folder, { type: 'roles', roles: rolesFor([alice]) });
  value(await signStaged(stagedFolder(folder), [alice]));
  value(await publish(folder, Date.now()));
  await stageTarget(folder, '6.66');
  assert.equal(code(await signStaged(stagedFolder(folder), [bob])), 'KEY_WITHOUT_ROLE');
  assert.equal(code(await publish(folder, Date.now())), 'SIGNATURES_TOO_FEW');
});

test('key revocation: metadata that the lost key alone had signed is signed anew', async () => {
  const roles = rolesFor([alice], 1, { targets: { keys: [bob.key], threshold: 1 } });
  const folder = join(root, 'revoked-targets');
  const signers = [alice, bob];
  value(await makeRepository({ folder, roles, signers, now: Date.now(), lifetimes }));
  await release(folder, '5.80', [alice, bob]);
  await stageOnly(folder, { type: 'roles', roles: rolesFor([alice]) });
  value(await signStaged(stagedFolder(folder), [alice]));
  const { targets, snapshot, timestamp } = value(await publish(folder, Date.now()));
  const versions = [targets, snapshot, timestamp].map((one) => one?.signed.version);
  assert.deepEqual(versions, [3, 3, 3]);
  assert.deepEqual(await seen(folder, 'program/5.80.json'), [manifest('5.80')]);
});

test('keys of the root alone change without any other signature', async () => {
  const folder = await repository([alice]);
  const roles = rolesFor([alice], 1, { root: { keys: [alice.key, bob.key], threshold: 2 } });
  await stageOnly(folder, { type: 'roles', roles });
  value(await signStaged(stagedFolder(folder), [alice, bob]));
  const { root: now, timestamp } = value(await publish(folder, Date.now()));
  assert.deepEqual([now.signed.version, timestamp?.signed.version], [2, 1]);
  assert.deepEqual(await seen(folder), []);
});

test('what was given up leaves its numbers behind', async () => {
  const folder = await repository();
  await stageTarget(folder, '5.80');
  value(await signStaged(stagedFolder(folder), [alice]));
  const givenUp = value(await discardStaged(folder));
  assert.equal(givenUp, null);
  await release(folder, '5.90');
  const published = value(await readPublished(folder));
  assert.equal(published.targets?.signed.version, 3);
  assert.deepEqual(await seen(folder, 'program/5.80.json', 'program/5.90.json'), [
    null,
    manifest('5.90'),
  ]);
});

test('the 501st target is refused', async () => {
  const folder = await repository();
  const targets = Array.from({ length: 501 }, (_, index) => ({
    name: `program/${index}.json`,
    digest: digestOfBytes(String(index)),
    bytes: 1,
    custom: {},
  }));
  const staged = (count: number) =>
    stage({ type: 'all-targets', targets: targets.slice(0, count) }, { folder, now: 0, lifetimes });
  assert.equal(code(await staged(501)), 'TARGETS_TOO_MANY');
  assert.equal(code(await staged(500)), 'ok');
});

test('a kill anywhere while it publishes: publishing again completes it', async () => {
  const folder = await repository();
  await release(folder, '5.80');
  // New keys, so that a new root is among the files, and a release as well.
  await stageOnly(folder, { type: 'roles', roles: rolesFor([bob]) });
  await stageTarget(folder, '5.90');
  value(await signStaged(stagedFolder(folder), [alice, bob]));
  const before = await filesIn(folder);
  value(await publish(folder, Date.now()));
  const after = await filesIn(folder);
  // In the order of writing: what is named first, the timestamp last, then the staged file goes.
  const order = ['targets/', '2.root', '3.targets', '4.targets', 'snapshot', 'timestamp'];
  const place = (name: string): number => order.findIndex((part) => name.includes(part));
  const written = [...after.keys()]
    .filter((name) => after.get(name) !== before.get(name))
    .toSorted((one, other) => place(one) - place(other));
  assert.equal(written.length, 5, written.join());
  for (let count = 0; count <= written.length; count++) {
    const cut = join(root, `cut-${count}`);
    const files = new Map([
      ...before,
      ...written.slice(0, count).map((name) => [name, after.get(name) ?? ''] as const),
    ]);
    for (const [name, content] of files) {
      await mkdir(dirname(join(cut, name)), { recursive: true });
      await writeFile(join(cut, name), content);
    }
    value(await publish(cut, Date.now()));
    const expected = [manifest('5.80'), manifest('5.90')];
    assert.deepEqual(await seen(cut, 'program/5.80.json', 'program/5.90.json'), expected);
    assert.deepEqual(await filesIn(cut), after);
  }
});

async function filesIn(folder: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(relative(folder, file), await readFile(file, 'utf8'));
  }
  return files;
}
