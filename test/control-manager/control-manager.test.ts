/** The control manager and its agent over real sockets and files, the information server a peer. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { WebSocket } from 'ws';
import { readRunFile } from '#adapters/daemon/daemon-files.ts';
import type { WireHold } from '#protocol/control-manager/messages.ts';
import { controlManagerCalls } from '#protocol/console/contract.ts';
import type { ControlManagerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { openListener } from '#adapters/listener/listener-fastify.ts';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import type { Daemon, DaemonOptions } from '#adapters/daemon/daemon.ts';
import type { Result } from '#domain/result.ts';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import { startAgent } from '#control-manager-agent/main.ts';
import { startControlManager } from '#control-manager/main.ts';
import {
  consoleToken,
  holdOf,
  InformationServerPeer,
  makeInstallation,
  silent,
  site,
  until,
  type Installation,
} from './site.ts';

let installation: Installation;
let peer: InformationServerPeer;
let running: Daemon[];

beforeEach(async () => {
  running = [];
  installation = await makeInstallation();
  peer = new InformationServerPeer(join(installation.root, 'inbox'));
  running.push(peer);
  await installation.settings({ agent: { informationServer: await peer.open() } });
  await installation.writeFeed({ 'P.2 1.23 pattern/lpt.123': 'pattern 1.23' });
});
afterEach(async () => {
  for (const one of running.toReversed()) await one.close();
  await installation.remove();
});

async function started(
  start: (options: DaemonOptions) => Promise<Result<Daemon>>,
): Promise<Daemon> {
  const { root, data } = installation;
  const daemon = await start({ root, data, log: silent });
  assert.ok(daemon.ok, daemon.ok ? '' : JSON.stringify(daemon.because));
  running.push(daemon.value);
  return daemon.value;
}

async function stop(daemon: Daemon): Promise<void> {
  running.splice(running.indexOf(daemon), 1);
  await daemon.close();
}

async function post(call: string, params: object, token = consoleToken): Promise<Response> {
  const address = readRunFile(installation.root, 'control-manager')?.addresses.console;
  return fetch(`${address}/v1/${call}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(params),
  });
}

async function ask<Call extends keyof ControlManagerTable>(
  call: Call,
  params: ParamsOf<ControlManagerTable, Call>,
): Promise<ResultOf<ControlManagerTable, Call>> {
  const response = await post(call, params);
  const body: unknown = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  const parsed = controlManagerCalls[call].result.parse(body);
  return parsed as ResultOf<ControlManagerTable, Call>;
}

async function refusal(call: string, params: object, token?: string): Promise<string> {
  const response = await post(call, params, token);
  const body = (await response.json()) as { problem: { code: string } };
  return `${response.status} ${body.problem.code}`;
}

const show = async () =>
  (await ask('control-manager.show', {})).sites.find((one) => one.site === site);

function connected(): Promise<unknown> {
  return until('the agent is active', async () => (await show())?.agent === 'active');
}

const offers = () => peer.of('offer');
const versionsOffered = () => offers().map((one) => one.items.map((item) => item.version).join());

test('feed, offer, take: the file arrives checked, and no program is an item', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  const polled = await ask('feed.poll', {});
  assert.deepEqual(polled, {
    downloaded: [{ component: 'pattern', version: '1.23' }],
    problems: [],
  });
  const delivered = await until('delivered', () => peer.of('delivered')[0]);
  const bytes = await readFile(join(peer.inbox, delivered.digest));
  assert.equal(bytes.toString(), 'pattern 1.23');
  assert.equal(createHash('sha256').update(bytes).digest('hex'), delivered.digest);
  const [offer] = offers();
  assert.ok(offer);
  assert.deepEqual(
    offer.items.map((item) => item.component),
    ['pattern'],
  );
  assert.match(
    offer.catalogue,
    /\[Info_2_50000_4_1\]\r\nVersion=5.58/,
    'the whole site goes along',
  );
  assert.deepEqual(
    peer.of('level').at(-1)?.level?.components.includes(offer.items[0]!.component),
    true,
  );
  const again = await ask('feed.poll', {});
  assert.deepEqual(again.downloaded, [], 'nothing new');
  assert.equal(offers().length, 1, 'and nothing repeated');
});

test('a hold of the control manager keeps back even the outbreak plan, and catches up once', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  const params = { reason: 'migration', minutes: 60, sites: 'all' as const };
  const hold = await ask('hold.add', params);
  const told = await until('the site is told', () => peer.of('holds').at(-1)?.holds[0]);
  assert.deepEqual([told.id, told.owner, told.servers], [hold.id, 'administrator', 'all']);
  await ask('feed.poll', {});
  await installation.writeFeed({ 'P.2 1.25 pattern/lpt.125': 'pattern 1.25' });
  await ask('feed.poll', {});
  for (const plan of ['deploy-to-all-now', 'outbreak']) {
    const answer = await ask('deliver.now', { plan });
    assert.deepEqual(answer, {
      offered: [],
      held: [{ site, hold: hold.id, reason: 'migration' }],
      waiting: [],
    });
  }
  assert.equal((await show())?.offeredAt, null);
  assert.deepEqual((await ask('hold.list', {})).holds[0]?.keepsBack, [
    { component: 'pattern', version: '1.25' },
  ]);
  assert.deepEqual((await show())?.keptBack, [{ component: 'pattern', version: '1.25' }]);
  const released = await ask('hold.release', { hold: hold.id });
  assert.equal(released.active, false);
  await until('the catch-up', () => peer.of('delivered')[0]);
  assert.deepEqual(versionsOffered(), ['1.25'], 'only the newest goes out, once');
  assert.deepEqual(peer.of('holds').at(-1)?.holds, []);
});

test('a hold that ends by itself lets the newest out by itself', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  await ask('hold.add', { reason: 'short', minutes: 0.01, sites: [site] });
  await ask('feed.poll', {});
  assert.equal((await show())?.offeredAt, null);
  await until('the offer after the end', () => offers()[0]);
});

test('a hold to come is told beforehand, begins by itself, and keeps back from then on', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  const begins = [Date.now() + 900, Date.now() + 400 * 86_400_000];
  const times = { reason: 'year end', minutes: 60, begins };
  const lanes: ('program' | 'content')[] = ['program', 'content'];
  const hold = await ask('hold.add', { ...times, sites: 'all', lanes });
  assert.deepEqual([hold.active, hold.planned, hold.series], [false, true, hold.id]);
  const told = await until('told', () => peer.of('holds').findLast((one) => one.planned[1]));
  assert.deepEqual(
    told.planned.map(({ from }) => from),
    begins,
  );
  assert.deepEqual([told.holds, told.planned[0]?.lanes], [[], lanes]);
  await ask('feed.poll', {});
  await until('what came before it', () => versionsOffered().includes('1.23'));
  await until('it began', () => peer.of('holds').at(-1)?.holds[0]?.id === hold.id);
  await installation.writeFeed({ 'P.2 1.25 pattern/lpt.125': 'pattern 1.25' });
  await ask('feed.poll', {});
  assert.equal((await ask('deliver.now', { plan: 'outbreak' })).held[0]?.hold, hold.id);
  const { lines } = await ask('record.list', { limit: 50 });
  assert.ok(lines.some(({ kind, detail }) => kind === 'hold-began' && detail['hold'] === hold.id));
  await ask('hold.release', { hold: hold.id, series: true });
  await until('the catch-up', () => versionsOffered().includes('1.25'));
  const ended = (await ask('hold.list', {})).holds.map(({ active, planned }) => [active, planned]);
  assert.deepEqual(ended, [
    [false, false],
    [false, false],
  ]);
});

test('a hold over one component goes to the sites, and keeps no offer from them', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  const components = [brand<ComponentName>('scan-engine')];
  await ask('hold.add', { reason: 'one engine', minutes: 60, sites: 'all', components });
  const told = await until('told', () => peer.of('holds').at(-1)?.holds[0]);
  assert.deepEqual(told.components, components);
  await ask('feed.poll', {});
  await until('the offer', () => offers()[0]);
  assert.equal((await show())?.holds[0]?.covers, 'part');
});

test('a hold to come that the site reports is shown, and stops nothing yet', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  peer.status({ planned: [holdOf({ from: Date.now() + 600_000 })] });
  await until('shown', async () => (await show())?.holds[0]?.planned === true);
  await ask('feed.poll', {});
  await until('the offer', () => offers()[0]);
});

test('a hold that the site reports is honoured and shown', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  peer.status({ holds: [holdOf()] });
  await until('the hold is shown', async () => (await show())?.holds[0]?.reason === 'upgrade');
  assert.equal((await show())?.holds[0]?.covers, 'whole');
  await ask('feed.poll', {});
  const answer = await ask('deliver.now', { plan: 'outbreak' });
  assert.deepEqual(answer.held, [{ site, hold: 'hold-7', reason: 'upgrade' }]);
  assert.equal((await show())?.offeredAt, null);
  peer.status({ holds: [holdOf({ lanes: ['program'] })] });
  await until('the offer', () => offers()[0]);
  assert.deepEqual((await show())?.holds, [], 'programs are not ours');
});

const partialHolds: [what: string, part: Partial<WireHold>][] = [
  ['some servers', { servers: [brand<ServerId>('srv-1')] }],
  ['one component', { components: [brand<ComponentName>('pattern')] }],
];
for (const [what, part] of partialHolds) {
  test(`a hold of a site over ${what} is shown, and stops no delivery to the site`, async () => {
    const first = await started(startControlManager);
    await started(startAgent);
    await connected();
    peer.status({ holds: [holdOf(part)] });
    const shown = () => until('the hold is shown', async () => (await show())?.holds[0]);
    assert.deepEqual([(await shown()).id, (await shown()).covers], ['hold-7', 'part']);
    await ask('feed.poll', {});
    assert.deepEqual((await ask('deliver.now', { plan: 'outbreak' })).held, []);
    await until('the offer', () => offers()[0]);
    await stop(first);
    await started(startControlManager);
    assert.equal((await shown()).covers, 'part', 'known after a restart too');
  });
}

test('the site may be told to keep an offer back: nothing is fetched before it takes', async () => {
  peer.held = true;
  await started(startControlManager);
  await started(startAgent);
  await connected();
  await ask('feed.poll', {});
  const offer = await until('the offer', () => offers()[0]);
  peer.status({ keptBack: offer.items.map(({ component, version }) => ({ component, version })) });
  await until('shown', async () => (await show())?.keptBack.length === 1);
  assert.deepEqual(peer.of('delivered'), []);
  await assert.rejects(readFile(join(peer.inbox, offer.items[0]!.digest)), /ENOENT/);
  peer.take(offer);
  await until('delivered', () => peer.of('delivered')[0]);
});

test('a control manager that restarts forgets nothing, and its fences only rise', async () => {
  const first = await started(startControlManager);
  await started(startAgent);
  await connected();
  await ask('feed.poll', {});
  await until('delivered', () => peer.of('delivered')[0]);
  const hold = await ask('hold.add', { reason: 'long', minutes: 60, sites: 'all' });
  await installation.writeFeed({ 'P.2 1.25 pattern/lpt.125': 'pattern 1.25' });
  await ask('feed.poll', {});
  await stop(first);
  await until('the level is gone', () => peer.of('level').at(-1)?.level === null);
  await started(startControlManager);
  await connected();
  assert.equal((await ask('hold.list', {})).holds[0]?.id, hold.id);
  assert.deepEqual(versionsOffered(), ['1.23'], 'still held');
  await ask('hold.release', { hold: hold.id });
  await until('the newest', () => versionsOffered().includes('1.25'));
  const fences = offers().map((one) => one.fence);
  assert.ok((fences.at(-1)?.epoch ?? 0) > (fences[0]?.epoch ?? 0));
});

test('an agent that restarts is told everything again', async () => {
  await started(startControlManager);
  const agent = await started(startAgent);
  await connected();
  await ask('hold.add', { reason: 'later', minutes: 60, sites: [site] }).then((hold) =>
    ask('hold.release', { hold: hold.id }),
  );
  await ask('feed.poll', {});
  await until('delivered', () => peer.of('delivered')[0]);
  await stop(agent);
  await until('inactive', async () => (await show())?.agent === 'inactive');
  assert.deepEqual((await ask('deliver.now', {})).waiting, [site]);
  const before = peer.received.length;
  await started(startAgent);
  await until('the offer again', () =>
    peer.received.slice(before).some((one) => one.type === 'offer'),
  );
  const order = peer.received.slice(before).map((one) => one.type);
  assert.ok(order.indexOf('holds') < order.indexOf('offer'), 'holds before the offer');
});

test('an information server that restarts is told everything again, the control manager away', async () => {
  const controlManager = await started(startControlManager);
  await started(startAgent);
  await connected();
  await ask('feed.poll', {});
  await until('delivered', () => peer.of('delivered')[0]);
  await stop(controlManager);
  const port = Number(new URL((await readSettings()).informationServer).port);
  await stop(peer);
  peer = new InformationServerPeer(peer.inbox);
  running.push(peer);
  await peer.open(port);
  await until('the offer again', () => offers()[0]);
  await until('from the inbox, no control manager needed', () => peer.of('delivered')[0]);
  assert.equal(peer.of('level').at(-1)?.level, null);
});

async function readSettings(): Promise<{ informationServer: string }> {
  const text = await readFile(join(installation.root, 'settings.yaml'), 'utf8');
  return (JSON.parse(text) as { controlManagerAgent: { informationServer: string } })
    .controlManagerAgent;
}

test('a wrong token is told at the console', async () => {
  await started(startControlManager);
  assert.equal(await refusal('control-manager.show', {}, 'another'), '403 TOKEN_WRONG');
});

/** A peer that speaks to the control manager as it likes; answers what it was told last. */
async function speak(...messages: readonly unknown[]): Promise<string> {
  const socket = new WebSocket(`${installation.controlManager}/v1/agent`);
  let last = '';
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as { type: string; because?: { code: string } };
    last = `${message.type} ${message.because?.code ?? ''}`.trim();
  });
  await new Promise((done) => socket.on('open', done));
  for (const message of messages) {
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }
  await new Promise((done) => socket.on('close', done));
  return last;
}

