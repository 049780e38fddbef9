import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { openShare } from '#adapters/share/share-disk.ts';
import { openStore } from '#adapters/share/store-disk.ts';
import { trustIn } from '#adapters/metadata/trust-tuf.ts';
import type { Ordering } from '#domain/catalogue/version.ts';
import { brand, type ComponentName, type HoldId, type PersonName } from '#domain/names.ts';
import type { Journal } from '#ports/journal.ts';
import type { ContentItem } from '#protocol/control-manager/messages.ts';
import { parseReleaseManifest } from '#protocol/shared/release.ts';
import { TestRepository } from '../../../test/trust/tuf-for-tests.ts';
import { Catalogue } from './catalogue.ts';
import { Deliveries } from './deliveries.ts';
import { Rings } from './rings.ts';
import { Loop } from '../loop.ts';
import type { Parts } from '../parts.ts';
import { deploy } from '../routes/deploy.ts';
import { listComponents } from '../routes/site.ts';
import type { Site } from '../site.ts';
import { Trusted } from './trusted.ts';

const bytes = 'the bytes of a pattern';
const digest = digestOfBytes(bytes);

function item(component: string, version = '1.2', part: Partial<ContentItem> = {}): ContentItem {
  const path = `pattern/${component}`;
  const base = { component: brand<ComponentName>(component), version, path };
  return { ...base, ordering: 'dotted', digest, bytes: bytes.length, ...part };
}

type Door = {
  readonly parts: Parts;
  readonly deliveries: Deliveries;
  readonly journal: Journal;
  readonly root: string;
  readonly file: string;
};

/** The door of a site with a real journal, store and share. */
async function atTheDoor(
  act: (door: Door) => Promise<void>,
  trustedIn: (root: string) => Trusted = () => new Trusted(null),
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'dankai-deliveries-'));
  const journal = await openJournal(join(root, 'journal.sqlite'));
  assert.ok(journal.ok);
  await journal.value.transaction((rows) => rows.log.beginRecord({ site: brand('tokyo'), at: 1 }));
  try {
    const now = { now: () => 1_000, monotonic: () => 1_000, after: () => () => undefined };
    const folders = { shareFolder: join(root, 'share'), storeFolder: join(root, 'store') };
    for (const folder of Object.values(folders)) await mkdir(folder);
    const share = openShare({ ...folders, evidenceFolder: join(root, 'evidence'), clock: now });
    const log = pino({ enabled: false });
    const site = {
      journal: journal.value,
      log,
      clock: now,
      share,
      store: openStore({ root, share }),
      trusted: trustedIn(root),
      launcher: null,
      self: { version: '5.80', digest },
      digestOf: digestOfBytes,
      epoch: 1,
      programSections: [],
    } as unknown as Site;
    const loop = new Loop(
      { journal: journal.value, log, isEnded: false },
      { diskFailed: assert.fail },
    );
    const catalogue = new Catalogue(site, loop);
    const nobody = (): void => undefined;
    const told = { tellAtOnce: nobody, tellEveryone: nobody, report: nobody, wentOn: nobody };
    const rings = new Rings({ site, loop, catalogue, ...told });
    const deliveries = new Deliveries(site, loop, catalogue, rings);
    const parts = { site, loop, catalogue, deliveries, rings } as unknown as Parts;
    const file = join(root, 'file');
    await writeFile(file, bytes);
    await act({ parts, deliveries, journal: journal.value, root, file });
  } finally {
    await journal.value.close();
    await rm(root, { recursive: true, force: true });
  }
}

/** `CODE value…` of each refusal; everything else must have been taken. */
async function refusalsOf({ deliveries, file }: Door, items: ContentItem[]): Promise<string[]> {
  const update = await deliveries.update({
    items,
    catalogue: '',
    from: 'updates',
    fileOf: () => file,
  });
  assert.equal(update.taken.length + update.refused.length, items.length);
  return update.refused.map((one) => `${one.code} ${Object.values(one.with).join(' ')}`);
}

