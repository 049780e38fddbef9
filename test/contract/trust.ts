/** What verified metadata of one lane promises, whoever verifies it. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problem, type ProblemCode } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { LaneTrust, MetadataSource } from '#ports/trust.ts';
import { sourceOf } from '../trust/tuf-for-tests.ts';

export type TrustFiles = ReadonlyMap<string, Uint8Array>;

/** What signs the lane; every act publishes, and all that was published stays to be read. */
export type TrustRepositoryFixture = {
  put(name: string, content: string, custom?: object): void;
  publish(how?: {
    readonly expiresInSeconds?: number;
    /** Signed by strangers, or by one of the two who must. */
    readonly by?: 'strangers' | 'one';
  }): void;
  /** Others sign the lane from now on. */
  rotate(): void;
  /** Others own the root from now on. */
  rotateRoot(): void;
  files(): Map<string, Uint8Array>;
};

export type TrustFixture = {
  readonly repository: TrustRepositoryFixture;
  /** As any later process of this computer finds it. */
  open(): LaneTrust;
  /** On another computer, with nothing but the root that was shipped. */
  openElsewhere(): LaneTrust;
  /** Waits as long as it takes, in whatever time passes there. */
  settled<Answer>(promise: Promise<Answer>): Promise<Answer>;
  pass(seconds: number): Promise<void>;
  /** After so many seconds a refresh is given up. */
  readonly secondsMax: number;
};

export function trustContract(name: string, make: () => Promise<TrustFixture>): void {
  describe(`trust: ${name}`, () => {
    trusting(make);
    refusing(make);
    rotating(make);
  });
}

function codeOf(answer: Result<unknown>): ProblemCode | 'ok' {
  return answer.ok ? 'ok' : answer.because.code;
}

async function prepared(make: () => Promise<TrustFixture>) {
  const fixture = await make();
  const { repository, settled } = fixture;
  repository.put('program/1.0.json', 'one', { withdrawn: 'it burns' });
  repository.publish();
  const lane = fixture.open();
  const refresh = async (files: TrustFiles = repository.files(), of: LaneTrust = lane) =>
    codeOf(await settled(of.refresh(sourceOf(files))));
  const names = async (of: LaneTrust = lane) =>
    (await settled(of.targets())).map((one) => one.name).toSorted();
  return { ...fixture, lane, refresh, names };
}

function trusting(make: () => Promise<TrustFixture>): void {
  test('nothing is trusted before it was verified', async () => {
    const { lane, names, settled } = await prepared(make);
    assert.deepEqual(await names(), []);
    assert.equal(await settled(lane.target('program/1.0.json')), null);
    assert.equal(await settled(lane.file('timestamp.json')), null);
  });

  test('a signed target is known by name, digest, length and what else was signed', async () => {
    const { lane, refresh, settled } = await prepared(make);
    assert.equal(await refresh(), 'ok');
    assert.deepEqual(await settled(lane.target('program/1.0.json')), {
      name: 'program/1.0.json',
      digest: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
      bytes: 3,
      custom: { withdrawn: 'it burns' },
    });
    assert.equal(await settled(lane.target('program/2.0.json')), null);
  });

  test('a later process trusts the same, without any source', async () => {
    const { open, refresh, names } = await prepared(make);
    await refresh();
    assert.deepEqual(await names(open()), ['program/1.0.json']);
  });

  test('the same again is no change; what is newer is added', async () => {
    const { repository, refresh, names } = await prepared(make);
    await refresh();
    assert.equal(await refresh(), 'ok');
    repository.put('program/2.0.json', 'two');
    repository.publish();
    assert.equal(await refresh(), 'ok');
    assert.deepEqual(await names(), ['program/1.0.json', 'program/2.0.json']);
  });

  test('what was verified is handed on: the tier below verifies it from the same root', async () => {
    const { repository, lane, refresh, names, openElsewhere } = await prepared(make);
    await refresh();
    repository.rotate();
    repository.publish();
    assert.equal(await refresh(), 'ok');
    const below = openElsewhere();
    const handedOn: MetadataSource = async (name) => ({ ok: true, value: await lane.file(name) });
    assert.deepEqual(await below.refresh(handedOn), { ok: true, value: null });
    assert.deepEqual(await names(below), ['program/1.0.json']);
  });

  test('two refreshes at once are one after the other', async () => {
    const { repository, lane, names, settled } = await prepared(make);
    const first = repository.files();
    repository.put('program/2.0.json', 'two');
    repository.publish();
    const both = [lane.refresh(sourceOf(first)), lane.refresh(sourceOf(repository.files()))];
    assert.deepEqual((await settled(Promise.all(both))).map(codeOf), ['ok', 'ok']);
    assert.deepEqual(await names(), ['program/1.0.json', 'program/2.0.json']);
  });

  test('expiry lets nothing new in, and takes nothing away', async () => {
    const { repository, refresh, names, pass } = await prepared(make);
    repository.publish({ expiresInSeconds: 2 });
    assert.equal(await refresh(), 'ok');
    await pass(3);
    assert.equal(await refresh(), 'METADATA_EXPIRED');
    assert.deepEqual(await names(), ['program/1.0.json']);
  });
}

type Attack = (attack: {
  readonly repository: TrustRepositoryFixture;
  /** What was trusted before. */
  readonly before: TrustFiles;
}) => TrustFiles;