test('garbage ends that session alone, with its reason', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  const hello = { type: 'hello', protocol: 1, site: 'osaka-is', agentVersion: '5.80' };
  assert.equal(await speak('this is no JSON'), '');
  assert.equal(await speak({ type: 'dance' }), 'bye MESSAGE_UNREADABLE');
  assert.equal(await speak({ ...hello, protocol: 99 }), 'bye PROTOCOL_UNKNOWN');
  assert.equal(await speak({ ...hello, site: '../etc' }), 'bye MESSAGE_UNREADABLE');
  const status = { type: 'site', site: 'tokyo-is', agentVersion: '1', programVersion: '1' };
  const whole = { ...status, holds: [], contents: [], keptBack: [] };
  assert.equal(await speak(whole), 'bye MESSAGE_UNREADABLE', 'no hello');
  assert.match(await speak(hello, whole), /MESSAGE_UNREADABLE/, 'for another site');
  await ask('feed.poll', {});
  await until('the others go on', () => peer.of('delivered')[0]);
  assert.equal((await show())?.agent, 'active');
});

test('garbage from the information server ends that link, and the agent comes back', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  peer.say({ type: 'dance' });
  await until('a second hello', () => peer.of('hello').length === 2);
});

test('an information server that speaks another protocol is told nothing; the agent tries again', async () => {
  peer.protocol = 99;
  await started(startControlManager);
  await started(startAgent);
  await until('a second hello', () => peer.of('hello').length === 2);
  assert.deepEqual(new Set(peer.received.map(({ type }) => type)), new Set(['hello']));
  peer.protocol = 1;
  await connected();
});

