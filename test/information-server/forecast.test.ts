/**
 * Forecasts and reports of a real information server, asked by the real command line. Its journal
 * holds a fleet that nobody connects: nothing has to move for a forecast.
 */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { openBegun } from '#adapters/database/sqlite-node-begun.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type GroupName,
  type Platform,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { examplePlan } from '#domain/upgrade/upgrade.testing.ts';
import { callPath } from '#protocol/console/contract.ts';
import { forecastDocumentSchema, forecastProgressSchema } from '#protocol/console/forecast.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { upgradeReportSchema } from '#protocol/console/report.ts';
import { compiled } from '../compiled.ts';

const informationServer = new URL('../../src/information-server/main.ts', import.meta.url).href;
const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const digest = brand<Digest>('a'.repeat(64));
const archiveBytes = 40_000_000;
const servers = Array.from({ length: 30 }, (_, at) => `s${String(at + 1).padStart(2, '0')}`);

const release: Release = {
  digest,
  manifest: {
    format: 1,
    component: brand<ComponentName>('program'),
    lane: 'program',
    kind: 'self',
    version: '5.80.1179',
    ordering: 'decimal',
    appliesTo: { min: '5.0', max: '6.0' },
    needsComponents: [],
    needs: { diskBytes: 0, memoryBytes: 0 },
    precautions: [],
    returnTo: [],
    rebootRecommended: false,
    packages: [
      {
        platform: brand<Platform>('any'),
        treeDigest: digest,
        treeBytes: 100_000_000,
        fileCount: 1,
        archive: { digest, bytes: archiveBytes },
        proof: [],
      },
    ],
    catalogue: { version: '5.80', sections: [] },
  },
};

function fleetServer(name: string): FleetServer {
  return {
    server: brand<ServerId>(name),
    installId: name,
    machineId: name,
    domain: brand<DomainName>('tokyo'),
    platform: brand<Platform>('linux-x64'),
    os: 'Linux',
    memoryBytes: 2 ** 33,
    diskBytesFree: 2 ** 40,
    running: { version: '5.70.1000', digest: brand<Digest>('b'.repeat(64)) },
    programs: [],
    contents: [],
    rebootRecommended: null,
    withInformationServer: false,
    lastSeen: 0,
    bytesReceived: {},
  };
}

/** JSON is YAML. */
function planFile(change: object = {}): string {
  const gate = { soak: '10m' };
  const groups = [
    { name: 'A', servers: servers.slice(0, 5), hold: 'site', gate },
    { name: 'B', servers: servers.slice(5), gate },
  ];
  const version = '5.80.1179';
  return JSON.stringify({
    upgrade: 'to-5.80',
    release: { version },
    link: '100Mbit/s',
    groups,
    ...change,
  });
}

type Run = { readonly status: number | null; readonly out: string; readonly err: string };

