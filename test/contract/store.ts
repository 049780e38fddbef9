/** What every store of an information server promises: verified copies by digest, and slots. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand, type ComponentName, type Digest, type Platform } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { Store } from '#ports/store.ts';
import type { ContentItem } from '#protocol/control-manager/messages.ts';

export type Against = (release: Release) => Promise<Problem | null>;

/** One site's store with the disk around it. */
export type StorePlace = {
  readonly store: Store;
  readonly platform: Platform;
  /** A release of a program, ready to be imported; each version another. */
  release(version: string, platform: Platform): Promise<Release>;
  import(release: Release, against: Against): Promise<Result<Release>>;
  /** Somebody put a file of so many bytes there; answers what is in it. */
  put(file: string, bytes: number): Promise<Digest>;
  /** What the store answered as a file is one. */
  holds(file: string | null): Promise<boolean>;
  slots(): Promise<readonly string[]>;
  /** Something runs from there now. */
  setCurrent(slot: string): Promise<void>;
};

type Promises = (title: string, act: (place: StorePlace) => Promise<void>) => void;

const wanted: Against = async () => null;
const nowhere = brand<Digest>('0'.repeat(64));

function codeOf(result: Result<unknown>): string {
  return result.ok ? '' : result.because.code;
}

export function storeContract(name: string, make: () => Promise<StorePlace>): void {
  const promises: Promises = (title, act) => {
    test(title, async () => act(await make()));
  };
  describe(`store: ${name}`, () => {
    imports(promises);
    contents(promises);
    slots(promises);
  });
}

async function imported(place: StorePlace, version: string): Promise<Release> {
  const release = await place.release(version, place.platform);
  const result = await place.import(release, wanted);
  assert.deepEqual(result, { ok: true, value: release });
  return release;
}

async function holdsAll({ store, holds }: StorePlace, release: Release): Promise<boolean[]> {
  const digests = release.manifest.packages.map(({ archive }) => archive.digest);
  const archives = digests.map(async (digest) => holds(await store.archiveFile(digest)));
  return Promise.all([holds(await store.manifestFile(release.digest)), ...archives]);
}

function imports(promises: Promises): void {
  promises('a release that was imported is there, manifest and archives', async (place) => {
    const release = await place.release('5.80.1179', place.platform);
    assert.deepEqual(await holdsAll(place, release), [false, false]);
    assert.deepEqual(await place.import(release, wanted), { ok: true, value: release });
    assert.deepEqual(await holdsAll(place, release), [true, true]);
    assert.deepEqual(await place.import(release, wanted), { ok: true, value: release });
  });

  promises('one that is not wanted leaves nothing', async (place) => {
    const release = await place.release('5.80.1179', place.platform);
    const taken = problem('RELEASE_VERSION_TAKEN', { component: 'program', version: '5.80.1179' });
    const asked: Release[] = [];
    const result = await place.import(release, async (one) => {
      asked.push(one);
      return taken;
    });
    assert.deepEqual(result, { ok: false, because: taken });
    assert.deepEqual(asked, [release]);
    assert.deepEqual(await holdsAll(place, release), [false, false]);
  });

  promises('what was never imported is not there', async ({ store, holds }) => {
    assert.equal(await holds(await store.manifestFile(nowhere)), false);
    assert.equal(await holds(await store.archiveFile(nowhere)), false);
  });
}

async function delivered(place: StorePlace): Promise<{ item: ContentItem; file: string }> {
  const file = place.store.inboxFile(nowhere);
  const digest = await place.put(file, 70);
  const item = {
    component: brand<ComponentName>('pattern'),
    version: '19.555',
    ordering: 'dotted' as const,
    path: 'pattern/lpt.555',
    digest,
    bytes: 70,
  };
  return { item, file };
}