test('a control manager that speaks another protocol is not believed; the agent tries again', async () => {
  const heard: unknown[] = [];
  const components = ['pattern-of-tomorrow'];
  const { port } = new URL(installation.controlManager);
  const stranger = await openListener({
    host: '127.0.0.1',
    port: Number(port),
    security: { kind: 'insecure-loopback' },
    log: silent,
    sockets: [
      {
        path: '/v1/agent',
        admit: () => null,
        messageBytesMax: 100_000,
        accept: (link) =>
          link.onMessage((message) => {
            heard.push(message);
            const level = { version: '9.0', components };
            link.send({ type: 'welcome', protocol: 99, level });
          }),
      },
    ],
  });
  running.push(stranger);
  await started(startAgent);
  await until('a second hello', () => heard.length >= 2);
  const levels = peer.of('level').map(({ level }) => level);
  assert.deepEqual(new Set(levels), new Set([null]), 'its level is passed on to nobody');
});

test('a feed with something wrong delivers nothing of it, and says what', async () => {
  await started(startControlManager);
  await started(startAgent);
  await connected();
  await writeFile(
    join(installation.root, 'feed/server.ini'),
    '[PATTERN]\nP.2=pattern/lpt.123,1.24,999\nP.4=pattern/absent,1,5\n',
  );
  const wrong = await ask('feed.poll', {});
  assert.deepEqual(
    wrong.problems.map((one) => one.code),
    ['CONTENT_SIZE_WRONG', 'FEED_UNREADABLE'],
  );
  await writeFile(join(installation.root, 'feed/server.ini'), Buffer.alloc(50_000_000, 0x83));
  const garbage = await ask('feed.poll', {});
  assert.equal(garbage.problems[0]?.code, 'CATALOGUE_TOO_LARGE');
  assert.deepEqual([...wrong.downloaded, ...garbage.downloaded, ...offers()], []);
  assert.equal(await refusal('deliver.now', {}), '409 NOTHING_DOWNLOADED');
});

