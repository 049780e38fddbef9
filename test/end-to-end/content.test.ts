/**
 * The content lane beside an upgrade, with real processes: what a control manager may bring,
 * what it may not (S1), what a hold keeps back and when it comes (D1, D5, D10), and what is
 * deployed to chosen servers (D9).
 */

import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { brand, type ComponentName, type Lane } from '#domain/names.ts';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import type { ServiceName } from '#adapters/installation/installation-disk.ts';
import type { Computer } from '../../scripts/site/computer.ts';
import { freePort } from '../../scripts/site/free-port.ts';
import { newVersion, oldVersion, serverId, SiteForTests, versionIn } from './site-for-tests.ts';

const everybody = 5;
const pattern = brand<ComponentName>('pattern');

/** A and B as their days come; c1 stands in no group. */
const plan = `release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1, a2], hold: site, gate: {soak: 0s}}
  - {name: B, servers: [b1], approve: true, gate: {soak: 0s}}
lease: 30s
prove: 30s
`;

describe('deliveries beside an upgrade', () => {
  let site: SiteForTests;

  before(async () => {
    site = await SiteForTests.begin({ servers: ['a1', 'a2', 'b1', 'c1'] });
  });
  after(async () => {
    await site?.end();
  });

  async function everywhere(version: string): Promise<void> {
    await site.waitFor(`pattern ${version} on every server`, async () => {
      const versions = await site.contentOfAll('pattern');
      return versions.length === everybody && versions.every((one) => one === version);
    });
  }

  async function isClean(): Promise<void> {
    assert.deepEqual(await site.ask('catalogue.diff', {}), {
      clean: true,
      fields: [],
      packages: [],
    });
  }

  async function addHold(
    t: TestContext,
    change: Partial<{ minutes: number; servers: readonly string[] }> = {},
  ) {
    const { servers, minutes = 10 } = change;
    const hold = await site.ask('hold.add', {
      reason: 'migration to 5.80',
      minutes,
      servers: servers === undefined ? 'site' : servers.map(serverId),
      lanes: ['content'] satisfies Lane[],
      components: [],
    });
    // A test that fails must not hold back what the next one delivers.
    t.after(() => site.site.call('hold.release', { hold: hold.id }));
    return hold;
  }

  async function keptBack(hold: HoldView['id']): Promise<readonly string[]> {
    const { holds } = await site.ask('hold.list', {});
    const found = holds.find(({ id }) => id === hold);
    return (found?.keepsBack ?? []).map(({ component, version }) => `${component} ${version}`);
  }

  /** What the control manager shows of this site. */
  async function atManager() {
    const { sites } = await site.askManager('control-manager.show', {});
    const [only] = sites;
    assert.ok(only !== undefined && sites.length === 1);
    return only;
  }

  /** Kept back, and both tiers say so; nothing of it moved. */
  async function isKeptBack(hold: HoldView['id'], version: string): Promise<void> {
    await site.waitFor(`${version} is listed by the hold`, async () =>
      (await keptBack(hold)).includes(`pattern ${version}`),
    );
    await site.waitFor(`${version} is listed at the control manager`, async () => {
      const { holds, keptBack: shown } = await atManager();
      return versionIn(shown, 'pattern') === version && holds.some(({ id }) => id === hold);
    });
    assert.ok(!(await site.contentOfAll('pattern')).includes(version));
  }

  /** Metadata is numbered by the second, and the control manager signs with the same key. */
  async function offerSource(source: string, version: string): Promise<void> {
    const nextSecond = () => sleep(1_000 - (Date.now() % 1_000));
    await nextSecond();
    await site.site.offer(source, version);
    await nextSecond();
  }

  async function taken(): Promise<readonly unknown[]> {
    return (await site.record('content-taken')).map(({ detail }) => detail['version']);
  }

  test('a complete update site: its pattern is taken, its programs are refused and kept (S1, D8)', async () => {
    await site.deliver({ version: '101' });
    await everywhere('101');
    const [refused] = await site.record('delivery-refused');
    assert.equal(refused?.who, 'control-manager');
    assert.deepEqual(refused?.detail['sections'], [
      { section: 'Info_2_50000_4_1', version: '5.58' },
      { section: 'Info_186_50000_4_5121', version: '5.7' },
    ]);
    const { evidence } = await site.ask('evidence.list', {});
    const kept = evidence.find(({ digest }) => digest === refused?.detail['evidence']);
    assert.equal(kept?.kind, 'delivery-refused');
    assert.equal(kept?.because.code, 'DELIVERY_OFFERS_PROGRAM');
    assert.equal(kept?.text, await readFile(join(site.site.feed, 'server.ini'), 'utf8'));
    const { text } = await site.ask('catalogue.show', {});
    assert.match(text, /^P\.2=pattern\/lpt101\.ptn,101,1000$/m);
    assert.doesNotMatch(text, /5\.58|5\.7\s|serverprotect/);
    await isClean();
    const share = join(site.site.informationServer.root, 'share');
    assert.equal((await readFile(join(share, 'pattern/lpt101.ptn'))).length, 1_000);
    assert.deepEqual(
      (await site.tree()).map(({ program }) => program),
      Array.from({ length: everybody }, () => oldVersion),
    );
  });

  test('a pattern that is published anew under its old number replaces the old one', async () => {
    const share = join(site.site.informationServer.root, 'share');
    await site.site.publish({ version: '101', bytes: 1_000 });
    await writeFile(join(site.site.feed, 'pattern/lpt101.ptn'), Buffer.alloc(1_000, 'corrected'));
    await site.askManager('feed.poll', {});
    await site.waitFor('the corrected pattern in the share', async () =>
      (await readFile(join(share, 'pattern/lpt101.ptn'), 'utf8')).startsWith('corrected'),
    );
    await site.waitFor('the corrected pattern on a server', async () => {
      const folder = join(site.site.server('c1').root, 'contents/pattern/current');
      const files = await readdir(folder, { recursive: true, withFileTypes: true });
      const file = files.find((one) => one.isFile() && one.name === 'lpt101.ptn');
      assert.ok(file);
      return (await readFile(join(file.parentPath, file.name), 'utf8')).startsWith('corrected');
    });
    await isClean();
  });

  test('I5: a hold keeps a delivery back, both tiers list it; only the newest follows (D1)', async (t) => {
    const hold = await addHold(t);
    await site.waitFor('the control manager knows of the hold', async () =>
      (await atManager()).holds.some(({ id }) => id === hold.id),
    );
    await site.deliver({ version: '102' });
    await isKeptBack(hold.id, '102');
    await site.deliver({ version: '103' });
    await isKeptBack(hold.id, '103');
    assert.deepEqual(await keptBack(hold.id), ['pattern 103']);
    await site.ask('hold.release', { hold: hold.id });
    await everywhere('103');
    assert.deepEqual(await taken(), ['101', '101', '103'], 'what was superseded was never fetched');
    const inbox = await readdir(join(site.site.informationServer.root, 'inbox'));
    assert.equal(inbox.filter((name) => name.includes('part')).length, 0);
    await isClean();
  });

  test('a hold ends by itself, and what it kept back arrives then', async (t) => {
    const hold = await addHold(t, { minutes: 0.05 });
    await site.waitFor('the control manager knows of the hold', async () =>
      (await atManager()).holds.some(({ id }) => id === hold.id),
    );
    await site.deliver({ version: '104' });
    await isKeptBack(hold.id, '104');
    await everywhere('104');
    const lines = await site.record();
    const arrived = lines.find(
      ({ kind, detail }) => kind === 'content-taken' && detail['version'] === '104',
    );
    assert.ok((arrived?.at ?? 0) >= hold.until, 'not before the end that was stated');
  });

  test('a hold over one server lets all others have the delivery; that one catches up', async (t) => {
    const hold = await addHold(t, { servers: ['c1'] });
    await site.deliver({ version: '105' });
    await site.waitFor('105 on all but c1', async () => {
      const tree = await site.tree();
      return tree.every(
        ({ server, contents }) => (versionIn(contents, 'pattern') === '105') === (server !== 'c1'),
      );
    });
    await site.ask('hold.release', { hold: hold.id });
    await everywhere('105');
  });

  test('a hold made at the control manager does the same, and the site shows it (D1)', async (t) => {
    const hold = await site.askManager('hold.add', {
      reason: 'week of migration',
      minutes: 10,
      sites: 'all',
    });
    t.after(() => site.site.callManager('hold.release', { hold: hold.id }));
    await site.deliver({ version: '106' });
    await isKeptBack(hold.id, '106');
    const { holds } = await site.askManager('hold.list', {});
    assert.deepEqual(
      holds.find(({ id }) => id === hold.id)?.keepsBack.map(({ version }) => version),
      ['106'],
    );
    const outbreak = await site.askManager('deliver.now', { plan: 'outbreak' });
    assert.deepEqual(
      outbreak.held.map((one) => one.hold),
      [hold.id],
      'the outbreak plan passes no hold',
    );
    await site.deliver({ version: '107' });
    await isKeptBack(hold.id, '107');
    await site.askManager('hold.release', { hold: hold.id });
    await everywhere('107');
    assert.ok(!(await taken()).includes('106'), 'what was superseded was never fetched');
  });

  test('an update by hand: programs refused; under a hold kept back and caught up (D1)', async (t) => {
    const source = join(site.folder, 'update');
    await offerSource(source, '108');
    const updated = await site.ask('update.now', { source });
    assert.deepEqual(updated.taken, [{ component: 'pattern', version: '108' }]);
    assert.deepEqual(
      updated.refused.map(({ code }) => code),
      ['DELIVERY_OFFERS_PROGRAM'],
    );
    await everywhere('108');
    const hold = await addHold(t);
    await offerSource(source, '109');
    const held = await site.ask('update.now', { source });
    assert.deepEqual(held.taken, []);
    assert.deepEqual(held.keptBack, [{ component: 'pattern', version: '109' }]);
    await isKeptBack(hold.id, '109');
    await offerSource(source, '110');
    await site.ask('update.now', { source });
    await site.ask('hold.release', { hold: hold.id });
    await everywhere('110');
    assert.ok(!(await taken()).includes('109'), 'what was superseded was never taken');
    await isClean();
  });

  test('a stopped agent takes nothing, and both tiers show it; started, it catches up (D5, D10)', async () => {
    await site.ask('agent.stop', {});
    await site.waitFor('the agent is stopped', async () => {
      const { state, because } = await site.ask('agent.status', {});
      return state === 'stopped' && because !== null && (await atManager()).agent === 'inactive';
    });
    assert.equal(site.site.informationServer.run('agent'), null, 'the process has ended');
    await site.deliver({ version: '111' });
    const asked = await site.askManager('deliver.now', {});
    assert.deepEqual(asked.waiting, ['tokyo']);
    await site.deliver({ version: '112' });
    assert.deepEqual(new Set(await site.contentOfAll('pattern')), new Set(['110']));
    const agent = await site.ask('agent.start', {});
    assert.notEqual(agent.state, 'absent');
    await everywhere('112');
    assert.equal((await site.ask('agent.status', {})).state, 'running');
    assert.ok(!(await taken()).includes('111'), 'what was superseded was never fetched');
    const kinds = (await site.record()).map(({ kind }) => kind);
    assert.ok(kinds.includes('agent-stopped') && kinds.includes('agent-started'));
  });

  test('content is deployed to the ticked servers alone, until newer content is delivered (D9)', async () => {
    const servers = ['a1', 'c1'];
    const asked = { component: pattern, version: '107', servers: servers.map(serverId) };
    const deployed = await site.ask('deploy', asked);
    assert.equal(deployed.upgrade, null);
    assert.equal(deployed.servers, 2);
    await site.waitFor('107 on the ticked servers alone', async () =>
      (await site.tree()).every(
        ({ server, contents }) =>
          versionIn(contents, 'pattern') === (servers.includes(server) ? '107' : '112'),
      ),
    );
    await site.deliver({ version: '113' });
    await everywhere('113');
  });

  test('under `hold: site` deliveries wait for the end of group A (D1, D5, D10)', async () => {
    await site.importNew();
    await site.start(plan);
    const { holds } = await site.ask('hold.list', {});
    const hold = holds.find(({ active }) => active);
    assert.ok(hold !== undefined, 'the hold stands from the start (D2)');
    assert.match(hold.owner, /^upgrade /);
    await site.waitFor('the control manager knows of the hold', async () =>
      (await atManager()).holds.some(({ id }) => id === hold.id),
    );
    await site.deliver({ version: '114' });
    await isKeptBack(hold.id, '114');
    await site.deliver({ version: '115' });
    await isKeptBack(hold.id, '115');
    await site.waitFor('group A passed', async () => (await site.groupState('A')) === 'passed', 60);
    await everywhere('115');
    const lines = await site.record();
    const closed = lines.find(
      ({ kind, detail }) => kind === 'group-closed' && detail['group'] === 'A',
    );
    const arrived = lines.filter(({ kind, at }) => kind === 'content-taken' && at >= hold.from);
    assert.deepEqual(
      arrived.map(({ detail }) => detail['version']),
      ['115'],
    );
    assert.ok((arrived[0]?.number ?? 0) > (closed?.number ?? Infinity), 'not before A was closed');
  });

  test('a delivery between A and B leaves the catalogue clean, and B goes on (S1, D8, D11)', async () => {
    await site.deliver({ version: '116' });
    await everywhere('116');
    const { evidence } = await site.ask('evidence.list', {});
    const feed = await readFile(join(site.site.feed, 'server.ini'), 'utf8');
    assert.ok(evidence.some(({ text, kind }) => text === feed && kind === 'delivery-refused'));
    await isClean();
    const { text } = await site.ask('catalogue.show', {});
    assert.equal(text.match(/^Version=5\.80$/gm)?.length, 3);
    assert.equal(await site.versionRunning('b1'), oldVersion);
    await site.ask('upgrade.approve', { group: brand('B') });
    await site.waitFor('the upgrade', async () => (await site.status()).state === 'finished', 60);
    const lines = await site.record();
    assert.ok(
      lines.some(({ kind, detail }) => kind === 'catalogue-clean' && detail['group'] === 'B'),
    );
    assert.ok(!lines.some(({ kind }) => kind === 'catalogue-drifted'));
    for (const name of ['tokyo', 'a1', 'a2', 'b1']) {
      assert.equal(await site.versionRunning(name), newVersion);
    }
    await everywhere('116');
  });

  test('a program is deployed to chosen servers, and to no other (D9)', async () => {
    assert.equal(await site.versionRunning('c1'), oldVersion);
    const asked = { component: brand<ComponentName>('program'), servers: [serverId('c1')] };
    const deployed = await site.ask('deploy', asked);
    const { upgrade } = deployed;
    assert.ok(upgrade !== null && deployed.servers === 1 && deployed.bytes > 0);
    await site.waitFor('the deployment', async () => {
      const { state, form } = await site.ask('upgrade.status', { upgrade });
      return form === 'deployment' && state === 'finished';
    });
    assert.equal(await site.versionRunning('c1'), newVersion);
    const upgraded = (await site.record('server-upgraded')).map(({ server }) => server);
    assert.deepEqual(new Set(upgraded), new Set(['a1', 'a2', 'b1', 'c1']));
  });

  /** More of a section of its settings; the service is started anew with them. */
  async function setUp(
    computer: Computer,
    service: ServiceName,
    section: string,
    lines: readonly string[],
  ): Promise<void> {
    const file = join(computer.root, 'settings.yaml');
    const settings = await readFile(file, 'utf8');
    const more = [`${section}:`, ...lines].join('\n  ');
    await writeFile(file, settings.replace(`${section}:`, more));
    const before = computer.pid(service);
    computer.killService(service);
    await site.waitFor(`${service} is started anew`, () => {
      const now = computer.pid(service);
      return now !== null && now !== before;
    });
  }

  /** What works with patterns there: some words in one bring it down, or make it slow. */
  const engine = [
    'engines:',
    '  pattern:',
    '    commands:',
    "      use: {argv: [sh, -c, '! grep -q CRASH *'], secondsMax: 10}",
    "      watch: {argv: [sh, -c, 'if grep -q SLOW *; then sleep 60; fi'], secondsMax: 1}",
    '    times: 1',
  ];

  async function publishWith(version: string, word: string): Promise<void> {
    await site.site.publish({ version, bytes: 1_000 });
    await writeFile(join(site.site.feed, `pattern/lpt${version}.ptn`), Buffer.alloc(1_000, word));
    await site.askManager('feed.poll', {});
  }

  const roots = (): readonly string[] => [
    site.site.informationServer.root,
    ...['a1', 'a2', 'b1', 'c1'].map((name) => site.site.server(name).root),
  ];

  /** On how many servers an engine went back from that pattern. */
  async function harmed(version: string): Promise<number> {
    const logs = roots().map((root) => join(root, 'engines/pattern/intent.log'));
    const texts = await Promise.all(logs.map((log) => readFile(log, 'utf8').catch(() => '')));
    const line = new RegExp(`"returned","to":"${version}-`);
    return texts.filter((text) => line.test(text)).length;
  }

  test('a pattern that crashes engines, to all at once: every server works with it', async () => {
    const { informationServer } = site.site;
    for (const name of ['a1', 'a2', 'b1', 'c1']) {
      await setUp(site.site.server(name), 'normal-server', 'normalServer', engine);
    }
    await setUp(informationServer, 'normal-server', 'normalServer', engine);
    await publishWith('117', 'CRASH');
    await site.waitFor('117 was everywhere', async () => (await harmed('117')) === everybody, 60);
    assert.deepEqual(new Set(await site.contentOfAll('pattern')), new Set(['116']));
  });

  test('one that crashes engines, or only makes them slow, gets no further than the first ring', async () => {
    const gate = 'healthyMin: 1, sampleMin: 1, soakMinutes: 0.02';
    const mirror = await freePort();
    await setUp(site.site.informationServer, 'information-server', 'informationServer', [
      `mirrorListen: {host: 127.0.0.1, port: ${mirror}}`,
      'contentRings:',
      `  - {name: first, servers: [a1], ${gate}}`,
      `  - {name: rest, ${gate}}`,
    ]);
    await publishWith('118', 'good');
    await site.waitFor(
      '118 is everywhere',
      async () => {
        const versions = await site.contentOfAll('pattern');
        return versions.length === everybody && versions.every((one) => one === '118');
      },
      90,
    );
    for (const [version, word, cause] of [
      ['119', 'CRASH', 'health'],
      ['120', 'SLOW', 'timeout'],
    ] as const) {
      await publishWith(version, word);
      const failed = await site.waitFor(
        `${version} failed in its first ring`,
        async () => {
          const lines = await site.record('ring-failed');
          return lines.find(({ detail }) => detail['version'] === version);
        },
        60,
      );
      assert.deepEqual(
        [failed.detail['ring'], failed.detail['failedBy']],
        ['first', { [cause]: 1 }],
      );
      await site.waitFor('118 stands everywhere again', async () => {
        const versions = await site.contentOfAll('pattern');
        return versions.every((one) => one === '118');
      });
      assert.equal(await harmed(version), 1);
    }
    const { withdrawn } = await site.ask('content.rings', {});
    assert.deepEqual(
      withdrawn.map(({ version }) => version),
      ['120', '119'],
    );
    await isClean();
    const mirrored = async (file: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${mirror}/a1/${file}`)).status;
    assert.deepEqual([await mirrored('lpt118.ptn'), await mirrored('lpt120.ptn')], [200, 404]);
  });
});
