/** The ports of a control manager over a real PostgreSQL: the suites that SQLite passes too. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brand, type HoldId, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { RecordVerifier } from '#domain/record/verify.ts';
import type { DatabaseKind } from '#ports/databases.ts';
import type { DeliveryRecord } from '#ports/delivery-store.ts';
import { JournalFailed } from '#ports/journal.ts';
import { foundLine } from '#protocol/record/export.ts';
import { problemOfDatabase } from '#adapters/database/database-problem.ts';
import { moveDelivery } from '#adapters/database/delivery-move.ts';
import {
  deliveryPlaces,
  openDeliveryPlace,
  type DeliveryPlaces,
} from '#adapters/database/delivery-place.ts';
import { deliveryMigrations } from '#adapters/database/delivery-schema.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import {
  openDeliveryStore,
  type ControlManagerDatabase,
} from '#adapters/database/delivery-database.ts';
import { postgresHere } from '../postgres-for-tests.ts';
import { deliveryStoreContract, wholeOfDelivery, type Database } from './delivery-store.ts';
import { everyPerson, peopleContract } from './people.ts';

const headOffice = brand<ServerId>('head-office');
const lineOf = (who: string): RecordEntry => {
  return { at: 3, kind: 'site-moved', who, server: null, detail: {} };
};

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** More than a page of whatever is copied in pages. */
const linesWritten = 1_100;

const line = (number: number): RecordEntry => {
  const detail = { number, note: '日本語\0' };
  return { at: number, kind: 'site-moved', who: 'Sato', server: headOffice, detail };
};

async function openedAt(places: DeliveryPlaces): Promise<ControlManagerDatabase> {
  const answer = await openDeliveryPlace(places);
  assert.ok(answer.ok, JSON.stringify(answer));
  return answer.value;
}

