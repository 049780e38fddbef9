/**
 * Every command at one real site, in one sequence, by nothing but the program that its users run:
 * each ends with status 0, and what `--json` prints is read by the contract of its call. Who adds
 * a command adds its case here, or in one of the files that command-line-for-tests.ts names.
 * Refusals are shown elsewhere, but for those on the way.
 */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import {
  controlManagerCalls,
  informationServerCalls,
  type ControlManagerTable,
  type InformationServerTable,
  type ResultOf,
} from '#protocol/console/contract.ts';
import { peopleCalls, type PeopleCall, type PeopleTable } from '#protocol/console/people-calls.ts';
import { importResult } from '#protocol/console/share-import.ts';
import { forecastDocumentSchema, type ForecastDocument } from '#protocol/console/forecast.ts';
import { releaseManifestSchema } from '#protocol/shared/release.ts';
import type { Verb } from '#cli/verbs/verb.ts';
import { verbs } from '#cli/verbs/verbs.ts';
import { campaignTextOf } from '#adapters/identity/campaign-text.ts';
import { campaignOf, wave } from '#domain/campaign/campaign.testing.ts';
import { bundled } from './bundled.ts';
import { triedElsewhere } from './command-line-for-tests.ts';
import { newVersion, oldVersion, SiteForTests, versionIn } from './site-for-tests.ts';

const reason = 'a1 has to show that it runs';
const precaution = 'Restart the backup agent afterwards.';

const plan = `
upgrade: whole
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1, a2], gate: {soak: 0s}}
  - {name: B, servers: [b1], approve: true, gate: {soak: 0s}}
lease: 30s
prove: 30s
`;

const planOfTomorrow = `
upgrade: tomorrow
release: {component: probe, version: '1.0'}
groups:
  - {name: A, servers: [a1], from: 'now+24h', gate: {soak: 0s}}
`;

const probe = `
start: {argv: ['true'], secondsMax: 5}
stop: {argv: ['true'], secondsMax: 5}
health: {argv: ['true'], secondsMax: 5, times: 1, intervalSeconds: 1}
`;

type Run = { readonly status: number | null; readonly out: string; readonly err: string };

/** Commands that ended with 0 and printed what their contract says. */
const proved = new Set<string>();

let site: SiteForTests;
let program = '';
let here = '';
let manager = '';
let newcomer: ChildProcess | null = null;

async function dankai(words: readonly string[]): Promise<Run> {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: site.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      LANG: 'en_US.UTF-8',
      XDG_CONFIG_HOME: join(site.folder, 'config'),
    },
  });
  const pieces = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (pieces.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (pieces.err += text));
  await once(child, 'close');
  return { status: child.exitCode, ...pieces };
}

function verbOf(words: readonly string[]): Verb {
  const found = verbs.find(({ path }) => path.every((word, place) => words[place] === word));
  assert.ok(found, `${words.join(' ')} is a command`);
  return found;
}

/** The one object of `--json`, as its schema reads it. */
async function said<Schema extends z.ZodType>(
  schema: Schema,
  words: readonly string[],
  status = 0,
): Promise<z.infer<Schema>> {
  const run = await dankai([...words, '--json']);
  assert.equal(run.status, status, `dankai ${words.join(' ')}: ${run.err}${run.out}`);
  const value = schema.parse(JSON.parse(run.out));
  if (status === 0) proved.add(verbOf(words).path.join(' '));
  return value;
}

/** Words split at blanks, but for those that came as a list. */
type Words = string | readonly string[];
const wordsOf = (words: Words): readonly string[] =>
  typeof words === 'string' ? words.split(' ') : words;

async function atSite<Call extends keyof InformationServerTable>(
  call: Call,
  typed: Words,
  status = 0,
): Promise<ResultOf<InformationServerTable, Call>> {
  const words = wordsOf(typed);
  assert.equal(verbOf(words).answer, call);
  const { result } = informationServerCalls[call];
  const value = await said(result, [...words, '--root', here], status);
  return value as ResultOf<InformationServerTable, Call>;
}