/** A row as a release file, or a delivery before this rule, left it in the journal. */
async function putRelease(
  { journal }: Door,
  lane: 'program' | 'content',
  [component, version, ordering]: readonly [string, string, Ordering],
): Promise<void> {
  const archive = { digest, bytes: 1 };
  const tree = { treeDigest: digest, treeBytes: 1, fileCount: 1, archive, proof: [] };
  const manifest = {
    format: 1 as const,
    component: brand<ComponentName>(component),
    lane,
    kind: lane === 'content' ? ('content' as const) : ('tree' as const),
    version,
    ordering,
    appliesTo: { min: '0', max: '9' },
    needsComponents: [],
    needs: { diskBytes: 0, memoryBytes: 0 },
    precautions: [],
    returnTo: [],
    rebootRecommended: false,
    packages: [{ platform: brand<never>('any'), ...tree }],
    catalogue: { version, sections: [] },
  };
  const name = digestOfBytes(JSON.stringify(manifest));
  await journal.transaction((rows) => rows.catalogue.putRelease({ digest: name, manifest }, 1));
}

test('S1: what this site knows as a program is refused in any spelling, and kept', async () => {
  await atTheDoor(async (door) => {
    await putRelease(door, 'program', ['MyApp', '1.0', 'dotted']);
    const names = ['Program', 'PROGRAM', 'myapp', 'MyApp'];
    const refusals = await refusalsOf(door, [...names.map((one) => item(one)), item('pattern')]);
    assert.deepEqual(
      refusals,
      names.map((one) => `DELIVERY_OFFERS_PROGRAM ${one} 1.2`),
    );
    const [content, ...others] = await door.journal.rows.catalogue.contents();
    assert.deepEqual([content?.component, others], ['pattern', []]);
  });
});

test('what no catalogue can carry is refused before it is packed, each time in the record', async () => {
  await atTheDoor(async (door) => {
    const items = [
      item('pattern', '1,2'),
      item('scan-engine', '1.2', { path: 'PROGRAMS./x' }),
      item('spyware-pattern', '1.2', { path: 'x:y' }),
    ];
    for (const one of items) assert.equal((await refusalsOf(door, [one])).length, 1);
    await refusalsOf(door, items.slice(0, 1));
    const record = await door.journal.rows.log.record(null, 10);
    assert.deepEqual(
      record.map(({ kind, detail }) => [kind, detail['sections']]),
      [
        ['delivery-refused', [{ text: '1,2', ordering: 'dotted' }]],
        ['delivery-refused', [{ path: 'PROGRAMS./x' }]],
        ['delivery-refused', [{ path: 'x:y' }]],
      ],
    );
    for (const one of items) {
      assert.ok(!(await door.deliveries.delivered(one, door.file)).ok);
      assert.ok(!(await door.parts.site.store.takeContent(one, door.file)).ok);
    }
    assert.deepEqual(await readdir(join(door.root, 'store')), []);
  });
});

test('a delivered file whose place other content has is refused once in the record', async () => {
  await atTheDoor(async (door) => {
    assert.deepEqual(await refusalsOf(door, [item('pattern')]), []);
    const clash = item('scan-engine', '7', { path: 'Pattern/PATTERN' });
    for (const _ of [1, 2]) assert.ok(!(await door.deliveries.delivered(clash, door.file)).ok);
    const record = await door.journal.rows.log.record(null, 10);
    const refused = record.filter(({ kind }) => kind === 'delivery-refused');
    assert.deepEqual(
      refused.map(({ who, detail }) => [who, detail['sections']]),
      [['control-manager', [{ path: 'Pattern/PATTERN' }]]],
    );
  });
});

test('the release made of content can be read by servers, whatever its ordering', async () => {
  await atTheDoor(async (door) => {
    const versions = {
      decimal: '5.7',
      semver: '2.1.0',
      dotted: '1',
      counter: '7',
      date: '20261122',
    };
    for (const [ordering, version] of Object.entries(versions)) {
      const one = item(`for-${ordering}`, version, { ordering: ordering as Ordering });
      const taken = await door.parts.site.store.takeContent(one, door.file);
      assert.ok(taken.ok);
      const read = parseReleaseManifest(taken.value.release.manifest, 'test');
      assert.ok(read.ok, `${ordering}: ${JSON.stringify(read)}`);
    }
  });
});

test('a row with a version that cannot be read hides no list and is never the newest', async () => {
  await atTheDoor(async (door) => {
    await putRelease(door, 'content', ['pattern', '1.10', 'dotted']);
    await putRelease(door, 'content', ['pattern', '1,9', 'dotted']);
    await putRelease(door, 'content', ['pattern', '1.9', 'dotted']);
    const listed = await listComponents(door.parts);
    assert.ok(listed.ok);
    assert.deepEqual(listed.value.components[0]?.versions, ['1,9', '1.9', '1.10']);
    const component = brand<ComponentName>('pattern');
    const deployed = await deploy(
      door.parts,
      { component, servers: [], preview: true },
      { name: brand<PersonName>('sato'), scope: 'whole' },
    );
    assert.ok(deployed.ok);
  });
});

