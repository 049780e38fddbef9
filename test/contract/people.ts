/** What every store of people promises, whatever keeps its rows. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  brand,
  type CredentialId,
  type Digest,
  type PersonName,
  type RequestId,
} from '#domain/names.ts';
import type { Request } from '#domain/people/approval.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import type { PeopleRows, PeopleStore, StoredPerson, StoredToken } from '#ports/people.ts';

export type PeopleHome = {
  open(): Promise<PeopleStore & { close(): Promise<void> }>;
  /** Lines of the record that stand. */
  lines(): Promise<readonly { readonly kind: string }[]>;
};

export const person = (name: string, change: Partial<StoredPerson> = {}): StoredPerson => ({
  name: brand<PersonName>(name),
  role: 'operator',
  scope: ['tokyo'],
  password: null,
  at: 1,
  ...change,
});

const token = (id: string, owner: string, change: Partial<StoredToken> = {}): StoredToken => ({
  id: brand<CredentialId>(id),
  person: brand<PersonName>(owner),
  name: 'nightly',
  isOfLogin: false,
  role: 'viewer',
  scope: 'whole',
  at: 1,
  until: 100,
  usedAt: null,
  digest: brand<Digest>('a'.repeat(64)),
  ...change,
});

const session = (id: string, owner: string) => ({
  id: brand<CredentialId>(id),
  person: brand<PersonName>(owner),
  at: 1,
  usedAt: 1,
  digest: brand<Digest>('b'.repeat(64)),
});

const request = (id: string, change: Partial<Request> = {}): Request => ({
  id: brand<RequestId>(id),
  call: 'hold.release',
  params: { hold: 'hold-1' },
  target: 'whole',
  by: brand<PersonName>('sato'),
  at: 1,
  until: 100,
  approvedBy: [],
  state: 'waiting',
  ...change,
});

const line: RecordEntry = { at: 1, kind: 'person-added', who: 'mori', server: null, detail: {} };

async function all(rows: PeopleRows): Promise<unknown> {
  const [sato, abe] = ['sato', 'abe'].map((name) => brand<PersonName>(name));
  return {
    people: await rows.people(),
    tokens: await rows.tokens(),
    sessions: sato && abe && [await rows.sessionsOf(sato), await rows.sessionsOf(abe)],
    requests: await rows.requestsWaiting(0),
  };
}

export async function everyPerson(rows: PeopleRows): Promise<void> {
  await rows.putPerson(person('sato'));
  await rows.putPerson(person('abe', { scope: 'whole', password: '$argon2id$…' }));
  await rows.putToken(token('t2', 'sato'));
  await rows.putToken(token('t1', 'abe'));
  await rows.putSession(session('s2', 'sato'));
  await rows.putSession(session('s1', 'sato'));
  await rows.putSession(session('s3', 'abe'));
  await rows.putRequest(request('r1'));
}

export function peopleContract(name: string, make: () => Promise<PeopleHome>): void {
  const promises = (
    title: string,
    act: (store: PeopleStore, home: PeopleHome) => Promise<void>,
  ): void => {
    test(title, async () => {
      const home = await make();
      const store = await home.open();
      await act(store, home);
      await store.close();
    });
  };
  describe(`people: ${name}`, () => {
    promises(
      'what was put is answered, in order, and stands after a restart',
      async (store, home) => {
        await store.change(everyPerson);
        const { rows } = store;
        assert.deepEqual(
          (await rows.people()).map((one) => one.name),
          ['abe', 'sato'],
        );
        assert.deepEqual(
          await rows.person(brand('abe')),
          person('abe', { scope: 'whole', password: '$argon2id$…' }),
        );
        assert.equal(await rows.person(brand('nobody')), null);
        assert.deepEqual(
          (await rows.tokens()).map((one) => one.id),
          ['t1', 't2'],
        );
        assert.deepEqual(await rows.token(brand('t2')), token('t2', 'sato'));
        assert.deepEqual(
          (await rows.sessionsOf(brand('sato'))).map((one) => one.id),
          ['s1', 's2'],
        );
        assert.deepEqual(await rows.session(brand('s3')), session('s3', 'abe'));
        const before = await all(rows);
        const again = await home.open();
        assert.deepEqual(await all(again.rows), before);
        await again.close();
      },
    );

    promises('what is put again replaces what stood', async (store) => {
      await store.change(everyPerson);
      await store.change(async (rows) => {
        await rows.putPerson(person('sato', { role: 'approver' }));
        await rows.putToken(token('t2', 'sato', { usedAt: 50 }));
        await rows.putSession({ ...session('s1', 'sato'), usedAt: 50 });
        await rows.putRequest(request('r1', { approvedBy: [brand<PersonName>('abe')] }));
      });
      const { rows } = store;
      assert.equal((await rows.person(brand('sato')))?.role, 'approver');
      assert.equal((await rows.token(brand('t2')))?.usedAt, 50);
      assert.equal((await rows.session(brand('s1')))?.usedAt, 50);
      assert.deepEqual((await rows.request(brand('r1')))?.approvedBy, ['abe']);
    });

    promises("with a person go his tokens and sessions, and nobody else's", async (store) => {
      await store.change(everyPerson);
      await store.change((rows) => rows.removePerson(brand('sato')));
      const { rows } = store;
      assert.equal(await rows.person(brand('sato')), null);
      assert.deepEqual(
        (await rows.tokens()).map((one) => one.id),
        ['t1'],
      );
      assert.deepEqual(await rows.sessionsOf(brand('sato')), []);
      assert.equal((await rows.sessionsOf(brand('abe'))).length, 1);
      assert.equal((await rows.request(brand('r1')))?.by, 'sato');
    });

    promises('a token and a session are removed by their ids', async (store) => {
      await store.change(everyPerson);
      await store.change(async (rows) => {
        await rows.removeToken(brand('t1'));
        await rows.removeSession(brand('s1'));
        await rows.removeToken(brand('no-such'));
      });
      assert.equal(await store.rows.token(brand('t1')), null);
      assert.equal(await store.rows.session(brand('s1')), null);
      assert.notEqual(await store.rows.token(brand('t2')), null);
    });

    promises('requests wait until their end, or until they are done', async (store) => {
      await store.change(async (rows) => {
        await rows.putRequest(request('r3'));
        await rows.putRequest(request('r2', { until: 50 }));
        await rows.putRequest(request('r1', { state: 'done' }));
      });
      const waiting = async (now: number) =>
        (await store.rows.requestsWaiting(now)).map((one) => one.id);
      assert.deepEqual(await waiting(49), ['r2', 'r3']);
      assert.deepEqual(await waiting(50), ['r3']);
      assert.deepEqual(await waiting(100), []);
      assert.equal((await store.rows.request(brand('r1')))?.state, 'done');
    });

    promises('a change and its line stand together, or neither does', async (store, home) => {
      await store.change(everyPerson);
      const before = await all(store.rows);
      const broken = store.change(async (rows, append) => {
        await rows.removePerson(brand('sato'));
        await rows.putRequest(request('r9'));
        await append(line);
        throw new Error('in the middle');
      });
      await assert.rejects(broken, /in the middle/);
      assert.deepEqual(await all(store.rows), before);
      assert.deepEqual(await home.lines(), []);
      await store.change(async (rows, append) => {
        await rows.removePerson(brand('sato'));
        await append(line);
      });
      assert.deepEqual(
        (await home.lines()).map((one) => one.kind),
        ['person-added'],
      );
    });
  });
}
