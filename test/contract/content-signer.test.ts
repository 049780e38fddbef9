/** The control manager's signatures, by TUF on a real disk and simulated, over one suite. */

import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { contentSignerIn, openContentRepository } from '#adapters/metadata/content-repository.ts';
import { makePrivateKey, pemOf, signerOf } from '#adapters/secrets/signing-key.ts';
import { laneTrust } from '#adapters/metadata/trust-tuf.ts';
import { readPublished, stagedFolder } from '#adapters/metadata/tuf-repository-files.ts';
import { makeSigner, rolesFor } from '#adapters/metadata/tuf-repository.testing.ts';
import {
  makeRepository,
  metadataFilesOf,
  publish,
  stage,
} from '#adapters/metadata/tuf-repository.ts';
import { textOf } from '#adapters/metadata/tuf-metadata.ts';
import { signStaged } from '#adapters/metadata/tuf-signing.ts';
import { contentLifetimes } from '#adapters/metadata/tuf-staging.ts';
import { writeMetadataBundle } from '#adapters/release/release-file-write.ts';
import { organisationText } from '#protocol/shared/organisation.ts';
import {
  emptyContentRepository,
  openContentSignerSimulated,
  simulatedContentRoot,
} from '#simulation/adapters/content-signer-simulated.ts';
import { LaneTrustSimulated, newLane } from '#simulation/adapters/trust-simulated.ts';
import { contentSignerContract, item } from './content-signer.ts';
import { oneMachine, settledOn } from './simulated.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-content-'));
  folders.push(folder);
  return folder;
}

const owner = makeSigner('owner');
const key = makePrivateKey();
const online = signerOf(key, 'content');
const lifetimes = contentLifetimes;
const now = Date.now();

/** The organisation's folder: a root that is offline, and an online key for the rest. */
async function organisation() {
  const offline = join(await newFolder(), 'content');
  const roles = rolesFor([online], 1, { root: { keys: [owner.key], threshold: 1 } });
  const options = { folder: offline, roles, signers: [owner], now, lifetimes, rootAlone: true };
  const made = await makeRepository(options);
  assert.ok(made.ok);
  const published = await readPublished(offline);
  assert.ok(published.ok);
  return { offline, firstRoot: published.value.root, shippedRoot: textOf(published.value.root) };
}

contentSignerContract('TUF on a disk', async () => {
  const { firstRoot, shippedRoot } = await organisation();
  const folder = await newFolder();
  const [here, away] = [join(folder, 'repository'), join(folder, 'away')];
  await mkdir(here);
  return {
    now,
    async open() {
      const options = { folder: here, firstRoot, roots: new Map(), key: online };
      const opened = await openContentRepository(options);
      assert.ok(opened.ok, JSON.stringify(opened));
      return opened.value;
    },
    reader: () => laneTrust({ folder: join(folder, 'reader'), shippedRoot }),
    async backup() {
      const copy = join(folder, 'backup');
      await cp(here, copy, { recursive: true });
      return {
        async restore() {
          await rm(here, { recursive: true });
          await rename(copy, here);
        },
      };
    },
    // The folder of what is staged cannot be written: a file stands in its place.
    async refuse() {
      await rename(stagedFolder(here), away);
      await writeFile(stagedFolder(here), '');
    },
    async mend() {
      await rm(stagedFolder(here));
      await rename(away, stagedFolder(here));
    },
    settled: (promise) => promise,
  };
});

contentSignerContract('simulated', async () => {
  const { machine, schedule, process } = oneMachine('control-manager');
  const stored = machine.disk.store(emptyContentRepository);
  const lane = machine.disk.store(newLane(simulatedContentRoot));
  return {
    now: process.clock.now(),
    open: async () => openContentSignerSimulated({ process, stored }),
    reader: () => new LaneTrustSimulated(process, lane),
    async backup() {
      const copy = stored.read();
      return { restore: async () => stored.write(copy, { synced: true }) };
    },
    async refuse() {
      machine.disk.isBroken = true;
    },
    async mend() {
      machine.disk.isBroken = false;
    },
    settled: (promise) => settledOn(schedule, promise),
  };
});

