/** What every journal promises of rings: what is on its way, what servers made of it, withdrawn content. */

import assert from 'node:assert/strict';
import { brand, type ComponentName, type RingName, type ServerId } from '#domain/names.ts';
import type { RingOutcome } from '#domain/ring/outcome.ts';
import { ringNamed } from '#domain/ring/ring.testing.ts';
import { newRollout } from '#domain/ring/rollout.ts';
import type { SiteRollout, WithdrawnContent } from '#domain/ring/site-ring.ts';
import { contentOf, digestOf } from './journal-rows.testing.ts';
import type { Promises } from './journal-upgrades.ts';

export function rolloutOf(component: string, number: number): SiteRollout {
  return {
    component: brand<ComponentName>(component),
    content: contentOf(component, number),
    before: number === 0 ? null : contentOf(component, number - 1),
    rings: newRollout([ringNamed('first'), ringNamed('rest')]),
    isWatched: false,
    beganAt: number,
  };
}

export function outcomeOf(server: string, change: Partial<RingOutcome> = {}): RingOutcome {
  return {
    component: brand<ComponentName>('pattern'),
    server: brand<ServerId>(server),
    ring: brand<RingName>('first'),
    state: 'given',
    cause: null,
    detail: null,
    at: 1,
    silentSince: null,
    ...change,
  };
}

export function withdrawnContent(component: string, at: number): WithdrawnContent {
  const of = { component: brand<ComponentName>(component), version: String(at) };
  return { ...of, file: digestOf(at), reason: 'slow', who: 'mori', at };
}

export function ringPromises(promises: Promises): void {
  const pattern = brand<ComponentName>('pattern');

  promises('of each component one rollout is told, by name', async (journal) => {
    await journal.transaction(async ({ rings }) => {
      for (const name of ['pattern', 'engine']) await rings.putRollout(rolloutOf(name, 1));
      await rings.putRollout(rolloutOf('pattern', 2));
    });
    const { rings } = journal.rows;
    assert.deepEqual(await rings.rollouts(), [rolloutOf('engine', 1), rolloutOf('pattern', 2)]);
    assert.deepEqual(await rings.rollout(pattern), rolloutOf('pattern', 2));
    assert.equal(await rings.rollout(brand<ComponentName>('other')), null);
  });

  promises('outcomes are told by server and by component, until forgotten', async (journal) => {
    const engine = brand<ComponentName>('engine');
    const failed = { state: 'failed', cause: 'health', detail: 'no answer' } as const;
    await journal.transaction(async ({ rings }) => {
      for (const name of ['b', 'a']) await rings.putOutcome(outcomeOf(name));
      await rings.putOutcome(outcomeOf('a', { component: engine }));
      await rings.putOutcome(outcomeOf('b', failed));
    });
    const { rings } = journal.rows;
    const b = brand<ServerId>('b');
    assert.deepEqual(await rings.outcomes(pattern), [outcomeOf('a'), outcomeOf('b', failed)]);
    assert.deepEqual(await rings.outcome(pattern, b), outcomeOf('b', failed));
    assert.deepEqual(
      (await rings.outcomesOf(brand<ServerId>('a'))).map(({ component }) => component),
      [engine, pattern],
    );
    await journal.transaction(({ rings: rows }) => rows.forgetOutcomesOf(b));
    assert.deepEqual(await rings.outcomes(pattern), [outcomeOf('a')]);
    await journal.transaction(({ rings: rows }) => rows.forgetOutcomes(pattern));
    assert.deepEqual(await rings.outcomes(pattern), []);
    assert.equal((await rings.outcomes(engine)).length, 1);
  });

  promises('outcomes that count alike are counted together', async (journal) => {
    const rest = brand<RingName>('rest');
    await journal.transaction(async ({ rings }) => {
      await rings.putOutcome(outcomeOf('a', { state: 'healthy' }));
      await rings.putOutcome(outcomeOf('b', { state: 'healthy' }));
      await rings.putOutcome(outcomeOf('c', { state: 'healthy', silentSince: 10 }));
      await rings.putOutcome(outcomeOf('d', { state: 'healthy', silentSince: 11 }));
      await rings.putOutcome(outcomeOf('e', { state: 'failed', cause: 'timeout' }));
      await rings.putOutcome(outcomeOf('f', { ring: rest }));
      const engine = brand<ComponentName>('engine');
      await rings.putOutcome(outcomeOf('a', { component: engine }));
    });
    const tally = await journal.rows.rings.tally(pattern, 10);
    assert.deepEqual(
      tally.map(({ ring, state, cause, silence, count }) =>
        [ring, state, cause ?? '-', silence, count].join(' '),
      ),
      [
        'first failed timeout none 1',
        'first healthy - long 1',
        'first healthy - none 2',
        'first healthy - short 1',
        'rest given - none 1',
      ],
    );
  });

  promises('withdrawn content is told, the latest first', async (journal) => {
    await journal.transaction(async ({ rings }) => {
      await rings.putWithdrawn(withdrawnContent('pattern', 1));
      await rings.putWithdrawn(withdrawnContent('engine', 3));
      await rings.putWithdrawn({ ...withdrawnContent('pattern', 1), reason: 'it burns' });
    });
    assert.deepEqual(await journal.rows.rings.withdrawn(), [
      withdrawnContent('engine', 3),
      { ...withdrawnContent('pattern', 1), reason: 'it burns' },
    ]);
  });
}