test('what is named and does not exist is refused by its own code', async () => {
  await started(startControlManager);
  assert.equal(await refusal('deliver.now', { plan: 'never' }), '404 DEPLOYMENT_PLAN_UNKNOWN');
  assert.equal(await refusal('hold.release', { hold: 'x' }), '404 HOLD_UNKNOWN');
  const nobody = { site: 'kobe-is', folder: 'tokyo' };
  assert.equal(await refusal('site.move', nobody), '404 INFORMATION_SERVER_UNKNOWN');
  assert.equal(await refusal('site.move', { site, folder: 'kobe' }), '404 FOLDER_UNKNOWN');
});

test('a plan reaches its folders only; a site that is moved into one gets it then', async () => {
  await installation.settings({
    agent: await readSettings(),
    controlManager: {
      afterDownload: 'by-plan',
      activePlan: 'slow',
      folders: { tokyo: [], osaka: [site], kyoto: [] },
      plans: {
        empty: [],
        slow: [
          { folder: 'tokyo', delayMinutes: 0 },
          { folder: 'kyoto', delayMinutes: 60 },
        ],
      },
    },
  });
  const first = await started(startControlManager);
  await started(startAgent);
  await connected();
  await ask('feed.poll', {});
  assert.equal((await show())?.offeredAt, null, 'its folder has no schedule');
  await ask('site.move', { site, folder: 'kyoto' });
  assert.equal((await show())?.offeredAt, null, 'the delay of this folder is not over');
  assert.deepEqual(await ask('deliver.now', { plan: 'empty' }), {
    offered: [],
    held: [],
    waiting: [],
  });
  await ask('site.move', { site, folder: 'tokyo' });
  await until('the offer', () => offers()[0]);
  await stop(first);
  await started(startControlManager);
  assert.equal((await show())?.folder, 'tokyo', 'a move outlives a restart');
});

