/**
 * A new release whose journal has one migration more (D2–D7): it works on a copy, and the old
 * program finds its own as it left it when the new one does not prove itself.
 */

import assert from 'node:assert/strict';
import { readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { longer } from '../longer.ts';
import { assertEachUpgradedOnce, changedBundle, switches } from './programs-for-tests.ts';
import { newVersion, oldVersion, SiteForTests } from './site-for-tests.ts';

/**
 * It opens its journal, serves, and never says that it is proved, while that file is there; it ends
 * for good when the file says so.
 */
const silentInformationServer = `
const trouble = join(root, 'trouble');
if (service === 'information-server' && existsSync(trouble)) {
  setInterval(() => {
    if (existsSync(trouble) && readFileSync(trouble, 'utf8') === 'end') process.exit(78);
  }, 50);
  const send = process.send?.bind(process);
  process.send = (message, ...more) => message.type === 'proven' || send(message, ...more);
}
`;

/** A bundle of a later source, as far as its journal goes. */
async function withOneMigrationMore(folder: string): Promise<string> {
  const app = join(folder, 'app');
  const later = `"9999-later": { up: async (database) => {
    await database.schema.createTable('later').addColumn('value', 'text').execute();
    await database.insertInto('later').values({ value: 'migrated' }).execute();
  } }`;
  let changed = 0;
  const entries = await readdir(app, { withFileTypes: true });
  for (const { name } of entries.filter((entry) => entry.isFile())) {
    const text = await readFile(join(app, name), 'utf8');
    if (!text.includes('create table upgrade_servers')) continue;
    const patched = text.replace(/"0001-first":\{up:[\w$]+\}/, (first) => `${first},${later}`);
    if (patched === text) continue;
    changed += 1;
    // The file may be one with that of the bundle which all tests share: a new one stands here.
    await rm(join(app, name));
    await writeFile(join(app, name), patched);
  }
  assert.equal(changed, 1, 'the journal stands in one chunk of the bundle');
  return folder;
}

type Journal = {
  readonly migrations: readonly unknown[];
  readonly later: readonly unknown[];
  /** The record's lines by number, to see that none was lost. */
  readonly record: ReadonlyMap<unknown, unknown>;
};

function readJournal(data: string): Journal {
  const database = new DatabaseSync(join(data, 'journal.sqlite'), { readOnly: true });
  const all = (query: string): readonly Record<string, unknown>[] => database.prepare(query).all();
  try {
    const tables = all("select name from sqlite_master where type = 'table'");
    const hasLater = tables.some(({ name }) => name === 'later');
    return {
      migrations: all('select name from kysely_migration order by name').map(({ name }) => name),
      later: hasLater ? all('select value from later').map(({ value }) => value) : [],
      record: new Map(
        all('select number, kind from record').map(({ number, kind }) => [number, kind]),
      ),
    };
  } finally {
    database.close();
  }
}

const isKeptIn = (before: Journal, after: Journal): void => {
  for (const [number, kind] of before.record) {
    assert.equal(after.record.get(number), kind, `line ${String(number)} of the record`);
  }
};

test(
  'a journal is migrated on a copy: without proof the old program goes on with the old one, with it the new one stands',
  longer,
  async (t) => {
    const site = await SiteForTests.begin({
      servers: ['a1'],
      // Far longer than anything here takes: the test itself says when the new version ends.
      settings: '  proveSeconds: 300',
      new: {
        bundleFolder: await withOneMigrationMore(await changedBundle(silentInformationServer)),
      },
    });
    t.after(() => site.end());
    const { informationServer } = site.site;
    const track = join(informationServer.root, 'tracks', 'program');
    const current = (): Promise<string> => realpath(join(track, 'current'));
    const trouble = join(informationServer.root, 'trouble');
    await site.importNew();
    await writeFile(trouble, '');
    const old = await current();
    const before = readJournal(join(old, 'data'));
    const wanted = [...before.migrations, '9999-later'];
    await site.start(`
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1], gate: {soak: 0s}}
lease: 30s
prove: 30s
`);

    const tried = await site.waitFor('the new version runs on its copy', async () => {
      const generation = await current();
      const { program } = await site.ask('site.show', {});
      return generation !== old && program.version === newVersion && generation;
    });
    const copy = readJournal(join(tried, 'data'));
    assert.deepEqual(copy.migrations, wanted);
    assert.deepEqual(copy.later, ['migrated']);
    isKeptIn(before, copy);
    assert.deepEqual(readJournal(join(old, 'data')).migrations, before.migrations, 'a copy');

    await writeFile(trouble, 'end');
    await site.waitFor('the old version is back, and says why', async () => {
      const { state, because } = await site.status();
      const isBack = (await switches(informationServer, 'returned')) === 1;
      return isBack && state === 'paused' && because?.code === 'INFORMATION_SERVER_RETURNED';
    });
    assert.equal(await current(), old, 'on its own generation');
    assert.equal((await site.ask('site.show', {})).program.version, oldVersion);
    const returned = readJournal(join(old, 'data'));
    assert.deepEqual([returned.migrations, returned.later], [before.migrations, []]);
    isKeptIn(before, returned);
    const lines = [...returned.record.values()];
    assert.ok(lines.includes('upgrade-started'), 'what happened before the switch is not lost');

    await rm(trouble);
    await site.ask('upgrade.resume', {});
    await site.waitFor('the upgrade', async () => (await site.status()).state === 'finished', 60);
    const committed = await current();
    assert.ok(Number(basename(committed)) > Number(basename(tried)), 'another copy');
    const migrated = readJournal(join(committed, 'data'));
    assert.deepEqual(migrated.migrations, wanted);
    assert.deepEqual(migrated.later, ['migrated']);
    isKeptIn(returned, migrated);
    await assertEachUpgradedOnce(site, { servers: ['a1'], version: newVersion });
  },
);

test('a site that runs the release which was frozen is upgraded, its journal with it', async (t) => {
  const site = await SiteForTests.begin({
    servers: ['a1'],
    old: { bundleFolder: new URL(`../../releases/${oldVersion}`, import.meta.url).pathname },
  });
  t.after(() => site.end());
  const track = join(site.site.informationServer.root, 'tracks', 'program');
  const before = readJournal(join(await realpath(join(track, 'current')), 'data'));
  await site.importNew();
  await site.start(`
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1], gate: {soak: 0s}}
lease: 30s
prove: 30s
`);
  await site.waitFor('the upgrade', async () => (await site.status()).state === 'finished', 60);
  isKeptIn(before, readJournal(join(await realpath(join(track, 'current')), 'data')));
  await assertEachUpgradedOnce(site, { servers: ['a1'], version: newVersion });
});