function refusing(make: () => Promise<TrustFixture>): void {
  const check = (title: string, expected: ProblemCode, attack: Attack): void => {
    test(`${title}: ${expected}, and what was trusted before still is`, async () => {
      const { repository, refresh, names, open } = await prepared(make);
      repository.publish();
      assert.equal(await refresh(), 'ok');
      const files = attack({ repository, before: repository.files() });
      assert.equal(await refresh(files), expected);
      assert.deepEqual(await names(), ['program/1.0.json']);
      assert.deepEqual(await names(open()), ['program/1.0.json']);
    });
  };
  const withNew = (repository: TrustRepositoryFixture): TrustRepositoryFixture => {
    repository.put('program/6.6.json', 'evil');
    return repository;
  };

  check('signed by strangers', 'METADATA_UNSIGNED', ({ repository }) => {
    withNew(repository).publish({ by: 'strangers' });
    return repository.files();
  });
  check('signed by too few', 'METADATA_UNSIGNED', ({ repository }) => {
    withNew(repository).publish({ by: 'one' });
    return repository.files();
  });
  check('an earlier state', 'METADATA_OLDER', ({ before }) => {
    const files = new Map(before);
    files.set('timestamp.json', older(before));
    return files;
  });
  check('expired when it came', 'METADATA_EXPIRED', ({ repository }) => {
    withNew(repository).publish({ expiresInSeconds: -1 });
    return repository.files();
  });
  check('targets of another time', 'METADATA_MIXED', ({ repository, before }) => {
    withNew(repository).publish();
    const files = repository.files();
    const [newest, earlier] = [newestTargets(files), newestTargets(before)];
    files.set(newest, before.get(earlier) ?? new Uint8Array());
    return files;
  });
  check('one byte of the targets was changed', 'METADATA_MIXED', ({ repository }) => {
    withNew(repository).publish();
    const files = repository.files();
    const name = newestTargets(files);
    const text = new TextDecoder().decode(files.get(name)).replace('6.6', '6.7');
    return files.set(name, new TextEncoder().encode(text));
  });
  check('no timestamp', 'METADATA_ABSENT', ({ repository }) => {
    const files = repository.files();
    files.delete('timestamp.json');
    return files;
  });
  check('no targets', 'METADATA_ABSENT', ({ repository }) => {
    withNew(repository).publish();
    const files = repository.files();
    files.delete(newestTargets(files));
    return files;
  });
  check('no JSON', 'METADATA_UNREADABLE', ({ repository }) => {
    return repository.files().set('timestamp.json', new TextEncoder().encode('{"signed":'));
  });
  check('larger than any metadata', 'METADATA_TOO_LARGE', ({ repository }) => {
    return repository.files().set('timestamp.json', new Uint8Array(6 * 1024 * 1024).fill(32));
  });

  test('what a source refuses is told as it was said', async () => {
    const { lane, settled } = await prepared(make);
    const because = problem('ADDRESS_UNREACHABLE', { address: 'above', detail: 'no route' });
    const answer = await settled(lane.refresh(() => Promise.resolve(refuse(because))));
    assert.deepEqual(answer, refuse(because));
  });

  test('a source that never ends is given up', async () => {
    const { lane, settled, secondsMax } = await prepared(make);
    const answer = await settled(lane.refresh(() => new Promise(() => undefined)));
    assert.equal(codeOf(answer), 'METADATA_SLOW');
    assert.equal(answer.ok ? null : answer.because.with['seconds'], secondsMax);
    // And it holds up nothing that comes after it.
    const after = await prepared(make);
    assert.equal(await after.refresh(), 'ok');
  });
}

function rotating(make: () => Promise<TrustFixture>): void {
  test('keys that were replaced sign nothing any more', async () => {
    const { repository, refresh, names, settled, lane } = await prepared(make);
    await refresh();
    const stolen = repository.files();
    repository.rotate();
    repository.publish();
    assert.equal(await refresh(), 'ok');
    // The thief holds the old keys; he shows his newest, with the new root that all know.
    for (const [name, bytes] of repository.files()) {
      if (name.endsWith('root.json')) stolen.set(name, bytes);
    }
    assert.equal(await refresh(stolen), 'METADATA_UNSIGNED');
    assert.deepEqual(await names(), ['program/1.0.json']);
    assert.ok(await settled(lane.file('2.root.json')));
  });

  test('a root is taken step by step, and stays even where the rest is refused', async () => {
    const { repository, refresh, settled, lane } = await prepared(make);
    await refresh();
    repository.rotateRoot();
    repository.rotateRoot();
    repository.rotate();
    const files = repository.files();
    files.delete('timestamp.json');
    assert.equal(await refresh(files), 'METADATA_ABSENT');
    assert.ok(await settled(lane.file('4.root.json')));
    repository.publish();
    // A source need not repeat what was accepted here.
    const rest = repository.files();
    for (const name of ['2.root.json', '3.root.json', '4.root.json']) rest.delete(name);
    assert.equal(await refresh(rest), 'ok');
  });

  test('a root that the one before did not sign is refused', async () => {
    const [{ repository, refresh }, others] = [await prepared(make), await prepared(make)];
    await refresh();
    others.repository.rotateRoot();
    const files = repository.files();
    files.set('2.root.json', others.repository.files().get('2.root.json') ?? new Uint8Array());
    assert.equal(await refresh(files), 'METADATA_UNSIGNED');
  });
}

function newestTargets(files: TrustFiles): string {
  const versions = [...files.keys()].map((name) => Number(/^(\d+)\.targets/.exec(name)?.[1] ?? 0));
  return `${Math.max(...versions)}.targets.json`;
}

/** The timestamp before the newest: a repository keeps it under the name that only tests use. */
function older(files: TrustFiles): Uint8Array {
  const bytes = files.get('before.timestamp.json');
  assert.ok(bytes !== undefined);
  return bytes;
}
