/** A server's doctor and log, asked for by a person: passed on, answered there, and never waited for long. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { brand, type ServerId } from '#domain/names.ts';
import { Sessions } from '#information-server/fleet/sessions.ts';
import { limits } from '#information-server/limits.ts';
import type { Parts } from '#information-server/parts.ts';
import { examineServer, readServerLog } from '#information-server/routes/care.ts';
import type { Site } from '#information-server/site.ts';

const a1 = brand<ServerId>('a1');

type Told = { readonly type: string; readonly nonce: string };

function opened() {
  const clock = { now: 0 };
  const timers = new Set<() => void>();
  const site = {
    log: pino({ enabled: false }),
    epoch: 1,
    digestOf: (text: string) => text.padEnd(64, 'x'),
    journal: { rows: { fleet: { server: async (name: string) => (name === 'a1' ? {} : null) } } },
    clock: {
      now: () => clock.now,
      monotonic: () => clock.now++,
      after(_milliseconds: number, act: () => void) {
        timers.add(act);
        return () => timers.delete(act);
      },
    },
  } as unknown as Site;
  const nothing = () => undefined;
  const sessions = new Sessions(site, {
    hello: nothing,
    said: () => assert.fail('an answer to a question is nobody else’s'),
    gone: nothing,
    cloned: nothing,
    hasRoom: () => true,
    against: () => null,
    turnedAway: nothing,
  });
  const parts = { site, sessions } as unknown as Parts;
  const told: Told[] = [];
  let hear: (input: unknown) => void = nothing;
  let close: () => void = nothing;
  const connect = (more: object) => {
    sessions.accept({
      remote: 'test',
      peer: null,
      send: (message) => told.push(message as Told),
      onMessage: (act) => (hear = act),
      onClose: (act) => (close = act),
      close: nothing,
    });
    hear({
      type: 'hello',
      protocol: 1,
      server: 'a1',
      installId: 'install-a1',
      machineId: 'a1',
      platform: 'linux-x64',
      os: 'test',
      domain: 'web',
      memoryBytes: 1,
      diskBytesFree: 1,
      running: { digest: 'a'.repeat(64), version: '5.70', proof: [], pid: 1, startedAt: 1 },
      programs: [],
      contents: [],
      rebootRecommended: null,
      fence: { epoch: 0, number: 0 },
      ...more,
    });
  };
  const asked = async (): Promise<Told> => {
    await new Promise(setImmediate);
    const last = told.at(-1);
    assert.ok(last !== undefined);
    return last;
  };
  const timeOver = (): void => {
    for (const act of timers) act();
  };
  return {
    parts,
    connect,
    asked,
    told,
    timeOver,
    say: (said: unknown) => hear(said),
    leave: () => close(),
  };
}

const code = (answer: Awaited<ReturnType<typeof examineServer>>) =>
  answer.ok ? 'ok' : answer.because.code;

test('a question is passed on, and what the server says to it is the answer', async () => {
  const { parts, connect, asked, say } = opened();
  connect({ answersCare: true });
  const examined = examineServer(parts, { server: a1 });
  const { type, nonce } = await asked();
  assert.equal(type, 'doctor-request');
  const check = { check: 'disk', of: '/opt', state: 'good', found: 5, because: null };
  // Of another question, and of another kind: neither is an answer to this one.
  say({ type: 'doctor', nonce: 'other', checks: [], because: null });
  say({ type: 'log', nonce, text: '', isCut: false, because: null });
  say({ type: 'doctor', nonce, checks: [check], because: null });
  assert.deepEqual(await examined, { ok: true, value: { server: a1, checks: [check] } });

  const read = readServerLog(parts, { server: a1, log: 'launcher', lines: 7 });
  const log = await asked();
  assert.deepEqual(
    { ...log, nonce: '' },
    { type: 'log-request', nonce: '', log: 'launcher', lines: 7 },
  );
  say({ type: 'log', nonce: log.nonce, text: 'one', isCut: true, because: null });
  assert.deepEqual(await read, { ok: true, value: { server: a1, text: 'one', isCut: true } });
});

test('who is not here, unknown, too old to be asked or silent is said to be so', async () => {
  const { parts, connect, asked, told, timeOver, leave } = opened();
  assert.equal(code(await examineServer(parts, { server: a1 })), 'SERVER_ABSENT');
  const stranger = brand<ServerId>('x9');
  assert.equal(code(await examineServer(parts, { server: stranger })), 'SERVER_UNKNOWN');
  connect({});
  const before = told.length;
  const old = await examineServer(parts, { server: a1 });
  assert.deepEqual(old.ok ? null : old.because, {
    code: 'QUESTION_UNKNOWN',
    with: { server: 'a1', version: '5.70' },
  });
  assert.equal(told.length, before, 'nothing that would end its session was sent');
  connect({ answersCare: true });
  const silent = examineServer(parts, { server: a1 });
  await asked();
  timeOver();
  assert.equal(code(await silent), 'SERVER_SILENT');
  const gone = examineServer(parts, { server: a1 });
  await asked();
  leave();
  assert.equal(code(await gone), 'SERVER_SILENT');
});

test('only so many such questions are under way at a time', async () => {
  const { parts, connect, timeOver } = opened();
  connect({ answersCare: true });
  const ask = () => examineServer(parts, { server: a1 });
  const open = Array.from({ length: limits.careAtOnceMax }, ask);
  await new Promise(setImmediate);
  assert.equal(code(await ask()), 'QUESTIONS_TOO_MANY');
  timeOver();
  await Promise.all(open);
});
