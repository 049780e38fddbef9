/**
 * That the mutants are what their rules say, that their runner tells the dead from the living, and
 * a sample small enough for every run: leases, holds, gates, drift and restore have no survivor.
 * All of them are `npm run mutants`.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Domain } from '../scripts/mutants/files.ts';
import type { Mutant } from '../scripts/mutants/mutant.ts';
import { mutantsOf } from '../scripts/mutants/rules.ts';
import { runMutants, type Outcome } from '../scripts/mutants/run.ts';
import { survivors } from '../scripts/mutants/survivors.ts';
import { unknownOf, verdictOf } from '../scripts/mutants/verdict.ts';

const domain = new Domain();
const mutantsIn = (file: string): readonly Mutant[] => mutantsOf(file, domain.text(file));

/** Where a survivor would let through what must never happen. */
const withoutSurvivors =
  /^src\/domain\/(hold\/|gate\/|upgrade\/(lease|step-|moves)|catalogue\/(drift|restore))/;
const sampled = [
  'src/domain/upgrade/lease.ts',
  'src/domain/hold/hold.ts',
  'src/domain/gate/gate.ts',
  'src/domain/catalogue/drift.ts',
  'src/domain/catalogue/restore.ts',
];

function check(text: string, expected: readonly string[]): void {
  test(`mutants of: ${text}`, () => {
    const made = mutantsOf('a.ts', text).map(({ rule, after }) => `${rule}: ${after}`);
    assert.deepEqual(made.toSorted(), expected.toSorted());
  });
}

check('const a = b ? 1 : 2;', ['guard: const a = !(b) ? 1 : 2;']);
check('const a = !b;', ['guard: const a = b;']);
check('const a = b && !c;', [
  'guard: const a = !(b) && !c;',
  'guard: const a = b && c;',
  'operand: const a = true && !c;',
  'operand: const a = b && true;',
]);
check('const a = b || c || d;', [
  'guard: const a = !(b) || c || d;',
  'guard: const a = b || !(c) || d;',
  'guard: const a = b || c || !(d);',
  'operand: const a = false || c || d;',
  'operand: const a = b || false || d;',
  'operand: const a = b || c || false;',
]);
check('const a = b ?? c;', []);
check('while (a()) b();', ['guard: while (!(a())) b();']);
check('const a = b.filter((c) => d(c));', ['guard: const a = b.filter((c) => !(d(c)));']);
check('const a = b.map((c) => d(c));', []);
check('const a = b === c;', ['comparison: const a = b !== c;']);
check('if (a !== b) c();', ['comparison: if (a === b) c();']);
check('const a = b < c;', ['comparison: const a = b <= c;', 'comparison: const a = b < c - 1;']);
check('const a = b <= c;', ['comparison: const a = b < c;', 'comparison: const a = b <= c + 1;']);
check('const a = b > c;', ['comparison: const a = b >= c;', 'comparison: const a = b > c + 1;']);
check('const a = b >= c * 2;', [
  'comparison: const a = b > c * 2;',
  'comparison: const a = b >= (c * 2) - 1;',
]);
check('const f = () => { if (a) return 1; b(); };', [
  'guard: const f = () => { if (!(a)) return 1; b(); };',
  'early-return: const f = () => { if (false) return 1; b(); };',
]);
check('const f = () => { if (a) return 1; else b(); };', [
  'guard: const f = () => { if (!(a)) return 1; else b(); };',
]);
check("export const aSuccessors = { a: ['b'], b: [] } as const satisfies Table<'a'>;", [
  "edge: export const aSuccessors = { a: [], b: [] } as const satisfies Table<'a'>;",
  "edge: export const aSuccessors = { a: ['b'], b: ['a'] } as const satisfies Table<'a'>;",
]);
check('type A = B extends C ? 1 : 2; // a < b', []);

test('a file is seen by the tests that import it, themselves or by others, types apart', () => {
  const tests = domain.testsOf('src/domain/upgrade/lease.ts');
  assert.ok(tests.includes('src/domain/upgrade/lease.test.ts'));
  assert.ok(tests.includes('src/domain/upgrade/edges.test.ts'));
  assert.ok(!tests.includes('src/domain/hold/hold.test.ts'));
});

/** Made by hand: what each of them does is known. */
const hold = 'src/domain/hold/hold.ts';
const planted = (after: string, text: string): Mutant => {
  const rest = { line: 1, rule: 'guard', inside: 'covers', before: '' } as const;
  return { file: hold, after, text, ...rest };
};

test('the runner tells what is noticed from what is not, and from what never ends', async () => {
  const text = domain.text(hold);
  const into = (line: string): string => text.replace('const { scope, owner } = hold;', line);
  assert.notEqual(into(''), text);
  const mutants = [
    planted('nothing', text),
    planted('a difference', into('const { scope, owner } = hold; return true;')),
    planted('no module', `${text}\nthrow new Error('broken');`),
    planted('no end', into('for (;;);')),
    planted('nothing again', `${text}\n`),
  ];
  const outcomes = await runMutants(domain, mutants, { jobs: 1, secondsMin: 1 });
  assert.deepEqual(
    outcomes.map(({ fate }) => fate),
    ['survived', 'killed', 'killed', 'timed-out', 'survived'],
  );
  assert.match(outcomes[1]?.by ?? '', /hold\.test\.ts: hold: not the other lane/);
});

test('the list is judged both ways: what is missing in it, and what is there for nothing', () => {
  const [one, other] = [planted('one', ''), planted('other', '')];
  const outcome = (mutant: Mutant, fate: Outcome['fate']): Outcome => {
    return { mutant, fate, by: null, milliseconds: 0 };
  };
  const outcomes = [outcome(one, 'survived'), outcome(other, 'killed')];
  const listed = (mutant: Mutant) => ({ ...mutant, reason: 'it makes no difference' });
  const bare = verdictOf(outcomes, []);
  assert.deepEqual([bare.unlisted, bare.killed], [[one], []]);
  const right = verdictOf(outcomes, [listed(one)]);
  assert.deepEqual([right.unlisted.length, right.expected.length, right.killed.length], [0, 1, 0]);
  const stale = verdictOf(outcomes, [listed(one), listed(other)]);
  assert.deepEqual(stale.killed, [listed(other)]);
  assert.deepEqual(verdictOf([], [listed(one)]).killed, [], 'it was not run');
  assert.deepEqual(unknownOf([one], [listed(one), listed(other)]), [listed(other)]);
});

test('every listed survivor is a mutant of today, once, with a reason, and none where none may be', () => {
  const files = new Set(survivors.map(({ file }) => file));
  const made = [...files].flatMap(mutantsIn);
  assert.deepEqual(unknownOf(made, survivors), []);
  assert.equal(new Set(survivors.map((one) => JSON.stringify(one))).size, survivors.length);
  for (const { file, reason } of survivors) {
    assert.ok(reason.length > 20, reason);
    assert.ok(!withoutSurvivors.test(file), file);
  }
});

test('no mutant of leases, holds, gates, drift and restore survives', async () => {
  const mutants = sampled.flatMap(mutantsIn);
  assert.ok(mutants.length > 100, `${mutants.length} mutants`);
  const outcomes = await runMutants(domain, mutants, { jobs: 2 });
  const alive = outcomes.filter(({ fate }) => fate !== 'killed' && fate !== 'timed-out');
  assert.deepEqual(
    alive.map(({ mutant: { file, line, before, after } }) => ({
      at: `${file}:${line}`,
      before,
      after,
    })),
    [],
  );
});
