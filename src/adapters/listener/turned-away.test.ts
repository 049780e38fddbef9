import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { refusalLimits } from '#domain/trust/refusals.ts';
import { openTurnedAway } from './turned-away.ts';

function opened() {
  const clock = { now: 1_000 };
  const acts: (() => void)[] = [];
  const lines: RecordEntry[] = [];
  const logged: { readonly remote: string; readonly unlogged: number }[] = [];
  const stream = { write: (text: string) => void logged.push(JSON.parse(text)) };
  const turnedAway = openTurnedAway({
    clock: {
      now: () => clock.now,
      monotonic: () => clock.now,
      after: (_, act) => {
        acts.push(act);
        return () => undefined;
      },
    },
    log: pino({}, stream),
    append: async (line) => void lines.push(line),
  });
  return { clock, lines, logged, turnedAway, look: () => acts.splice(0).forEach((act) => act()) };
}

const server = brand<ServerId>('a1');
const identity = { role: 'normal-server', site: 'tokyo', organisation: 'acme', server } as const;
const because = problem('CERTIFICATE_REVOKED', { server });

test('who is turned away stands in the record with what he proved, once an hour with a count', () => {
  const { clock, lines, logged, turnedAway, look } = opened();
  for (let times = 0; times < 3; times++) {
    turnedAway.say({ remote: '10.1.2.3', identity, because });
  }
  assert.equal(lines.length, 1);
  assert.equal(logged.length, 3, 'the log has each');
  clock.now += refusalLimits.quietMs;
  look();
  assert.deepEqual(
    lines.map(({ who, server: of, kind, detail }) => [who, of, kind, detail['count']]),
    [
      ['spiffe://tokyo.acme.dankai/normal-server/a1', 'a1', 'peer-refused', 1],
      ['spiffe://tokyo.acme.dankai/normal-server/a1', 'a1', 'peer-refused', 2],
    ],
  );
});

test('a flood fills neither the record nor the log; what was not told is told at the end', async () => {
  const { lines, logged, turnedAway } = opened();
  for (let number = 0; number < 10_000; number++) {
    turnedAway.say({ remote: `address-${number}`, identity: null, because });
  }
  assert.equal(lines.length, refusalLimits.namesMax + 1);
  assert.ok(logged.length <= 100, `${logged.length} lines`);
  await turnedAway.close();
  const told = lines.reduce((sum, { detail }) => sum + Number(detail['count']), 0);
  assert.equal(told, 10_000);
});
