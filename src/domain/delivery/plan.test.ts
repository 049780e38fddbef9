import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  builtInPlans,
  deploymentsAfter,
  deploymentsBy,
  deploymentsNow,
  deployToAllNow,
  everyFolder,
  type AfterDownload,
  type DeploymentPlan,
  type PlannedDeployment,
} from './plan.ts';

const minute = 60_000;
const finishedAt = 1_000_000_000;

const nightly: DeploymentPlan = {
  name: 'nightly',
  builtIn: false,
  rings: [],
  schedules: [
    { form: 'delay', folder: 'tokyo', delayMinutes: 0 },
    { form: 'delay', folder: 'osaka', delayMinutes: 90 },
    {
      form: 'time-of-day',
      folder: 'nagoya',
      timeOfDay: '02:00',
      instants: [finishedAt - 5 * minute, finishedAt + 7 * minute, finishedAt + 1_447 * minute],
    },
    { form: 'delay', folder: 'nagoya', delayMinutes: 600 },
  ],
};

function due(plan: string, folder: string, minutes: number): PlannedDeployment {
  return { plan, folder, dueAt: finishedAt + minutes * minute };
}

test('each schedule counts by itself from the end of the download', () => {
  assert.deepEqual(deploymentsBy(nightly, finishedAt), [
    due('nightly', 'tokyo', 0),
    due('nightly', 'osaka', 90),
    due('nightly', 'nagoya', 7),
    due('nightly', 'nagoya', 600),
  ]);
});

test('a time of day that is this very instant is now, not tomorrow', () => {
  const plan: DeploymentPlan = {
    name: 'sharp',
    builtIn: false,
    rings: [],
    schedules: [
      { form: 'time-of-day', folder: 'tokyo', timeOfDay: '02:00', instants: [finishedAt] },
    ],
  };
  assert.deepEqual(deploymentsBy(plan, finishedAt), [due('sharp', 'tokyo', 0)]);
});

test('a time of day that was over by an instant comes again', () => {
  const instants = [finishedAt - 1, finishedAt + minute];
  const schedules = [
    { form: 'time-of-day', folder: 'tokyo', timeOfDay: '02:00', instants },
  ] as const;
  const plan: DeploymentPlan = { name: 'late', builtIn: false, rings: [], schedules };
  assert.deepEqual(deploymentsBy(plan, finishedAt), [due('late', 'tokyo', 1)]);
});

test('a time of day without a coming instant deploys nothing', () => {
  const plan: DeploymentPlan = {
    name: 'never',
    builtIn: false,
    rings: [],
    schedules: [{ form: 'time-of-day', folder: 'tokyo', timeOfDay: '02:00', instants: [] }],
  };
  assert.deepEqual(deploymentsBy(plan, finishedAt), []);
});

test('a folder without a schedule gets nothing, by plan or by hand', () => {
  const folders = (planned: readonly PlannedDeployment[]): string[] =>
    planned.map((one) => one.folder);
  assert.ok(!folders(deploymentsBy(nightly, finishedAt)).includes('sapporo'));
  assert.deepEqual(folders(deploymentsNow(nightly, finishedAt)), ['tokyo', 'osaka', 'nagoya']);
});

test('both built-in plans reach every folder without delay', () => {
  assert.deepEqual(
    builtInPlans.map((plan) => deploymentsBy(plan, finishedAt)),
    [[due('deploy-to-all-now', everyFolder, 0)], [due('outbreak', everyFolder, 0)]],
  );
});

function check(
  afterDownload: AfterDownload,
  foundNew: boolean,
  expected: PlannedDeployment[],
): void {
  test(`after a download: ${afterDownload}, ${foundNew ? 'something' : 'nothing'} new`, () => {
    const options = { afterDownload, activePlan: nightly, finishedAt, foundNew };
    assert.deepEqual(deploymentsAfter(options), expected);
  });
}

const byPlan = deploymentsBy(nightly, finishedAt);
const toAll = deploymentsBy(deployToAllNow, finishedAt);
check('nothing', true, []);
check('nothing', false, []);
check('at-once', true, toAll);
check('at-once', false, toAll);
check('by-plan', true, byPlan);
check('by-plan', false, byPlan);
check('when-new', true, byPlan);
check('when-new', false, []);

test('no deployment is due before the download ended', () => {
  const schedule = fc.oneof(
    fc.record({
      form: fc.constant('delay' as const),
      folder: fc.string(),
      delayMinutes: fc.nat(10_000),
    }),
    fc.record({
      form: fc.constant('time-of-day' as const),
      folder: fc.string(),
      timeOfDay: fc.constant('02:00'),
      instants: fc.array(fc.nat()).map((list) => list.toSorted((left, right) => left - right)),
    }),
  );
  fc.assert(
    fc.property(fc.array(schedule), fc.nat(), (schedules, ended) => {
      const planned = deploymentsBy({ name: 'any', builtIn: false, rings: [], schedules }, ended);
      return planned.length <= schedules.length && planned.every((one) => one.dueAt >= ended);
    }),
  );
});