/** All that one life of a control manager reads, its epoch apart. */
async function known(places: DeliveryPlaces): Promise<unknown> {
  const store = await openedAt(places);
  const { epoch: _epoch, ...record }: DeliveryRecord = await store.load(0, headOffice);
  const people = await store.people.rows.people();
  const tokens = await store.people.rows.tokens();
  const lines = await store.record(1, 10_000);
  await store.close();
  const decided = lines.filter(({ kind }) => kind !== 'epoch-begun');
  return { record, people, tokens, decided: decided.map(({ who, detail }) => ({ who, detail })) };
}

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
    const scope = { sites: 'all' as const, lanes: ['content' as const], components: [] };
    await store.save({ holds: [{ ...hold, ...times, ...scope }] });
    assert.equal((await store.load(0, headOffice)).holds[0]?.reason, 'year\ufffdend');
    await store.close();
  });

  test('a server that ends is told as one that does not answer, and serves on when it is back', async () => {
    const url = await postgres.database();
    const store = await opened(url);
    await store.load(0, headOffice);
    await postgres.kill();
    const error: unknown = await store.save({ deploymentsMade: 7 }).catch((one: unknown) => one);
    assert.ok(error instanceof JournalFailed);
    assert.equal(problemOfDatabase(error, 'it')?.code, 'DATABASE_UNREACHABLE');
    await store.close();
    await postgres.start();
    // Nothing of what it decided is written any more: it begins anew.
    const again = await opened(url);
    assert.equal((await again.load(0, headOffice)).deploymentsMade, 0);
    await again.save({ deploymentsMade: 8 });
    await again.close();
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

  describe('a database that is moved', () => {
    let root = '';
    let url = '';
    let here: DeliveryPlaces;
    let there: DeliveryPlaces;

    beforeEach(async () => {
      root = await mkdtemp(join(tmpdir(), 'dankai-move-'));
      url = await postgres.database();
      const data = join(root, 'tracks', 'program', 'current', 'data');
      await mkdir(data, { recursive: true });
      await writeFile(join(root, 'launcher.json'), '{}');
      here = deliveryPlaces(data, {});
      there = deliveryPlaces(data, { DATABASE_URL: url });
      const store = await openedAt(here);
      await store.load(0, headOffice);
      const record = Array.from({ length: linesWritten }, (_, number) => line(number));
      await store.save({ ...wholeOfDelivery, record });
      await store.people.change(everyPerson);
      await store.close();
    });
    afterEach(() => rm(root, { recursive: true, force: true }));

    const move = (from: DatabaseKind, to: DatabaseKind) =>
      moveDelivery(there, { from, to, now: 5 });
    const codeOf = async (answer: Promise<{ ok: boolean; because?: { code: string } }>) =>
      (await answer).because?.code ?? 'done';

    test('is the same there, and the same again when it comes back', async () => {
      const before = await known(here);
      const moved = await move('sqlite', 'postgres');
      assert.ok(moved.ok);
      // Each life of a control manager begins with a line: one above, one in `known`.
      assert.equal(moved.value.head.number, linesWritten + 2);
      assert.deepEqual([moved.value.rows['record'], moved.value.rows['hold']], [1_102, 2]);
      assert.deepEqual(await known(there), before);
      assert.equal(await codeOf(openDeliveryPlace(here)), 'DATABASE_ELSEWHERE');
      assert.equal(await codeOf(move('postgres', 'sqlite')), 'DATABASE_NOT_EMPTY');
      await rename(here.file, `${here.file}.before`);
      assert.equal(await codeOf(move('postgres', 'sqlite')), 'done');
      assert.deepEqual(await known(here), before);
      assert.equal(await codeOf(openDeliveryPlace(there)), 'DATABASE_LEFT');
    });

    test('stands whole or not at all, and a move that was cut short is finished by the next', async () => {
      const tables = await openDeliveryStore({ url });
      assert.ok(tables.ok);
      await tables.value.close();
      await postgres.query(
        url,
        "create function no() returns trigger language plpgsql as $$ begin raise 'no'; end $$",
      );
      await postgres.query(url, 'create trigger no before insert on record execute function no()');
      await assert.rejects(move('sqlite', 'postgres'), /no/);
      assert.deepEqual(await postgres.query(url, 'select * from site'), []);
      await postgres.query(url, 'drop trigger no on record');
      const first = await move('sqlite', 'postgres');
      assert.ok(first.ok);
      // As if it had been killed before it marked the file.
      await rm(there.marker);
      assert.deepEqual(await move('sqlite', 'postgres'), first);
      assert.equal(await codeOf(openDeliveryPlace(here)), 'DATABASE_ELSEWHERE');
    });

    test('goes nowhere where something else stands, while others have it open, or without its record whole', async () => {
      assert.equal(await codeOf(move('postgres', 'sqlite')), 'DATABASE_EMPTY');
      await move('sqlite', 'postgres');
      const replica = await openedAt(there);
      assert.equal(await codeOf(move('postgres', 'sqlite')), 'DATABASE_IN_USE');
      await replica.save({ deploymentsMade: 99 });
      await replica.close();
      assert.equal(await codeOf(move('sqlite', 'postgres')), 'DATABASE_NOT_EMPTY');
      await postgres.query(url, "update record set who = 'nobody' where number = 700");
      await rename(here.file, `${here.file}.before`);
      assert.equal(await codeOf(move('postgres', 'sqlite')), 'RECORD_LINES_CHANGED');
    });

    test('by a command, of an installation that stands still', async () => {
      const migrate = (...options: string[]) => {
        const words = ['control-manager', 'migrate', '--root', root, ...options];
        const env = { ...process.env, DATABASE_URL: url, LANG: 'en_US.UTF-8' };
        return new Promise<{ code: number; out: string }>((done) =>
          execFile(process.execPath, [program, ...words], { env }, (error, out, err) =>
            done({ code: Number(error?.code ?? 0), out: `${out}${err}` }),
          ),
        );
      };
      const wrong = await migrate('--from', 'sqlite', '--to', 'sqlite');
      assert.deepEqual([wrong.code, /OPTION_WRONG/.test(wrong.out)], [2, true]);
      const moved = await migrate('--from', 'sqlite', '--to', 'postgres');
      assert.equal(moved.code, 0, moved.out);
      assert.match(moved.out, /record +1101[^]+one chain up to line 1101/);
    });
  });
}