/** A plan of one schedule for the site's folder, that follows every download. */
async function byPlan(schedule: object): Promise<void> {
  await installation.settings({
    agent: await readSettings(),
    controlManager: {
      afterDownload: 'by-plan',
      activePlan: 'own',
      folders: { tokyo: [site] },
      plans: { own: [{ folder: 'tokyo', ...schedule }] },
    },
  });
}

test('a delay ends by itself, also over a restart, and not a moment before', async () => {
  const delayMinutes = 0.03;
  await byPlan({ delayMinutes });
  const first = await started(startControlManager);
  await started(startAgent);
  await connected();
  const polledAt = Date.now();
  await ask('feed.poll', {});
  await stop(first);
  await started(startControlManager);
  await connected();
  await until('the offer', () => offers()[0]);
  const offeredAt = (await show())?.offeredAt ?? 0;
  assert.ok(offeredAt >= polledAt + delayMinutes * 60_000, `${offeredAt - polledAt} ms`);
  assert.deepEqual(versionsOffered(), ['1.23']);
});

/** Its wall clock says that moment now; what lasts, lasts as long as ever. */
function clockFrom(moment: number): Clock {
  const ahead = moment - systemClock.now();
  return {
    now: () => systemClock.now() + ahead,
    monotonic: () => systemClock.monotonic(),
    after: (milliseconds, act) => systemClock.after(milliseconds, act),
  };
}

test("a time of day is that of the folder's zone: the offer leaves then, and again the next day", async () => {
  await byPlan({ timeOfDay: '02:00', zone: 'Asia/Tokyo' });
  const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
  const twoOClock = at('2026-03-01T17:00:00Z');
  const startAt = (moment: number) => (options: DaemonOptions) =>
    startControlManager(options, clockFrom(moment));
  const first = await started(startAt(twoOClock - 1_500));
  await started(startAgent);
  await connected();
  await ask('feed.poll', {});
  await until('the offer', () => offers()[0]);
  const offeredAt = (await show())?.offeredAt ?? 0;
  assert.ok(offeredAt >= twoOClock, "not before two o'clock there");
  await installation.writeFeed({ 'P.2 1.25 pattern/lpt.125': 'pattern 1.25' });
  await ask('feed.poll', {});
  assert.equal((await show())?.offeredAt, offeredAt, "two o'clock is over for today");
  await stop(first);
  const nextDay = at('2026-03-02T17:00:00Z');
  await started(startAt(nextDay - 500));
  await until('the offer of the next day', () => versionsOffered().includes('1.25'));
  assert.ok(((await show())?.offeredAt ?? 0) >= nextDay);
});