describe('an information server that forecasts', () => {
  let root = '';
  let child: ChildProcess | null = null;

  async function begin(): Promise<void> {
    const folders = JSON.stringify({ root, data: join(root, 'data') });
    // The release that it runs stands beside its program, as in a slot.
    const program = join(root, 'slot', 'tree', 'app', 'main.mjs');
    const code = `process.argv[1] = '${program}';
      const { main } = await import('${informationServer}');
      process.exit(await main(${folders}));`;
    const started = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    let log = '';
    for await (const piece of started.stdout) {
      log += String(piece);
      if (log.includes('"event":"ready"')) break;
    }
    started.stdout.resume();
    assert.match(log, /"event":"ready"/);
  }

  async function end(): Promise<void> {
    if (child === null || child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'dankai-forecast-'));
    await mkdir(join(root, 'secrets'));
    await mkdir(join(root, 'data'));
    await writeFile(join(root, 'secrets', 'console.token'), 'console-token\n');
    await mkdir(join(root, 'slot'));
    const runs = { ...release.manifest, version: '5.70.1000' };
    await writeFile(join(root, 'slot', 'release.json'), canonicalJson(runs));
    const listen = { host: '127.0.0.1', port: 0 };
    const insecureLoopback = 'accepted';
    const informationServer = { site: 'tokyo', listen, console: listen, insecureLoopback };
    const settings = { informationServer };
    await writeFile(join(root, 'settings.yaml'), JSON.stringify(settings));
    await writeFile(join(root, 'plan.yaml'), planFile());
    await writeFile(join(root, 'thin.yaml'), planFile({ link: '2Mbit/s' }));
    const journal = await openBegun(join(root, 'data', 'journal.sqlite'), openJournal);
    assert.ok(journal.ok);
    await journal.value.transaction(async (rows) => {
      await rows.catalogue.putRelease(release, 1);
      for (const name of servers) await rows.fleet.putServer(fleetServer(name));
      // Begun by a version that forecast nothing, and stopped.
      const group = { name: brand<GroupName>('old'), servers: [brand<ServerId>('s01')] };
      const plan = examplePlan({
        upgrade: brand<UpgradeId>('before'),
        release: { component: release.manifest.component, version: '5.70', digest },
        groups: [
          {
            ...group,
            from: 0,
            windows: [],
            hold: 'servers',
            approve: false,
            gate: { percentMin: 95, sampleMin: 1, soakSeconds: 1 },
          },
        ],
      });
      const first = firstRows(plan, { startedAt: 1, withInformationServer: true });
      await rows.upgrades.begin(plan, first.head, [...first.groups.values()]);
      await rows.upgrades.putHead({ ...first.head, state: 'stopped', finishedAt: 2 });
    });
    await journal.value.close();
    await begin();
  });

  after(async () => {
    await end();
    await rm(root, { recursive: true, force: true });
  });

  function startDankai(...words: readonly string[]) {
    return spawn(process.execPath, [main, ...words, '--root', root], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        LANG: 'en_US.UTF-8',
        TZ: 'Asia/Tokyo',
        // Twenty starts of the same program: what one has compiled serves the others.
        NODE_COMPILE_CACHE: compiled,
      },
    });
  }

  async function dankai(...words: readonly string[]): Promise<Run> {
    return ended(startDankai(...words));
  }

  async function ended(asked: ReturnType<typeof startDankai>): Promise<Run> {
    const out = new Response(asked.stdout).text();
    const err = new Response(asked.stderr).text();
    const [status]: (number | null)[] = await once(asked, 'close');
    return { status: status ?? null, out: await out, err: await err };
  }

  async function said<Schema extends z.ZodType>(
    schema: Schema,
    ...words: readonly string[]
  ): Promise<z.infer<Schema>> {
    const { status, out, err } = await dankai(...words, '--json');
    assert.equal(status, 0, err);
    return schema.parse(JSON.parse(out));
  }

  const records = z.object({
    lines: z.array(z.object({ kind: z.string(), detail: z.record(z.string(), z.unknown()) })),
  });
  const runFile = z.object({ addresses: z.object({ console: z.string() }) });

  /** A call by itself; the answer, or the code of its problem. */
  async function call(name: string, params: object): Promise<unknown> {
    const run = await readFile(join(root, 'run', 'information-server.json'), 'utf8');
    const { console: address } = runFile.parse(JSON.parse(run)).addresses;
    const response = await fetch(new URL(callPath(name), address), {
      method: 'POST',
      headers: { authorization: 'Bearer console-token', 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
    const answer: unknown = await response.json();
    const refusal = z.object({ problem: z.object({ code: z.string() }) }).safeParse(answer);
    return refusal.success ? refusal.data.problem.code : answer;
  }

  test('a plan is forecast for the real servers and packages, the same for the same seed', async () => {
    const typed = ['upgrade', 'plan', 'plan.yaml', '--forecast', '--runs', '6', '--seed', '5'];
    const made = await said(forecastDocumentSchema, ...typed);
    assert.equal(made.site, 'tokyo');
    assert.deepEqual(made.plans, [
      { file: 'plan.yaml', servers: 30, linkBitsPerSecond: 1e8, standsAgainst: [] },
    ]);
    const { forecast } = made;
    assert.ok(forecast !== null);
    assert.deepEqual([forecast.runs, forecast.seed, forecast.upgrade], [6, 5, 'to-5.80']);
    assert.deepEqual(
      forecast.groups.map(({ name, servers: count }) => [name, count]),
      [
        ['A', 5],
        ['B', 25],
      ],
    );
    assert.ok(
      forecast.bytes.median >= 28 * archiveBytes && forecast.bytes.high <= 32 * archiveBytes,
    );
    const again = await said(forecastDocumentSchema, ...typed);
    // The start is another one; everything else is the same.
    assert.deepEqual(again.forecast?.bytes, forecast.bytes);
    assert.deepEqual(again.forecast?.personMinutes, forecast.personMinutes);
    assert.deepEqual(again.forecast?.bytesPerHour, forecast.bytesPerHour);
  });

  test('people see tables in local time and MiB, with median and range', async () => {
    const { status, out, err } = await dankai(
      'upgrade',
      'plan',
      'plan.yaml',
      '--forecast',
      '--runs',
      '6',
    );
    assert.equal(status, 0, err);
    assert.equal(err, '');
    assert.match(out, /^plan\.yaml: 30 servers\. Link: 100 Mbit\/s\.\n6 runs, seed 1\./);
    assert.match(out, /^Group +Servers +Begins +Passes +Held for +Traffic/m);
    assert.match(out, /^A +5 +20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00/m);
    assert.match(out, /\d+ MiB/);
    assert.match(out, /share of servers that are absent: /);
  });

  test('a link named on the command line counts before the plan', async () => {
    const typed = [
      'upgrade',
      'plan',
      'plan.yaml',
      '--forecast',
      '--runs',
      '2',
      '--link',
      '1Gbit/s',
    ];
    const { plans } = await said(forecastDocumentSchema, ...typed);
    assert.equal(plans[0]?.linkBitsPerSecond, 1e9);
  });

  test('two plans are compared: over a thin link the same upgrade ends later', async () => {
    const typed = ['upgrade', 'plan', 'plan.yaml', 'thin.yaml', '--forecast', '--runs', '4'];
    const { forecast, comparison, plans } = await said(forecastDocumentSchema, ...typed);
    assert.equal(forecast, null);
    assert.deepEqual(
      plans.map(({ file }) => file),
      ['plan.yaml', 'thin.yaml'],
    );
    const [wide, thin] = comparison?.alternatives ?? [];
    assert.deepEqual([wide?.name, thin?.name], ['plan.yaml', 'thin.yaml']);
    assert.ok((thin?.endsAt?.median ?? 0) > (wide?.endsAt?.median ?? Infinity));
    assert.deepEqual(comparison?.conditions, []);
  });

  test('the methods are compared, with what the guide says of this site (S6)', async () => {
    const typed = ['upgrade', 'plan', 'plan.yaml', '--forecast', '--compare', '--runs', '3'];
    const { comparison } = await said(forecastDocumentSchema, ...typed);
    const names = comparison?.alternatives.map(({ method, groups }) => `${method} ${groups}`);
    assert.deepEqual(names, ['deployment 1', 'deployment 2', 'local-installation 2']);
    const local = comparison?.alternatives.at(-1);
    assert.equal(local?.bytes.median, 0);
    const conditions = comparison?.conditions.map(({ condition, holds }) => [condition, holds]);
    // No `updateSource` is set: content comes from above alone.
    assert.deepEqual(conditions?.[0], ['content-only-from-control-manager', true]);
  });

  test('one forecast at a time: a second is told so, the first can be stopped', async () => {
    const plans = [{ file: 'plan.yaml', text: planFile() }];
    const asked = { plans, runs: 10_000, seed: 1 };
    const begun = z.object({ forecast: z.string() }).parse(await call('forecast.begin', asked));
    assert.equal(await call('forecast.begin', asked), 'FORECAST_BUSY');
    const typed = ['upgrade', 'plan', 'plan.yaml', '--forecast', '--runs', '1'];
    const refused = await dankai(...typed);
    assert.equal(refused.status, 1);
    assert.match(refused.err, /one at a time/);
    const { document } = forecastProgressSchema.parse(await call('forecast.look', begun));
    assert.equal(document, null);
    assert.deepEqual(await call('forecast.stop', begun), { done: true });
    assert.equal(await call('forecast.look', begun), 'FORECAST_UNKNOWN');
    await said(forecastDocumentSchema, ...typed);
  });

  test('Ctrl-C ends a forecast where it is made', async () => {
    const plans = [{ file: 'plan.yaml', text: planFile() }];
    const began = z.object({ forecast: z.string() });
    const mine = began.parse(await call('forecast.begin', { plans, runs: 1, seed: 1 }));
    await call('forecast.stop', mine);
    const asked = startDankai('upgrade', 'plan', 'plan.yaml', '--forecast', '--runs', '10000');
    // They are numbered one after the other.
    const next = mine.forecast.replace(/\d+$/, (number) => String(Number(number) + 1));
    while ((await call('forecast.look', { forecast: next })) === 'FORECAST_UNKNOWN') {
      await pause(100);
    }
    const begun = performance.now();
    asked.kill('SIGINT');
    const { status, err } = await ended(asked);
    assert.equal(status, 1);
    assert.match(err, /FORECAST_STOPPED/);
    assert.ok(performance.now() - begun < 2_000);
    assert.equal(await call('forecast.look', { forecast: next }), 'FORECAST_UNKNOWN');
  });

  test('a plan that cannot be read is refused as ever', async () => {
    await writeFile(join(root, 'wrong.yaml'), planFile({ groups: [] }));
    const { status, err } = await dankai('upgrade', 'plan', 'wrong.yaml', '--forecast');
    assert.equal(status, 2);
    assert.match(err, /PLAN_UNREADABLE/);
  });

  test('an upgrade is forecast before it starts; its report has that beside what happened', async () => {
    const begun = performance.now();
    const started = await dankai('upgrade', 'start', 'plan.yaml');
    assert.equal(started.status, 0, started.err);
    assert.ok(performance.now() - begun < 10_000);
    const { lines } = records.parse(await call('record.list', { limit: 100 }));
    const kinds = lines.map(({ kind }) => kind);
    assert.ok(
      kinds.indexOf('upgrade-forecast') === kinds.indexOf('upgrade-started') + 1,
      kinds.join(),
    );
    const report = await said(upgradeReportSchema, 'upgrade', 'report');
    assert.equal(report.upgrade, 'to-5.80');
    assert.equal(report.forecastAbsent, null);
    assert.ok(report.forecast !== null && report.forecast.runs > 0 && report.forecast.runs <= 50);
    assert.deepEqual(report.groups[0]?.bytes, {
      forecast: report.forecast.groups[0]?.bytes,
      actual: 0,
    });
    assert.deepEqual(report.mixed.behind, 30);
    const [first] = report.decisions;
    assert.equal(first?.decision, 'started');
    const people = await dankai('upgrade', 'report', 'to-5.80');
    assert.match(people.out, /^Group A: 5 servers, /m);
    assert.match(people.out, /^Traffic +\d+ MiB/m);
  });

  test('what runs already is refused, and keeps the forecast that it started with', async () => {
    const plan = { file: 'plan.yaml', text: planFile() };
    assert.equal(await call('upgrade.start', plan), 'UPGRADE_RUNNING');
    const { lines } = records.parse(await call('record.list', { limit: 100 }));
    assert.equal(lines.filter(({ kind }) => kind === 'upgrade-forecast').length, 1);
  });

  test('the forecast of a start is journalled: it is there after a restart', async () => {
    const before = await said(upgradeReportSchema, 'upgrade', 'report', 'to-5.80');
    await end();
    await begin();
    const later = await said(upgradeReportSchema, 'upgrade', 'report', 'to-5.80');
    assert.ok(later.forecast !== null);
    assert.deepEqual(later.forecast, before.forecast);
  });

  test('what an earlier version started has a report too, without a forecast', async () => {
    const report = await said(upgradeReportSchema, 'upgrade', 'report', 'before');
    assert.equal(report.forecast, null);
    assert.equal(report.forecastAbsent?.code, 'FORECAST_ABSENT');
    assert.equal(report.state, 'stopped');
    const unknown = await dankai('upgrade', 'report', 'nothing');
    assert.equal(unknown.status, 1);
    assert.match(unknown.err, /UPGRADE_UNKNOWN/);
  });
});
