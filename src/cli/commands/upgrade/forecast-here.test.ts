import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDescribedPlan } from '#adapters/plan/plan-file.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import type { Forecaster, ForecastRequest, Habits } from '#ports/forecast.ts';
import type { Comparison, Forecast } from '#protocol/console/forecast.ts';
import { forecastHere } from './forecast-here.ts';

const habits = { decisionWorkMinutes: 1 } as unknown as Habits;
const how = { progress: () => undefined, signal: new AbortController().signal };
const described = { servers: 10, packageBytes: 1_000, groups: 3 };
const wish = { runs: 5, seed: 9, linkBitsPerSecond: 1e7 };

/** Answers nothing, and keeps what it was asked. */
function listen(files: Readonly<Record<string, string>> = {}) {
  const asked: { question: string; requests: readonly ForecastRequest[]; detail?: unknown }[] = [];
  const comparison = { alternatives: [] } as unknown as Comparison;
  const forecaster: Forecaster = {
    forecast: async (request) => {
      asked.push({ question: 'forecast', requests: [request] });
      return ok({ runs: request.runs } as unknown as Forecast);
    },
    compareMethods: async (request, detail) => {
      asked.push({ question: 'methods', requests: [request], detail });
      return ok(comparison);
    },
    comparePlans: async (all) => {
      asked.push({ question: 'plans', requests: all.map(({ request }) => request) });
      return ok(comparison);
    },
    habits: async (past) => {
      assert.deepEqual(past, []);
      return ok(habits);
    },
  };
  const context = {
    forecaster,
    readDescribedPlan: async (...typed: Parameters<typeof readDescribedPlan>) =>
      readDescribedPlan(...typed),
    readText: async (file: string) => {
      const found = files[file];
      return found === undefined
        ? refuse(problem('FILE_UNREADABLE', { file, detail: 'ENOENT' }))
        : ok(found);
    },
    now: () => 1_000,
  };
  return { asked, context };
}

test('so many servers in so many groups, each with one package, from now on', async () => {
  const { asked, context } = listen();
  const made = await forecastHere(context, { files: [], wish, described }, how);
  assert.ok(made.ok);
  assert.equal(made.value.site, null);
  const [request] = asked[0]?.requests ?? [];
  assert.ok(request !== undefined);
  const groups = request.plan.groups.map(({ name, servers, from }) => [name, servers.length, from]);
  assert.deepEqual(groups, [
    ['A', 4, 1_000],
    ['B', 3, 1_000],
    ['C', 3, 1_000],
  ]);
  assert.equal(request.servers.length, 10);
  assert.ok(
    request.servers.every(({ fetchBytes, state }) => fetchBytes === 1_000 && state === 'to-do'),
  );
  const { runs, seed, linkBitsPerSecond, startsAt, withInformationServer } = request;
  assert.deepEqual(
    { runs, seed, linkBitsPerSecond, startsAt, withInformationServer },
    { ...wish, startsAt: 1_000, withInformationServer: true },
  );
  assert.equal(request.habits, habits);
});

test('groups of the sizes that were typed', async () => {
  const { asked, context } = listen();
  const sizes = { ...described, groups: [1, 7, 2] };
  assert.ok((await forecastHere(context, { files: [], wish, described: sizes }, how)).ok);
  const groups = asked[0]?.requests[0]?.plan.groups.map(({ name, servers }) => [
    name,
    servers.length,
  ]);
  assert.deepEqual(groups, [
    ['A', 1],
    ['B', 7],
    ['C', 2],
  ]);
});

test('more than 26 groups have names of their own', async () => {
  const { asked, context } = listen();
  const many = { servers: 30, packageBytes: 1, groups: 30 };
  assert.ok((await forecastHere(context, { files: [], wish, described: many }, how)).ok);
  const names = asked[0]?.requests[0]?.plan.groups.map(({ name }) => name);
  assert.deepEqual([names?.[25], names?.[26], new Set(names).size], ['Z', 'G27', 30]);
});

test('plan files are compared; their link counts where none was typed', async () => {
  const plan = (link: string) =>
    `{release: {version: '1.0'}, link: ${link}, groups: [{name: X}, {name: Y}]}`;
  const { asked, context } = listen({ 'a.yaml': plan('1Mbit/s'), 'b.yaml': plan('2Mbit/s') });
  const { linkBitsPerSecond: _, ...noLink } = wish;
  const two = {
    files: ['a.yaml', 'b.yaml'],
    wish: noLink,
    described: { ...described, groups: null },
  };
  const made = await forecastHere(context, two, how);
  assert.ok(made.ok);
  assert.equal(asked[0]?.question, 'plans');
  assert.deepEqual(
    asked[0]?.requests.map(({ linkBitsPerSecond }) => linkBitsPerSecond),
    [1e6, 2e6],
  );
});

test('the methods are compared by what was said of a local installation', async () => {
  const { asked, context } = listen();
  const compare = { minutesEach: 20, people: 3 };
  const made = await forecastHere(
    context,
    { files: [], wish: { ...wish, compare }, described },
    how,
  );
  assert.ok(made.ok);
  assert.deepEqual(asked[0]?.detail, {
    local: { by: 'local-installation', minutesEach: 20, people: 3 },
    contentOnlyFromControlManager: null,
  });
});

test('without any link, a file that is not there, a plan that cannot be read: said as such', async () => {
  const { linkBitsPerSecond: _, ...noLink } = wish;
  const { context } = listen({ 'wrong.yaml': 'groups: []' });
  const codes: string[] = [];
  for (const asked of [
    { files: [], wish: noLink, described },
    { files: ['none.yaml'], wish, described },
    { files: ['wrong.yaml'], wish, described },
  ]) {
    const made = await forecastHere(context, asked, how);
    codes.push(made.ok ? 'ok' : made.because.code);
  }
  assert.deepEqual(codes, ['FORECAST_LINK_ABSENT', 'FILE_UNREADABLE', 'PLAN_UNREADABLE']);
});