async function atManager<Call extends keyof ControlManagerTable>(
  call: Call,
  typed: Words,
): Promise<ResultOf<ControlManagerTable, Call>> {
  const words = wordsOf(typed);
  assert.equal(verbOf(words).answer, call);
  const value = await said(controlManagerCalls[call].result, [...words, '--root', manager]);
  return value as ResultOf<ControlManagerTable, Call>;
}

const billLine = informationServerCalls['bill.export'].result.shape.entries.element;
const releaseShown = z.object({ digest: z.string(), manifest: releaseManifestSchema });
const refusal = z.object({ problem: z.object({ code: z.string() }) });

/** The code of a refusal; the exit status is the one for 'no'. */
async function refusedAtSite(typed: Words): Promise<string> {
  const words = [...wordsOf(typed), '--root', here];
  return (await said(refusal, words, 1)).problem.code;
}

async function inTree(name: string) {
  const { domains } = await atSite('fleet.tree', 'fleet tree');
  for (const { domain, servers } of domains) {
    const found = servers.find(({ server }) => server === name);
    if (found !== undefined) return { domain, ...found };
  }
  return null;
}

async function patternOf(name: string): Promise<string | null> {
  return versionIn((await inTree(name))?.contents ?? [], 'pattern');
}

async function versionRunning(name: string): Promise<string> {
  const found = await atSite('fleet.identify', `identify ${name}`);
  assert.ok(found.matches);
  return found.version;
}

async function writeIn(name: string, text: string): Promise<string> {
  const file = join(site.folder, name);
  await writeFile(file, text);
  return file;
}

/** A folder of updates with one pattern, and with the programs that legacy ones carry along. */
async function updateSource(version: string | null): Promise<string> {
  const folder = join(site.folder, `update-${version}`);
  await mkdir(join(folder, 'pattern'), { recursive: true });
  await writeFile(join(folder, 'pattern', 'lpt.ptn'), Buffer.alloc(1_000, version ?? ''));
  const pattern = ['[PATTERN]', `P.2=pattern/lpt.ptn,${version},1000`];
  const programs = ['[Info_2_50000_4_1]', 'Version=5.58', 'Min=5.0', 'Max=6.0', ''];
  const lines = version === null ? programs : [...pattern, ...programs];
  await writeFile(join(folder, 'server.ini'), lines.join('\r\n'));
  return folder;
}

