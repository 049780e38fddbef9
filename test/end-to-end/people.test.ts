/** Roles, scopes and approvals at real servers of both tiers, by people with tokens of their own. */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { callConsole, type ConsoleTable } from '#adapters/link/console-client.ts';
import {
  brand,
  type DomainName,
  type GroupName,
  type PersonName,
  type RequestId,
} from '#domain/names.ts';
import type { Role, Scope } from '#domain/people/person.ts';
import {
  controlManagerCalls,
  informationServerCalls,
  type ParamsOf,
  type TreeServer,
} from '#protocol/console/contract.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';
import { newVersion, serverId, SiteForTests, valueOf } from './site-for-tests.ts';

type Tier = 'information-server' | 'control-manager';

const plan = `
upgrade: by-two
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1], approve: true, gate: {soak: 0s}}
  - {name: B, servers: [b1], approve: true, gate: {soak: 0s}}
lease: 30s
prove: 30s
`;

const everywhere = { lanes: ['content' as const], components: [], reason: 'a trial', minutes: 60 };

describe('people at a real site', () => {
  let site: SiteForTests;
  /** How a1 was shown before its group was approved, and when it had passed. */
  const marks: TreeServer['session'][] = [];
  /** Tokens by name. */
  const tokens = new Map<string, string>();

  async function asked<Table extends ConsoleTable, Name extends keyof Table & string>(
    table: Table,
    of: { readonly tier?: Tier; readonly who: string | null },
    what: { readonly call: Name; readonly params: ParamsOf<Table, Name> },
  ) {
    const place = site.site.address(of.tier);
    const token = of.who === null ? place.token : (tokens.get(of.who) ?? 'none');
    return callConsole(table, { ...place, token }, what);
  }

  /** `done`, or the code of the refusal. */
  async function as<Name extends keyof typeof informationServerCalls>(
    who: string,
    call: Name,
    params: ParamsOf<typeof informationServerCalls, Name>,
  ): Promise<string> {
    const end = await asked(informationServerCalls, { who }, { call, params });
    return end.ok ? 'done' : end.because.code;
  }

  async function hire(name: string, role: Role, scope: Scope = 'whole', tier?: Tier) {
    const person = brand<PersonName>(name);
    const given = scope === 'whole' ? scope : [...scope];
    const by = { tier: tier ?? 'information-server', who: null } as const;
    const account = { person, role, scope: given };
    const added = await asked(peopleCalls, by, { call: 'people.add', params: account });
    valueOf('people.add', added);
    const made = { person, name: 'for tests' };
    const token = await asked(peopleCalls, by, { call: 'token.add', params: made });
    tokens.set(name, valueOf('token.add', token).secret);
  }

  before(async () => {
    const servers = [
      { name: 'a1', domain: 'web' },
      { name: 'b1', domain: 'db' },
    ];
    site = await SiteForTests.begin({ servers });
    await hire('vito', 'viewer');
    await hire('ito', 'operator', ['web']);
    await hire('wada', 'approver', ['web']);
  });
  after(() => site.end());

  test('an operator of one domain reaches its servers and no others', async () => {
    const tree = await asked(
      informationServerCalls,
      { who: 'ito' },
      { call: 'fleet.tree', params: {} },
    );
    const { domains } = valueOf('fleet.tree', tree);
    assert.deepEqual(
      domains.map(({ domain }) => domain),
      ['web'],
    );
    const [a1, b1, web, db] = [serverId('a1'), serverId('b1'), 'web', 'db'] as const;
    const domain = (name: string) => brand<DomainName>(name);
    const small = 'SCOPE_TOO_SMALL';
    assert.equal(await as('ito', 'fleet.identify', { server: a1 }), 'done');
    assert.equal(await as('ito', 'fleet.identify', { server: b1 }), small);
    assert.equal(await as('ito', 'fleet.identify', { server: serverId('nobody') }), small);
    assert.equal(await as('ito', 'fleet.move', { server: a1, domain: domain(web) }), 'done');
    assert.equal(await as('ito', 'fleet.move', { server: a1, domain: domain(db) }), small);
    assert.equal(await as('ito', 'fleet.move', { server: b1, domain: domain(web) }), small);
    assert.equal(await as('ito', 'hold.add', { ...everywhere, servers: [a1] }), 'done');
    assert.equal(await as('ito', 'hold.add', { ...everywhere, servers: [a1, b1] }), small);
    assert.equal(await as('ito', 'hold.add', { ...everywhere, servers: 'site' }), small);
    assert.equal(await as('ito', 'record.list', { limit: 1 }), small);
    assert.equal(await as('ito', 'agent.stop', {}), small);
  });

  test('a viewer changes nothing, and a refusal stands in the record with his name', async () => {
    const hold = { ...everywhere, servers: 'site' as const };
    for (const end of [
      await as('vito', 'hold.add', hold),
      await as('vito', 'agent.stop', {}),
      await as('vito', 'upgrade.start', { file: 'plan.yaml', text: plan }),
    ]) {
      assert.equal(end, 'ROLE_TOO_LOW');
    }
    const lines = await site.record('call-refused');
    const his = lines.filter(({ who }) => who === 'vito').map(({ detail }) => detail['call']);
    assert.deepEqual(his, ['hold.add', 'agent.stop', 'upgrade.start']);
  });

  test('one approver is enough where there is one; then a group is approved by two', async () => {
    await site.importNew();
    await site.start(plan);
    const group = (name: string) => ({ group: brand<GroupName>(name) });
    const waits = (name: string) =>
      site.waitFor(`group ${name} waits`, async () => {
        const { state, groups } = await site.status();
        // Before that the information server goes away for its own switch.
        if (state !== 'groups') return false;
        const end = groups.find((one) => one.name === name);
        return end?.because?.code === 'GROUP_NOT_OPEN' || end?.state === 'waiting';
      });
    await waits('A');
    marks.push((await site.inTree('a1')).session);
    assert.equal(await as('ito', 'upgrade.approve', group('A')), 'ROLE_TOO_LOW');
    assert.equal(await as('wada', 'upgrade.approve', group('B')), 'SCOPE_TOO_SMALL');
    assert.equal(await as('wada', 'upgrade.approve', group('A')), 'done');
    assert.equal((await site.record('approved-by-one')).at(-1)?.who, 'wada');
    await hire('mori', 'approver');
    await hire('sato', 'approver');
    await site.waitFor(
      'group A passed',
      async () => (await site.status()).groups[0]?.state === 'passed',
    );
    marks.push((await site.inTree('a1')).session);
    const refused = await asked(
      informationServerCalls,
      { who: 'mori' },
      { call: 'upgrade.approve', params: group('B') },
    );
    assert.ok(!refused.ok && refused.because.code === 'APPROVAL_NEEDED');
    const request = brand<RequestId>(String(refused.because.with['request']));
    const give = (who: string) =>
      asked(peopleCalls, { who }, { call: 'approval.give', params: { request } });
    const own = await give('mori');
    assert.ok(!own.ok && own.because.code === 'APPROVAL_OWN');
    const other = await give('wada');
    assert.ok(!other.ok && other.because.code === 'APPROVER_NEEDED', 'of another domain');
    assert.equal(valueOf('approval.give', await give('sato')).by, 'mori');
    await site.waitFor('it is finished', async () => (await site.status()).state === 'finished');
    const approved = (await site.record('group-approved')).map(({ who }) => who);
    assert.deepEqual(approved, ['wada', 'mori']);
  });

  test('D9: a session is shown as none, as encrypted with the old version, with the new one, and since when', async () => {
    const [old, upgraded] = marks;
    assert.ok(old !== undefined && upgraded !== undefined);
    assert.deepEqual([old.state, old.encrypted], ['old', true]);
    assert.deepEqual([upgraded.state, upgraded.encrypted], ['new', true]);
    const [from, since] = [old.since ?? 0, upgraded.since ?? 0];
    assert.ok(from > 0 && since > from && since <= Date.now(), `${from}, ${since}`);
    await site.site.server('b1').stop();
    const none = { state: 'none', since: null, encrypted: false };
    const isGone = async () => (await site.inTree('b1')).session.state === 'none';
    await site.waitFor('b1 is gone', isGone);
    assert.deepEqual((await site.inTree('b1')).session, none);
  });

  test('at a control manager a scope is sites, and an early release of a hold waits as well', async () => {
    const tier = 'control-manager';
    await hire('kita', 'operator', ['sapporo'], tier);
    await hire('mori', 'approver', 'whole', tier);
    await hire('sato', 'approver', 'whole', tier);
    const manager = async (who: string, sites: 'all' | ReturnType<typeof serverId>[]) => {
      const params = { reason: 'a trial', minutes: 60, sites };
      return asked(controlManagerCalls, { tier, who }, { call: 'hold.add', params });
    };
    const refused = await manager('kita', [serverId('tokyo')]);
    assert.ok(!refused.ok && refused.because.code === 'SCOPE_TOO_SMALL');
    const seen = await asked(
      controlManagerCalls,
      { tier, who: 'kita' },
      { call: 'control-manager.show', params: {} },
    );
    assert.deepEqual(valueOf('control-manager.show', seen).sites, []);
    const { id: hold } = valueOf('hold.add', await manager('mori', 'all'));
    const release = (who: string) =>
      asked(controlManagerCalls, { tier, who }, { call: 'hold.release', params: { hold } });
    const first = await release('mori');
    assert.ok(!first.ok && first.because.code === 'APPROVAL_NEEDED');
    assert.ok((await release('sato')).ok, 'who asks for the same stands behind it too');
  });
});
