import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type UpgradeId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import type { Parts } from '../parts.ts';
import { meantBy } from './upgrade-view.ts';

const head = (upgrade: string, finishedAt: number | null): UpgradeHead =>
  ({ upgrade: brand<UpgradeId>(upgrade), finishedAt }) as UpgradeHead;

/** The newest first, as the journal lists them. */
const heads = {
  sensors: head('sensors', null),
  daemons: head('daemons', null),
  spring: head('spring', 2),
  winter: head('winter', 1),
};

function check(
  title: string,
  standing: readonly UpgradeHead[],
  named: string | undefined,
  expected: UpgradeHead | Problem,
): void {
  test(title, async () => {
    const upgrades = {
      heads: async (limit?: number) => standing.slice(0, limit),
      openHeads: async () => standing.filter(({ finishedAt }) => finishedAt === null),
      head: async (name: string) => standing.find(({ upgrade }) => upgrade === name) ?? null,
    };
    const parts = { site: { journal: { rows: { upgrades } } } } as unknown as Parts;
    const found = await meantBy(parts, named === undefined ? named : brand<UpgradeId>(named));
    assert.deepEqual(found.ok ? found.value : found.because, expected);
  });
}

const { sensors, daemons, spring, winter } = heads;
check('the only one that runs needs no name', [spring, daemons, winter], undefined, daemons);
check('where none runs the newest is meant', [spring, winter], undefined, spring);
check(
  'where two run nobody guesses',
  [sensors, daemons, spring],
  undefined,
  problem('UPGRADE_AMBIGUOUS', { upgrades: 'sensors, daemons' }),
);
check('a name says which', [sensors, daemons], 'daemons', daemons);
check('also one that has ended', [sensors, winter], 'winter', winter);
check('an unknown name is none', [sensors], 'x', problem('UPGRADE_UNKNOWN', { upgrade: 'x' }));
check('where there was none, none is meant', [], undefined, problem('NO_UPGRADE_YET', {}));
