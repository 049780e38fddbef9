import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type ComponentName, type Digest, type Lane } from '#domain/names.ts';
import { ok } from '#domain/result.ts';
import type { Deltas, KeptDelta, TreePair } from '#ports/deltas.ts';
import { ServedDeltas } from './deltas.ts';

/** A digest of one letter. */
const of = (letter: string): Digest => brand<Digest>(letter.repeat(64));

function release(component: string, tree: string, lane: Lane = 'program'): Release {
  const one = { platform: 'any', treeDigest: of(tree), archive: { digest: of(tree), bytes: 9 } };
  const manifest = { component: brand<ComponentName>(component), lane, packages: [one] };
  return { digest: of(tree), manifest } as unknown as Release;
}

const releases = [
  release('scan', 'a'),
  release('scan', 'b'),
  release('scan', 'c'),
  release('pattern', 'd', 'content'),
  release('pattern', 'e', 'content'),
];

/** Deltas that are made when the test says so; `made` has what was begun, in its order. */
function world() {
  const made: string[] = [];
  const kept = new Map<string, KeptDelta>();
  const ends: (() => void)[] = [];
  const nameOf = ({ from, to }: TreePair): string => `${from[0]}${to[0]}`;
  const deltas: Deltas = {
    find: async (pair) => kept.get(nameOf(pair)) ?? 'absent',
    async make({ from, to }) {
      const name = nameOf({ from: from.treeDigest, to: to.treeDigest });
      made.push(name);
      await new Promise<void>((end) => ends.push(end));
      const delta = { digest: of('f'), bytes: 1 };
      kept.set(name, delta);
      return ok(delta);
    },
    keepOnly: async (isOfUse) => {
      const pairs = [...kept.keys()].map((name) => ({
        from: of(name[0] ?? ''),
        to: of(name[1] ?? ''),
      }));
      const gone = pairs.filter((pair) => !isOfUse(pair));
      for (const pair of gone) kept.delete(nameOf(pair));
      return gone;
    },
  };
  const served = new ServedDeltas({
    deltas,
    releases: async () => releases,
    log: pino({ enabled: false }),
  });
  /** Ends what is being made, until nothing waits. */
  const finish = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) {
      ends.shift()?.();
      await new Promise((done) => setImmediate(done));
    }
  };
  return { made, kept, served, finish };
}

test('one at a time, and content before the programs that wait', async () => {
  const { made, served, finish } = world();
  for (const [from, to] of ['ab', 'ac', 'bc', 'de']) {
    const answer = await served.answer(`${of(from ?? '')}-${of(to ?? '')}`);
    assert.deepEqual(answer, { state: 'coming' });
  }
  assert.deepEqual(made, ['ab']);
  await finish();
  assert.deepEqual(made, ['ab', 'de', 'ac', 'bc']);
  assert.equal((await served.answer(`${of('a')}-${of('b')}`)).state, 'made');
});

test('a release that comes in is prepared for, from what servers have of it, and once', async () => {
  const { made, served, finish } = world();
  const target = releases[2];
  assert.ok(target !== undefined);
  await served.prepare(target, new Set([of('b'), of('d')]));
  await finish();
  await served.prepare(target, new Set([of('b')]));
  await finish();
  assert.deepEqual(made, ['bc']);
});

test('those of versions that are past are removed, and said', async () => {
  const { kept, served, finish } = world();
  for (const [from, to] of ['ac', 'bc', 'de']) {
    await served.answer(`${of(from ?? '')}-${of(to ?? '')}`);
  }
  await finish();
  await served.prune({ wanted: new Set(), installed: new Set([of('b'), of('e')]) });
  assert.deepEqual([...kept.keys()], ['bc']);
});
