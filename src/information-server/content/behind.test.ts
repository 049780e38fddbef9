import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { brand, type Lane, type ServerId } from '#domain/names.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import type { Rows } from '#ports/journal.ts';
import { Behind } from './behind.ts';
import type { Change } from '../loop.ts';
import type { Site } from '../site.ts';

test('a server that knows newer metadata than its site is said once, until somebody imports it', async () => {
  const here = { program: 7, content: 0 };
  const said: unknown[] = [];
  const log = { appendRecord: async ({ kind, detail }: RecordEntry) => said.push([kind, detail]) };
  const site = {
    log: pino({ enabled: false }),
    clock: { now: () => 1 },
    trusted: {
      file: async (lane: Lane, name: string) =>
        name === 'timestamp.json' && here[lane] > 0
          ? Buffer.from(JSON.stringify({ signed: { version: here[lane] } }))
          : null,
    },
  } as unknown as Site;
  const submit = async (change: Change) => void (await change({ log } as unknown as Rows));
  const behind = new Behind(site, { submit });
  const hear = (name: string, program: number, content = 0) =>
    behind.hear({ server: brand<ServerId>(name), trusted: { program, content } });
  const codes = async () => (await behind.problems()).map(({ with: values }) => values);

  await behind.hear({ server: brand<ServerId>('old') });
  await hear('files-01', 7);
  assert.deepEqual(said, []);
  await hear('files-02', 9);
  await hear('files-03', 9);
  await hear('files-04', 8);
  assert.deepEqual(said, [['metadata-behind', { lane: 'program', known: 9, here: 7 }]]);
  assert.deepEqual(await codes(), [{ server: 'files-02', lane: 'program', known: 9, here: 7 }]);
  here.program = 9;
  assert.deepEqual(await codes(), []);
  await hear('files-05', 9, 3);
  assert.deepEqual(said.slice(1), [['metadata-behind', { lane: 'content', known: 3, here: 0 }]]);
});
