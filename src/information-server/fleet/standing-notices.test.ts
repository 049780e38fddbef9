/** Where a notice goes at an information server: the record, and the servers that understand it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { ok, refuse } from '#domain/result.ts';
import type { Notice } from '#domain/trust/notices.ts';
import type { Rows } from '#ports/journal.ts';
import type { Notices, NoticeTaken } from '#ports/notices.ts';
import type { Change, Loop } from '../loop.ts';
import type { Sessions } from './sessions.ts';
import type { Site } from '../site.ts';
import { StandingNotices } from './standing-notices.ts';

const notice: Notice = { kind: 'refused-authorities', number: 7, at: 1, authorities: ['4a'] };
const texts = { 'refused-authorities': 'signed' };
const [old, young] = [brand<ServerId>('old'), brand<ServerId>('young')];

function opened() {
  const acts: ((taken: NoticeTaken) => void)[] = [];
  const lines: RecordEntry[] = [];
  const sent: [ServerId, object][] = [];
  let stands = {};
  const notices: Notices = {
    texts: () => stands,
    async take(given, from) {
      if (given['refused-authorities'] !== 'signed') {
        return refuse(problem('NOTICE_UNREADABLE', { kind: notice.kind, detail: 'test' }));
      }
      stands = given;
      for (const act of acts) act({ notice, from });
      return ok([notice]);
    },
    onTaken(act) {
      acts.push(act);
      return () => undefined;
    },
  };
  const site = { notices, clock: { now: () => 5 }, log: pino({ enabled: false }), isEnded: false };
  const rows = { log: { appendRecord: async (line: RecordEntry) => void lines.push(line) } };
  const loop = { post: (change: Change) => void change(rows as unknown as Rows) };
  const sessions = {
    connected: () => [old, young],
    session: (server: ServerId) => ({ hello: server === young ? { hearsNotices: true } : {} }),
    send: (server: ServerId, message: object) => void sent.push([server, message]),
  };
  const standing = new StandingNotices(
    site as unknown as Site,
    loop as unknown as Loop,
    sessions as unknown as Sessions,
  );
  return { standing, lines, sent };
}

test('what is taken is recorded with who brought it, and told to every server that understands it', async () => {
  const { standing, lines, sent } = opened();
  standing.tell(young);
  assert.deepEqual(sent, [], 'nothing stands yet');
  await standing.heard(texts);
  const detail = { number: 7, authorities: ['4a'] };
  const from = { at: 5, kind: 'authorities-refused', server: null, detail };
  assert.deepEqual(lines, [{ ...from, who: 'control-manager' }]);
  assert.deepEqual(sent, [[young, { type: 'notices', texts }]]);
  // Whoever comes later is told as well; versions before would end the session at it.
  standing.tell(old);
  standing.tell(young);
  assert.equal(sent.length, 2);
  assert.ok((await standing.import(texts, 'mori')).ok);
  assert.equal(lines[1]?.who, 'mori');
});

test('what the root has not signed goes nowhere', async () => {
  const { standing, lines, sent } = opened();
  const refused = await standing.import({ 'refused-authorities': 'forged' }, 'mori');
  assert.equal(refused.ok ? null : refused.because.code, 'NOTICE_UNREADABLE');
  await standing.heard({ 'refused-authorities': 'forged' });
  assert.deepEqual([lines, sent], [[], []]);
});
