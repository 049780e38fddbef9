/** The order over the tiers (N2): servers wait for their information server, unless a person says why not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ComponentName } from '#domain/names.ts';
import { becauseOf, newVersion, oldVersion, serverId, SiteForTests } from './site-for-tests.ts';

const program = brand<ComponentName>('program');

test('a server goes ahead of its information server only with a reason, which stands in the record (N2)', async (t) => {
  const site = await SiteForTests.begin({ servers: ['a1', 'a2'] });
  t.after(() => site.end());
  await site.importNew();
  const asked = { component: program, servers: [serverId('a1')] };
  const refused = becauseOf('deploy', await site.site.call('deploy', asked));
  assert.deepEqual(refused, {
    code: 'INFORMATION_SERVER_BEHIND',
    with: { running: oldVersion, target: newVersion },
  });
  assert.deepEqual(await site.record('upgrade-started'), []);

  await site.ask('deploy', { ...asked, aheadOfInformationServer: 'a trial on one machine' });
  await site.waitFor('the deployment is finished', async () => {
    return (await site.status()).state === 'finished';
  });
  assert.equal(await site.versionRunning('a1'), newVersion);
  for (const name of ['a2', 'tokyo']) assert.equal(await site.versionRunning(name), oldVersion);
  const [started] = await site.record('upgrade-started');
  assert.equal(started?.who, 'administrator');
  assert.deepEqual(started?.detail['goAhead'], [
    { code: 'INFORMATION_SERVER_BEHIND', reason: 'a trial on one machine' },
  ]);
});