/** With the lanes of an organisation; `signed`: what the content lane has signed. */
function atASignedDoor(act: (door: Door, content: TestRepository) => Promise<void>): Promise<void> {
  const [program, content] = [new TestRepository(), new TestRepository()];
  const roots = { program: program.shippedRoot, content: content.shippedRoot };
  return atTheDoor(
    (door) => act(door, content),
    (root) => new Trusted(trustIn(join(root, 'trust'), roots)),
  );
}

function textsOf({ files }: TestRepository): Record<string, string> {
  return Object.fromEntries([...files].map(([name, file]) => [name, file.toString()]));
}

test('content enters when the metadata that came along signs the very file; else it is refused by name', async () => {
  await atASignedDoor(async ({ deliveries, journal, file }, content) => {
    content.targets.set('pattern/1.2/pattern', { bytes });
    content.targets.set('engine/1.2/engine', { bytes: 'other bytes' });
    content.publish();
    const items = ['pattern', 'engine', 'unknown'].map((name) => item(name));
    const offered = {
      items,
      catalogue: '',
      metadata: textsOf(content),
      from: 'updates',
      fileOf: () => file,
    };
    const update = await deliveries.update(offered);
    assert.deepEqual(
      update.taken.map(({ component }) => component),
      ['pattern'],
    );
    assert.deepEqual(
      update.refused.map((one) => `${one.code} ${one.with['component']}`),
      ['CONTENT_NOT_AS_SIGNED engine', 'CONTENT_UNSIGNED unknown'],
    );
    const records = await journal.rows.log.record(null, 10);
    assert.equal(records.filter(({ kind }) => kind === 'delivery-refused').length, 1);
    const taken = records.find(({ kind }) => kind === 'content-taken');
    assert.equal(taken?.detail['from'], 'updates', 'the record says where it came from');
  });
});

test('without metadata, or with such as is not believed, nothing unsigned enters, and it is said why', async () => {
  await atASignedDoor(async ({ deliveries, file }, content) => {
    const update = (metadata?: Record<string, string>) =>
      deliveries
        .update({
          items: [item('pattern')],
          catalogue: '',
          metadata,
          from: 'updates',
          fileOf: () => file,
        })
        .then(({ taken, refused }) => [taken.length, ...refused.map(({ code }) => code)]);
    assert.deepEqual(await update(), [0, 'CONTENT_UNSIGNED']);
    const stranger = new TestRepository();
    stranger.targets.set('pattern/1.2/pattern', { bytes });
    stranger.publish();
    assert.deepEqual(await update(textsOf(stranger)), [0, 'METADATA_UNSIGNED', 'CONTENT_UNSIGNED']);
    content.targets.set('pattern/1.2/pattern', { bytes });
    content.expires.timestamp = new Date(Date.now() - 1_000);
    content.publish();
    assert.deepEqual(await update(textsOf(content)), [0, 'METADATA_EXPIRED', 'CONTENT_UNSIGNED']);
    content.expires.timestamp = new Date(Date.now() + 60_000);
    content.publish();
    assert.deepEqual(await update(textsOf(content)), [1]);
  });
});

test('what a hold keeps even from being offered is listed, though its signatures come with the offer', async () => {
  await atASignedDoor(async ({ deliveries, journal }) => {
    const hold = {
      id: brand<HoldId>('hold-1'),
      scope: { servers: 'site', lanes: ['content'], components: [] },
      reason: 'migration',
      owner: { kind: 'person', name: 'mori' },
      from: 1,
      until: 2_000,
      releasedAt: null,
    } as const;
    await journal.transaction(({ holds }) => holds.putHold(hold));
    deliveries.keptBackAbove([item('pattern')]);
    assert.deepEqual(await deliveries.keptBack([]), [item('pattern')]);
    assert.deepEqual(await deliveries.keptBack([item('engine')]), [item('pattern')]);
    assert.deepEqual(
      (await deliveries.sortOffer({ items: [item('pattern')], catalogue: '' })).take,
      [],
    );
  });
});