describe('every command at a real site', () => {
  before(async () => {
    const servers = [
      { name: 'a1', domain: 'web' },
      { name: 'a2', domain: 'web' },
      { name: 'b1', domain: 'db' },
    ];
    // On purpose: commands reach a site of the one insecure mode as well. The trusted ones are tried
    // in command-line-trust.test.ts and command-line-signing.test.ts.
    const isInsecure = true;
    site = await SiteForTests.begin({ servers, new: { precautions: [precaution] }, isInsecure });
    program = join(await bundled(), 'app', 'main.mjs');
    here = site.site.informationServer.root;
    manager = site.site.controlManager.root;
  });

  after(async () => {
    newcomer?.kill();
    if (newcomer?.exitCode === null) await once(newcomer, 'close');
    await site.end();
  });

  test('a release is built and shown', async () => {
    const folder = join(site.folder, 'probe');
    await mkdir(folder);
    await writeFile(join(folder, 'probe.txt'), 'probe');
    const commands = await writeIn('probe.yaml', probe);
    const named = '--component probe --version 1.0 --min 0.1 --max 2.0 --platform any'.split(' ');
    const out = join(site.folder, 'probe.release');
    const files = ['--tree-commands', commands, '--out', out];
    const built = await said(releaseShown, ['release', 'build', folder, ...named, ...files]);
    assert.deepEqual(await said(releaseShown, ['release', 'show', out]), built);
    const { manifest } = await said(releaseShown, ['release', 'show', site.newRelease]);
    assert.deepEqual(manifest.precautions, [precaution]);
  });

  test('a new server is installed, run, and stands in the tree', async () => {
    const root = join(site.folder, 'c1');
    const shape = z.object({
      root: z.string(),
      release: releaseShown,
      settingsFile: z.string(),
    });
    const address = site.site.informationServer.run('information-server')?.addresses.servers ?? '';
    const who = '--role normal-server --name c1 --domain db'.split(' ');
    const release = ['--release', join(site.folder, 'old.release')];
    const where = ['--root', root, '--information-server', address, '--insecure-loopback'];
    const laid = await said(shape, ['install', ...who, ...release, ...where]);
    assert.equal(laid.release.manifest.version, oldVersion);
    newcomer = spawn(process.execPath, [program, 'run', '--root', root], { stdio: 'ignore' });
    process.once('exit', () => newcomer?.kill('SIGKILL'));
    const found = await site.waitFor('c1 is connected', async () => {
      const server = await inTree('c1');
      return server !== null && server.session.state !== 'none' && server;
    });
    assert.deepEqual([found.domain, found.program], ['db', oldVersion]);
  });

  test('the site is shown, a server moved and identified, releases imported', async () => {
    const shown = await atSite('site.show', 'site show');
    assert.deepEqual([shown.site, shown.program.version], ['tokyo', oldVersion]);
    await atSite('fleet.move', 'fleet move a2 --domain db');
    assert.equal((await inTree('a2'))?.domain, 'db');
    assert.equal(await versionRunning('a1'), oldVersion);
    for (const file of [site.newRelease, join(site.folder, 'probe.release')]) {
      const words = ['share', 'import', file];
      assert.equal(verbOf(words).answer, 'share.import');
      await said(importResult, [...words, '--root', here]);
    }
    const { components } = await atSite('components.list', 'components');
    const versions = new Map(components.map((one) => [String(one.component), one.versions]));
    assert.ok(versions.get('program')?.includes(newVersion));
    assert.deepEqual(versions.get('probe'), ['1.0']);
  });

  test('the catalogue is shown, compared and restored', async () => {
    assert.ok((await atSite('catalogue.diff', 'catalogue diff')).clean);

    const inShare = join(here, 'share', 'server.ini');
    const whole = await readFile(inShare, 'utf8');
    assert.equal((await atSite('catalogue.show', 'catalogue show')).text, whole);
    await writeFile(inShare, whole.replaceAll('Version=5.70', 'Version=5.58'));
    const drifted = await atSite('catalogue.diff', 'catalogue diff', 1);
    assert.ok(drifted.fields.every(({ found }) => found === '5.58'));
    const preview = await atSite('catalogue.restore', 'catalogue restore --preview');
    assert.deepEqual([preview.restored, preview.before], [false, drifted]);
    const restored = await atSite('catalogue.restore', 'catalogue restore --yes');
    assert.ok(restored.restored && restored.after.clean);
    assert.equal(await readFile(inShare, 'utf8'), whole);
  });

  test('the agent is stopped and started', async () => {
    assert.equal((await atSite('agent.status', 'agent status')).state, 'running');
    await atSite('agent.stop', 'agent stop');
    const state = async () => (await atSite('agent.status', 'agent status')).state;
    await site.waitFor('the agent is stopped', async () => (await state()) === 'stopped');
    await atSite('agent.start', 'agent start');
    await site.waitFor('the agent runs', async () => (await state()) === 'running');
    // It is level already, and stays as it is.
    assert.equal((await atSite('agent.upgrade', 'agent upgrade')).state, 'running');
  });

  test('content goes from the feed to every server, and waits for a hold of the control manager', async () => {
    await site.waitFor('the control manager is seen', async () => {
      const { sites } = await atManager('control-manager.show', ['sites']);
      return sites.some((one) => one.site === 'tokyo' && one.agent === 'active');
    });
    await atManager('site.move', 'site move tokyo --folder japan');
    await site.site.publish({ version: '101', bytes: 1_000 });
    const polled = await atManager('feed.poll', 'feed poll');
    assert.deepEqual(polled.problems, []);
    assert.deepEqual(polled.downloaded, [{ component: 'pattern', version: '101' }]);
    await site.waitFor('101', async () => (await patternOf('a1')) === '101');

    const hold = await atManager('hold.add', ['hold', 'add', '--reason', 'not now']);
    const later = ['--from', '2126-12-25T18:00+09:00', '--every', 'year', '--times', '2'];
    const words = ['hold', 'add', '--reason', 'year end', ...later, '--lanes', 'program,content'];
    const freeze = await atManager('hold.add', words);
    const shown = async () =>
      (await atManager('hold.list', 'hold list')).holds.map(({ id, active, planned }) => [
        id === hold.id ? 'now' : 'later',
        active,
        planned,
      ]);
    assert.deepEqual(await shown(), [
      ['later', false, true],
      ['later', false, true],
      ['now', true, false],
    ]);
    await site.waitFor('the site knows what is to come', async () => {
      const { holds } = await atSite('hold.list', 'hold list');
      return holds.filter(({ planned, lanes }) => planned && lanes.length === 2).length === 2;
    });
    assert.equal((await atManager('hold.list', 'hold calendar')).holds.length, 3);
    await atManager('hold.release', `hold release ${freeze.id} --series --yes`);
    assert.deepEqual(
      (await shown()).filter(([, , planned]) => planned),
      [],
    );
    await site.site.publish({ version: '102', bytes: 1_000 });
    await atManager('feed.poll', 'feed poll');
    const held = await atManager('deliver.now', ['deliver']);
    assert.deepEqual(
      held.held.map((one) => one.hold),
      [hold.id],
    );
    await atManager('hold.release', `hold release ${hold.id} --yes`);
    assert.deepEqual((await atManager('deliver.now', ['deliver'])).offered, ['tokyo']);
    await site.waitFor('102', async () => (await patternOf('a1')) === '102');
    assert.equal((await atManager('record.search', 'audit search --text offered')).next, null);
  });

  test('a campaign is carried to its site, which does not believe whoever brings it', async () => {
    const file = join(site.folder, 'autumn.campaign');
    const until = Date.now() + 3_600_000;
    const gate = { percentMin: 100, healthyMin: 1, sampleMin: 1, soakSeconds: 0, decideSeconds: 0 };
    const campaign = campaignOf({
      until,
      at: until - 7_200_000,
      waves: [wave('pilot', ['tokyo'], { gate })],
    });
    await writeFile(file, campaignTextOf(campaign));
    const sent = await atManager('campaign.send', ['campaign', 'send', file]);
    assert.deepEqual(sent.sites, ['tokyo']);
    await site.waitFor('the site says what it makes of it', async () => {
      const { campaigns } = await atManager('campaign.list', 'campaign show autumn');
      return campaigns[0]?.waves[0]?.sites[0]?.state === 'refused';
    });
    const { parts } = await atSite('campaign.parts', 'campaign parts');
    assert.deepEqual(
      parts.map(({ campaign: name, state }) => [name, state]),
      [['autumn', 'refused']],
    );
    assert.equal(await refusedAtSite('campaign begin autumn'), 'CAMPAIGN_UNKNOWN');
    // Its gate has proved nothing in its time.
    await atManager('campaign.pass', 'campaign pass autumn pilot');
    const stop = ['campaign', 'stop', 'autumn', '--reason', 'enough', '--yes'];
    await atManager('campaign.stop', stop);
    const { campaigns } = await atManager('campaign.list', 'campaign show');
    assert.equal(campaigns[0]?.stopped, 'enough');
  });

  test('a hold of the site keeps an update back; what was refused is kept as evidence', async () => {
    const hold = await atSite('hold.add', ['hold', 'add', '--reason', 'inventory', '--for', '1h']);
    const ofDomain = await atSite('hold.add', 'hold add --reason later --domains tokyo');
    assert.deepEqual([ofDomain.servers, ofDomain.domains], [[], ['tokyo']]);
    await atSite('hold.release', `hold release ${ofDomain.id} --yes`);
    const source = await updateSource('103');
    const words = ['update', 'now', '--source', source];
    const held = await atSite('update.now', words);
    assert.deepEqual(held.keptBack, [{ component: 'pattern', version: '103' }]);
    const { holds } = await atSite('hold.list', 'hold list');
    assert.deepEqual(holds.find(({ id }) => id === hold.id)?.keepsBack, held.keptBack);
    await atSite('hold.release', `hold release ${hold.id} --yes`);
    await site.waitFor('103', async () => (await patternOf('a1')) === '103');

    const again = await atSite('update.now', words);
    assert.deepEqual([again.taken, again.standing], [[], held.keptBack]);
    assert.equal(await refusedAtSite('content pass pattern first'), 'RING_UNKNOWN');
    const admit = ['content', 'admit', 'pattern', '104', '--reason', 'now'];
    assert.equal(await refusedAtSite(admit), 'RINGS_ABSENT');
    const withdraw = ['content', 'withdraw', 'pattern', '103', '--reason', 'slow'];
    await atSite('content.withdraw', withdraw);
    await site.waitFor('102 again', async () => (await patternOf('a1')) === '102');
    const { rollouts, withdrawn } = await atSite('content.rings', 'content rings');
    assert.deepEqual(
      [rollouts.map(({ state }) => state), withdrawn.map(({ version }) => version)],
      [['withdrawn'], ['103']],
    );
    const offeredAgain = await atSite('update.now', words, 1);
    assert.ok(offeredAgain.refused.some(({ code }) => code === 'CONTENT_WITHDRAWN'));

    const programs = ['update', 'now', '--source', await updateSource(null)];
    const refused = await atSite('update.now', programs, 1);
    assert.deepEqual(
      refused.refused.map(({ code }) => code),
      ['DELIVERY_OFFERS_PROGRAM'],
    );
    const { evidence } = await atSite('evidence.list', ['evidence']);
    assert.ok(evidence.some(({ text }) => text.startsWith('[Info_2_50000_4_1]')));
  });

  test('what may be spent of links is changed and given back, and what went is on the bill', async () => {
    const words = ['budget', 'set', '20Mbit/s', '--for', '1h', '--reason', 'a trial'];
    const { limits: changed } = await atSite('budget.set', words);
    const ofSite = changed.find(({ of }) => of.kind === 'site');
    assert.deepEqual([ofSite?.set, ofSite?.now, ofSite?.change?.reason], [null, 2e7, 'a trial']);
    const unknown = 'budget set 1Mbit/s --link osaka --reason trial';
    assert.equal(await refusedAtSite(unknown), 'BUDGET_UNKNOWN');
    const { limits } = await atSite('budget.reset', 'budget reset');
    assert.deepEqual((await atSite('budget.show', 'budget show')).limits, limits);
    assert.ok(limits.every(({ now, change }) => now === null && change === null));
    const { total } = await atSite('bill.show', 'bill show');
    assert.ok(total.whole > 1_000, 'the patterns of before');
    const exported = await dankai(['bill', 'export', '--root', here]);
    proved.add('bill export');
    const entries = exported.out
      .trim()
      .split('\n')
      .map((line) => billLine.parse(JSON.parse(line)));
    const whole = entries.filter(({ form }) => form === 'whole');
    assert.equal(
      whole.reduce((sum, { bytes }) => sum + bytes, 0),
      total.whole,
    );
  });

  test('a program is deployed when its precautions were read, ahead of the information server with a reason (N2, R1)', async () => {
    const words = ['deploy', '--servers', 'a1'];
    const ahead = ['--ahead-of-information-server', reason];
    const version = async (): Promise<string | null> => (await inTree('a1'))?.program ?? null;
    assert.equal(await refusedAtSite(words), 'PREFLIGHT_FAILED');
    assert.equal(await refusedAtSite([...words, '--acknowledge']), 'INFORMATION_SERVER_BEHIND');
    assert.equal(await refusedAtSite([...words, ...ahead]), 'PRECAUTIONS_UNREAD');
    assert.equal(await version(), oldVersion);
    const begun = await atSite('deploy', [...words, '--acknowledge', ...ahead]);
    assert.deepEqual(begun.preflight?.precautions, [precaution]);
    assert.ok(begun.upgrade !== null && begun.bytes > 0);
    const watched = ['upgrade', 'status', '--upgrade', begun.upgrade, '--watch'];
    assert.equal((await atSite('upgrade.status', watched)).form, 'deployment');
    assert.equal(await versionRunning('a1'), newVersion);
    assert.equal((await atSite('site.show', 'site show')).program.version, oldVersion);
    const { lines } = await atSite('record.list', 'audit show --limit 1000');
    const started = lines.find(({ kind }) => kind === 'upgrade-started');
    assert.deepEqual(started?.detail['goAhead'], [{ code: 'INFORMATION_SERVER_BEHIND', reason }]);
    assert.notEqual(started.who, 'console');
    const typed = 'audit search --kinds upgrade-started --from 2020-01-01T00:00Z --limit 5';
    const found = await atSite('record.search', typed);
    assert.deepEqual(
      [found.lines.map(({ number }) => number), found.next],
      [[started.number], null],
    );
  });

  test('the information server is upgraded by itself, and lays down a catalogue without drift', async () => {
    await atSite('information-server.upgrade', `information-server upgrade ${newVersion}`);
    await site.waitFor('it runs the new version', async () => {
      const { program: runs, proving } = await atSite('site.show', 'site show');
      return runs.version === newVersion && !proving;
    });
    const { text } = await atSite('catalogue.show', 'catalogue show');
    const file = await writeIn('shown.ini', text);
    const checked = z.object({ clean: z.literal(true), fields: z.array(z.unknown()).length(0) });
    await said(checked, ['catalogue', 'check', file, '--expect', '5.80']);
  });

  test('a server examines itself and reads its log when it is asked for it from here', async () => {
    const { checks } = await atSite('fleet.doctor', 'fleet doctor a1');
    const bad = checks.filter(({ state }) => state === 'bad');
    assert.deepEqual(bad, []);
    assert.ok(checks.some(({ check, of }) => check === 'service' && of === 'launcher'));
    const { text, isCut } = await atSite('fleet.log', 'fleet log a1 --lines 3');
    assert.deepEqual([text.split('\n').length, isCut], [3, true]);
    assert.ok(text.split('\n').every((line) => line.startsWith('{')));
  });

  test('an upgrade is planned, started, paused, resumed, approved and watched to its end', async () => {
    const file = await writeIn('plan.yaml', plan);
    const preflight = await atSite('upgrade.plan', ['upgrade', 'plan', file, '--acknowledge']);
    assert.ok(preflight.go);
    assert.deepEqual(preflight.unassigned, ['c1']);
    const forecast = ['upgrade', 'plan', file, '--forecast', '--runs', '3', '--root', here];
    const first = await said(forecastDocumentSchema, forecast);
    assert.deepEqual(
      first.plans.map(({ servers }) => servers),
      [3],
    );
    await atSite('upgrade.start', ['upgrade', 'start', file, '--acknowledge']);
    assert.equal((await atSite('upgrade.pause', 'upgrade pause')).state, 'paused');
    const watch = 'upgrade status --watch';
    assert.equal((await atSite('upgrade.status', watch, 1)).state, 'paused');
    assert.notEqual((await atSite('upgrade.resume', 'upgrade resume')).state, 'paused');
    await site.waitFor('A has passed', async () => {
      const { groups } = await atSite('upgrade.status', 'upgrade status');
      return groups.find(({ name }) => name === 'A')?.state === 'passed';
    });
    const why = async (server: string) =>
      (await atSite('upgrade.why', `upgrade why ${server}`)).because;
    await site.waitFor('B waits', async () => (await why('b1')).with['state'] === 'approval');
    assert.equal((await why('c1')).code, 'SERVER_UNASSIGNED');
    await atSite('upgrade.approve', 'upgrade approve B');
    assert.equal((await atSite('upgrade.status', watch)).state, 'finished');
    const versions = await Promise.all(['tokyo', 'a1', 'a2', 'b1', 'c1'].map(versionRunning));
    assert.deepEqual(versions, [newVersion, newVersion, newVersion, newVersion, oldVersion]);
    const report = await atSite('upgrade.report', ['upgrade', 'report', 'whole']);
    assert.ok(report.forecast !== null && report.mixed.endsAt.actual !== null);
    assert.deepEqual(
      report.groups.map(({ name, upgraded }) => [name, upgraded.actual]),
      [
        ['A', 2],
        ['B', 1],
      ],
    );
    const decisions = report.decisions.map((one) => one.decision);
    assert.deepEqual(decisions, ['started', 'paused', 'resumed', 'approved']);
    // What this fleet has shown by now is no longer assumed of it.
    const assumedOf = (document: ForecastDocument) =>
      document.forecast?.assumed.map(({ habit }) => habit) ?? [];
    const learned = await said(forecastDocumentSchema, forecast);
    const [then, now] = [assumedOf(first), assumedOf(learned)];
    assert.ok(now.length < then.length, `${then.join()} -> ${now.join()}`);
  });

  test('an upgrade is stopped', async () => {
    const file = await writeIn('tomorrow.yaml', planOfTomorrow);
    await atSite('upgrade.start', ['upgrade', 'start', file]);
    assert.equal((await atSite('upgrade.stop', 'upgrade stop --yes')).state, 'stopped');
    const watch = 'upgrade status --upgrade tomorrow --watch';
    assert.equal((await atSite('upgrade.status', watch, 1)).state, 'stopped');
  });

  test('packages that somebody needs stay in the store', async () => {
    const preview = await atSite('share.prune', 'share prune --keep 1 --preview');
    const inUse = preview.kept.filter(({ because }) => because === 'in-use');
    assert.ok(inUse.some(({ component }) => component === 'pattern'));
    assert.deepEqual(await atSite('share.prune', 'share prune --keep 1 --yes'), preview);
    assert.deepEqual((await atSite('share.prune', 'share prune --keep 1')).gone, []);
  });

  test('people are added, log in, approve what others asked for, and leave', async () => {
    const people = async <Call extends PeopleCall>(call: Call, typed: Words, status = 0) => {
      const words = wordsOf(typed);
      assert.ok(status !== 0 || verbOf(words).answer === call);
      const value = await said(peopleCalls[call].result, [...words, '--root', here], status);
      return value as ResultOf<PeopleTable, Call>;
    };
    const password = await writeIn('password', 'four words make one\n');
    const next = await writeIn('next-password', 'another set of words\n');
    for (const file of [password, next]) await chmod(file, 0o600);
    const given = ['--password-file', password];
    for (const name of ['mori', 'sato']) {
      await people('people.add', ['people', 'add', name, '--role', 'approver', ...given]);
    }
    const { approvers } = await people('people.list', 'people list');
    assert.equal(approvers.required, 2);
    const begun = z.object({ person: z.string(), file: z.string() });
    const login = (name: string) => said(begun, ['login', name, ...given, '--root', here]);
    const { file } = await login('mori');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await people('whoami', 'whoami')).person, 'mori');
    const hold = await atSite('hold.add', ['hold', 'add', '--reason', 'a trial', '--for', '2h']);
    assert.equal(hold.owner, 'mori');
    const release = `hold release ${hold.id} --yes`;
    assert.equal(await refusedAtSite(release), 'APPROVAL_NEEDED');
    const { requests } = await people('approval.list', 'approvals');
    const request = requests[0]?.request ?? '';
    assert.equal(await refusedAtSite(`approve ${request}`), 'APPROVAL_OWN');
    await login('sato');
    const done = await people('approval.give', `approve ${request}`);
    assert.deepEqual([done.call, done.by], ['hold.release', 'mori']);
    const changed = ['password', ...given, '--new-password-file', next];
    await people('password.change', changed);
    assert.equal((await dankai(['logout', '--root', here])).status, 0);
    proved.add('logout');
    assert.equal((await people('whoami', 'whoami')).person, 'administrator');
    assert.equal((await people('session.link', 'console link --person mori')).person, 'mori');
    const made = 'token add mori --name cron --role viewer --days 1';
    const { token } = await people('token.add', made);
    const { tokens } = await people('token.list', 'token list');
    assert.ok(tokens.some((one) => one.token === token && one.role === 'viewer'));
    await people('token.revoke', `token revoke ${token}`);
    await people('people.change', 'people change sato --role viewer --scope web');
    for (const name of ['mori', 'sato']) {
      await people('people.remove', `people remove ${name} --yes`);
    }
  });

  test('a launcher that was started by `run` ends in good order', async () => {
    assert.ok(newcomer !== null);
    newcomer.kill('SIGTERM');
    const [status] = await once(newcomer, 'close');
    assert.equal(status, 0);
    proved.add('run');
    await site.waitFor('c1 is gone', async () => (await inTree('c1'))?.session.state === 'none');
  });

  test('no command is without its case', () => {
    const elsewhere = new Set<string>(Object.values(triedElsewhere).flat());
    const all = verbs.map(({ path }) => path.join(' '));
    assert.deepEqual(
      all.filter((name) => !elsewhere.has(name) && !proved.has(name)),
      [],
    );
  });
});