function contents(promises: Promises): void {
  promises('a delivered file becomes a release that servers can fetch', async (place) => {
    const { item, file } = await delivered(place);
    const taken = await place.store.takeContent(item, file);
    assert.ok(taken.ok, codeOf(taken));
    const { content, release } = taken.value;
    const { component, version, ordering, path, digest, bytes } = item;
    const expected = { component, version, ordering, path, release: release.digest };
    assert.deepEqual(content, { ...expected, file: { digest, bytes } });
    const { lane, kind, packages } = release.manifest;
    assert.deepEqual([lane, kind, packages.length], ['content', 'content', 1]);
    assert.deepEqual(await holdsAll(place, release), [true, true]);
  });

  promises('taken again it is the same release; under another name another', async (place) => {
    const { item, file } = await delivered(place);
    const releaseOf = async (one: ContentItem): Promise<Digest> => {
      const taken = await place.store.takeContent(one, file);
      assert.ok(taken.ok, codeOf(taken));
      return taken.value.release.digest;
    };
    const first = await releaseOf(item);
    assert.equal(await releaseOf(item), first);
    assert.notEqual(await releaseOf({ ...item, path: 'pattern/lpt.556' }), first);
    assert.notEqual(await releaseOf({ ...item, version: '19.556' }), first);
  });

  promises('a file that is not what was announced is not taken', async (place) => {
    const { item, file } = await delivered(place);
    const codes: string[] = [];
    for (const one of [
      { item: { ...item, digest: nowhere }, file },
      { item, file: place.store.inboxFile(item.digest) },
      { item: { ...item, bytes: 69 }, file },
      { item: { ...item, path: '../lpt.555' }, file },
      { item: { ...item, version: 'newest' }, file },
    ]) {
      codes.push(codeOf(await place.store.takeContent(one.item, one.file)));
    }
    assert.deepEqual(codes, [
      'PACKAGE_DIGEST_WRONG',
      'PACKAGE_DIGEST_WRONG',
      'CATALOGUE_RESTORE_IMPOSSIBLE',
      'PACKAGE_PATH_UNSAFE',
      'VERSION_UNREADABLE',
    ]);
  });

  promises('each digest has a place of its own in the inbox', async ({ store }) => {
    const [one, two] = [store.inboxFile(nowhere), store.inboxFile(brand<Digest>('1'.repeat(64)))];
    assert.notEqual(one, two);
    assert.equal(one, store.inboxFile(nowhere));
  });
}

function slots(promises: Promises): void {
  promises('its own next version is unpacked beside the running one, once', async (place) => {
    const release = await imported(place, '5.80.1179');
    const expected = { ok: true, value: { slot: slotNameOf(release) } };
    assert.deepEqual(await place.store.stageSelf(release), expected);
    assert.deepEqual(await place.store.stageSelf(release), expected);
    assert.deepEqual(await place.slots(), [slotNameOf(release)]);
  });

  promises('a release without its archive, or of other computers, is not staged', async (place) => {
    const absent = await place.release('5.80.1179', place.platform);
    assert.equal(codeOf(await place.store.stageSelf(absent)), 'PACKAGE_UNREADABLE');
    const other = await place.release('5.80.1180', brand<Platform>('other-machine'));
    assert.equal((await place.import(other, wanted)).ok, true);
    assert.equal(codeOf(await place.store.stageSelf(other)), 'PACKAGE_NO_PLATFORM');
    assert.deepEqual(await place.slots(), []);
  });

  promises('slots stay that are named, of these releases, or current', async (place) => {
    const releases: Release[] = [];
    for (const version of ['5.70', '5.80', '5.81', '5.82']) {
      const release = await imported(place, version);
      assert.equal((await place.store.stageSelf(release)).ok, true);
      releases.push(release);
    }
    const [named, kept, current, old] = releases;
    assert.ok(named !== undefined && kept !== undefined);
    assert.ok(current !== undefined && old !== undefined);
    await place.setCurrent(slotNameOf(current));
    await place.store.keepSlots({ slots: [slotNameOf(named)], releases: [kept] });
    const expected = [named, kept, current].map(slotNameOf).toSorted();
    assert.deepEqual([...(await place.slots())].toSorted(), expected);
  });
}
