/** The ports of a control manager over a real PostgreSQL: the suites that SQLite passes too. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brand, type HoldId, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { RecordVerifier } from '#domain/record/verify.ts';
import { JournalFailed } from '#ports/journal.ts';
import { foundLine } from '#protocol/record/export.ts';
import { problemOfDatabase } from '#adapters/database/database-problem.ts';
import { deliveryPlaces, openDeliveryPlace } from '#adapters/database/delivery-place.ts';
import { deliveryMigrations } from '#adapters/database/delivery-schema.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import {
  openDeliveryStore,
  type ControlManagerDatabase,
} from '#adapters/database/delivery-store-sql.ts';
import { postgresHere } from '../postgres-for-tests.ts';
import { deliveryStoreContract, type Database } from './delivery-store.ts';
import { peopleContract } from './people.ts';

const headOffice = brand<ServerId>('head-office');
const lineOf = (who: string): RecordEntry => {
  return { at: 3, kind: 'site-moved', who, server: null, detail: {} };
};

const postgres = await postgresHere();
if ('missing' in postgres) {
  test('PostgreSQL', { skip: `left out: ${postgres.missing}` });
} else {
  after(() => postgres.remove());
  const opened = async (url: string): Promise<ControlManagerDatabase> => {
    const store = await openDeliveryStore({ url });
    assert.ok(store.ok, JSON.stringify(store));
    return store.value;
  };
  const databaseAt = (url: Promise<string>): Database => ({
    open: async () => opened(await url),
    another: () => databaseAt(postgres.database()),
  });

  deliveryStoreContract('PostgreSQL', async () => databaseAt(postgres.database()));

  peopleContract('control manager in PostgreSQL', async () => {
    const url = await postgres.database();
    const begun = async (): Promise<ControlManagerDatabase> => {
      const database = await opened(url);
      await database.load(1, headOffice);
      return database;
    };
    return {
      async open() {
        const database = await begun();
        return { ...database.people, close: () => database.close() };
      },
      async lines() {
        const database = await begun();
        const found = await database.record(0, 10);
        await database.close();
        return found.filter(({ kind }) => kind !== 'epoch-begun');
      },
    };
  });

  test('PostgreSQL that a newer program wrote is refused, and not touched', async () => {
    const url = await postgres.database();
    await (await opened(url)).close();
    await postgres.query(url, "insert into kysely_migration values ('9999-later', 'then')");
    const answer = await openDeliveryStore({ url });
    assert.ok(!answer.ok);
    const [known] = Object.keys(deliveryMigrations).toSorted().toReversed();
    assert.deepEqual(answer.because, problem('DATA_NEWER', { found: '9999-later', known: known! }));
  });

  test('a database that could lose or change what is written is refused', async () => {
    const url = await postgres.database();
    const refusal = async (): Promise<unknown> => {
      const answer = await openDeliveryStore({ url });
      return !answer.ok && 'detail' in answer.because.with && answer.because.with.detail;
    };
    await postgres.query(url, 'alter role dankai set synchronous_commit = off');
    assert.equal(await refusal(), 'synchronous_commit = off');
    await postgres.query(url, 'alter role dankai reset synchronous_commit');
    const other = url.replace(/test_\d+/, 'latin');
    await postgres.query(url, "create database latin encoding 'LATIN1' template template0");
    const answer = await openDeliveryStore({ url: other });
    assert.ok(!answer.ok && answer.because.code === 'DATABASE_UNFIT');
  });

  test('an address that is none, and one where nobody answers, are said without the password', async () => {
    for (const [url, code] of [
      ['mysql://dankai:secret@localhost/it', 'DATABASE_URL_WRONG'],
      ['postgres://dankai:secret@127.0.0.1:1/it', 'DATABASE_UNREACHABLE'],
    ] as const) {
      const answer = await openDeliveryStore({ url });
      assert.ok(!answer.ok);
      assert.equal(answer.because.code, code);
      assert.doesNotMatch(JSON.stringify(answer), /secret/);
    }
  });

  test('two that write at once make one chain', async () => {
    const url = await postgres.database();
    const stores = await Promise.all([opened(url), opened(url)]);
    const [one] = stores;
    assert.ok(one);
    for (const store of stores) await store.load(0, headOffice);
    await Promise.all(
      stores.flatMap((store, number) =>
        Array.from({ length: 10 }, () => store.save({ record: [lineOf(`writer-${number}`)] })),
      ),
    );
    const lines = await one.record(0, 100);
    assert.equal(lines.length, 22);
    const verifier = new RecordVerifier((await one.genesis())!, {
      digestOf: digestOfBytes,
      site: null,
      heads: [],
    });
    for (const line of lines) verifier.take(foundLine(line));
    assert.deepEqual(verifier.end(await one.recordHead()).problems, []);
    for (const store of stores) await store.close();
  });

  test('a sign that PostgreSQL cannot keep is replaced, and refuses nothing', async () => {
    const store = await opened(await postgres.database());
    const hold = { id: brand<HoldId>('cm-1'), reason: 'year\0end', owner: 'Sato' };
    const times = { from: 1, until: 9, releasedAt: null };
    await store.save({ holds: [{ ...hold, ...times, sites: 'all' }] });
    assert.equal((await store.load(0, headOffice)).holds[0]?.reason, 'year\ufffdend');
    await store.close();
  });

  test('a server that ends is told as one that does not answer, and serves on when it is back', async () => {
    const store = await opened(await postgres.database());
    await store.load(0, headOffice);
    await postgres.kill();
    const error: unknown = await store.save({ deploymentsMade: 7 }).catch((one: unknown) => one);
    assert.ok(error instanceof JournalFailed);
    assert.equal(problemOfDatabase(error, 'it')?.code, 'DATABASE_UNREACHABLE');
    await postgres.start();
    await store.save({ deploymentsMade: 8 });
    assert.equal((await store.load(0, headOffice)).deploymentsMade, 8);
    await store.close();
  });

  describe('one database counts, never two', () => {
    let data = '';
    before(async () => void (data = await mkdtemp(join(tmpdir(), 'dankai-place-'))));
    after(() => rm(data, { recursive: true, force: true }));
    const open = async (url: string | undefined): Promise<string> => {
      const answer = await openDeliveryPlace(deliveryPlaces(data, { DATABASE_URL: url }));
      if (!answer.ok) return answer.because.code;
      await answer.value.load(0, headOffice);
      await answer.value.close();
      return 'opened';
    };

    test('a new database beside a file with what is known; a file left for a database', async () => {
      const url = await postgres.database();
      assert.equal(await open(undefined), 'opened');
      assert.equal(await open(url), 'DATABASE_NOT_MOVED');
      await rm(deliveryPlaces(data, {}).file);
      assert.equal(await open(url), 'opened');
      assert.equal(await open(undefined), 'DATABASE_ELSEWHERE');
      assert.equal(await open(url), 'opened');
    });
  });
}