describe('the repository of content', () => {
  async function rooted() {
    const made = await organisation();
    const root = await newFolder();
    const programRoot = JSON.parse(made.shippedRoot);
    const text = organisationText({
      format: 1,
      organisation: 'acme',
      authority: '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n',
      programRoot,
      contentRoot: programRoot,
    });
    await mkdir(join(root, 'trust'));
    await mkdir(join(root, 'secrets'));
    const putKey = (pem: string, mode = 0o600) =>
      writeFile(join(root, 'secrets', 'content.key'), pem, { mode });
    return { ...made, root, text, putKey };
  }

  test('is not there without an organisation or without its key', async () => {
    const { root, text } = await rooted();
    assert.deepEqual(await contentSignerIn(root), { ok: true, value: null });
    await writeFile(join(root, 'trust', 'organisation.json'), text);
    assert.deepEqual(await contentSignerIn(root), { ok: true, value: null });
  });

  test('wrong key: one that the root does not name signs nothing', async () => {
    const { root, text, putKey } = await rooted();
    await writeFile(join(root, 'trust', 'organisation.json'), text);
    await putKey(pemOf(makePrivateKey()));
    const opened = await contentSignerIn(root);
    assert.equal(!opened.ok && opened.because.code, 'KEY_WITHOUT_ROLE');
  });

  test('a key that others may read is refused, and what is no key', async () => {
    const { root, text, putKey } = await rooted();
    await writeFile(join(root, 'trust', 'organisation.json'), text);
    await putKey(pemOf(key), 0o644);
    const open = await contentSignerIn(root);
    assert.equal(!open.ok && open.because.code, 'KEY_FILE_OPEN');
    await rm(join(root, 'secrets', 'content.key'));
    await putKey('no key');
    const none = await contentSignerIn(root);
    assert.equal(!none.ok && none.because.code, 'KEY_FILE_UNREADABLE');
  });

  test('a stolen content key: after a new root only its successor is believed', async () => {
    const { root, text, putKey, offline, shippedRoot } = await rooted();
    await writeFile(join(root, 'trust', 'organisation.json'), text);
    await putKey(pemOf(key));
    const before = await contentSignerIn(root);
    assert.ok(before.ok && before.value !== null);
    const first = await before.value.sign([item('pattern 1 a')], now);
    assert.ok(first.ok);

    const nextKey = makePrivateKey();
    const next = signerOf(nextKey, 'content-2');
    const roles = rolesFor([next], 1, { root: { keys: [owner.key], threshold: 1 } });
    assert.ok((await stage({ type: 'roles', roles }, { folder: offline, now, lifetimes })).ok);
    assert.ok((await signStaged(stagedFolder(offline), [owner])).ok);
    const published = await publish(offline, now);
    assert.ok(published.ok);
    const bundle = join(root, 'trust', 'content.bundle');
    await writeMetadataBundle(bundle, metadataFilesOf(published.value));
    const old = await contentSignerIn(root);
    assert.equal(!old.ok && old.because.code, 'KEY_WITHOUT_ROLE', 'the old key is of no use');

    await putKey(pemOf(nextKey));
    const after = await contentSignerIn(root);
    assert.ok(after.ok && after.value !== null);
    const second = await after.value.sign([item('pattern 1 a')], now);
    assert.ok(second.ok);
    const reader = laneTrust({ folder: join(root, 'reader'), shippedRoot });
    const source = (files: ReadonlyMap<string, string>) => async (name: string) => {
      const found = files.get(name);
      return { ok: true, value: found === undefined ? null : Buffer.from(found) } as const;
    };
    assert.ok((await reader.refresh(source(first.value.files))).ok);
    assert.ok((await reader.refresh(source(second.value.files))).ok);
    const thief = await reader.refresh(source(first.value.files));
    assert.equal(thief.ok, false);
  });

  test('a kill at any file leaves what can be signed on', async () => {
    const { firstRoot, shippedRoot } = await organisation();
    const folder = await newFolder();
    const options = { firstRoot, roots: new Map(), key: online };
    const repository = join(folder, 'repository');
    const opened = await openContentRepository({ ...options, folder: repository });
    assert.ok(opened.ok);
    await opened.value.sign([item('pattern 1 a')], now);
    const before = await contentOf(repository);
    await opened.value.sign([item('pattern 2 b')], now);
    const later = await contentOf(repository);
    const changed = [...later].filter(([name, text]) => before.get(name) !== text);
    assert.ok(changed.length >= 3, changed.map(([name]) => name).join());
    // Whatever of the new files was written when the process ended.
    for (let written = 0; written <= changed.length; written++) {
      const cut = join(folder, `cut-${written}`);
      const files = new Map([...before, ...changed.slice(0, written)]);
      await mkdir(join(cut, 'metadata'), { recursive: true });
      for (const [name, text] of files) await writeFile(join(cut, 'metadata', name), text);
      const again = await openContentRepository({ ...options, folder: cut });
      assert.ok(again.ok);
      const signed = await again.value.sign([item('pattern 3 c')], now + 60_000);
      assert.ok(signed.ok, JSON.stringify(signed));
      const reader = laneTrust({ folder: join(cut, 'reader'), shippedRoot });
      const refreshed = await reader.refresh(async (name) => {
        const text = signed.value.files.get(name);
        return { ok: true, value: text === undefined ? null : Buffer.from(text) };
      });
      assert.ok(refreshed.ok, JSON.stringify(refreshed));
    }
  });
});

/** In the order in which publishing writes: the timestamp last. */
async function contentOf(folder: string): Promise<Map<string, string>> {
  const metadata = join(folder, 'metadata');
  const names = (await readdir(metadata)).toSorted();
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await readFile(join(metadata, name), 'utf8'));
  return files;
}
