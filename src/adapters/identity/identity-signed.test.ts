import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { brand, type ServerId } from '#domain/names.ts';
import { ok } from '#domain/result.ts';
import { systemClock } from '../daemon/clock-system.ts';
import { keepIdentity } from './identity-keeper.ts';
import { signedIdentity, type Daemon, type Standing } from './identity-signed.ts';
import { testOrganisation, type TestOrganisation } from '../organisation/organisation.testing.ts';
import { removeSecret, writeAuthority, writeOrganisation } from './trust-files.ts';

let root: string;
let acme: TestOrganisation;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'identity-signed-'));
  acme = await testOrganisation();
  await writeOrganisation(root, acme.text);
  await writeAuthority(root, acme.site.authority);
});
after(() => rm(root, { recursive: true }));

const local: Daemon = { service: 'normal-server', server: brand<ServerId>('tokyo-01') };

async function obtain(daemon: Daemon, now = Date.now(), lifetimeMs?: number) {
  return signedIdentity(root, daemon, { now, chance: 0, lifetimeMs });
}

test('every daemon of a site is who its authority says, and stays it', async () => {
  for (const daemon of [{ service: 'information-server' }, { service: 'agent' }, local] as const) {
    const first = await obtain(daemon);
    assert.ok(first.ok, JSON.stringify(first));
    assert.equal(first.value.identity.role, daemon.service);
    assert.equal(first.value.identity.site, 'tokyo');
    assert.deepEqual(await obtain(daemon), first);
  }
});

test('but none is the control manager', async () => {
  const refused = await obtain({ service: 'control-manager' });
  assert.equal(refused.ok ? null : refused.because.code, 'IDENTITY_NOT_HERE');
});

test('a server that got another name gets another certificate', async () => {
  const renamed = await obtain({ service: 'normal-server', server: brand<ServerId>('tokyo-02') });
  assert.ok(renamed.ok && renamed.value.identity.role === 'normal-server');
  assert.equal(renamed.value.identity.server, 'tokyo-02');
});

test('half over, it is signed anew; also when it ended long ago', async () => {
  const agent = { service: 'agent' } as const;
  const first = await obtain(agent);
  assert.ok(first.ok);
  const { from, until } = first.value;
  for (const now of [from + (until - from) / 2 + 1, until + 400 * 86_400_000]) {
    const second = await obtain(agent, now);
    assert.ok(second.ok);
    assert.ok(second.value.from > from && second.value.until > now);
  }
});

test('a keeper renews for as long as it runs', async () => {
  await removeSecret(root, 'information-server.pem'); // the long one of another test
  const standings: Standing[] = [];
  const third = Promise.withResolvers<void>();
  const keeper = keepIdentity({
    async obtain({ now, chance }) {
      const daemon = { service: 'information-server' } as const;
      const standing = await signedIdentity(root, daemon, { now, chance, lifetimeMs: 2_000 });
      return standing.ok ? ok({ standing: standing.value, because: null }) : standing;
    },
    stands(standing) {
      standings.push(standing);
      if (standings.length === 3) third.resolve();
    },
    clock: systemClock,
    chance: () => 0,
    log: pino({ enabled: false }),
  });
  await third.promise;
  keeper.close();
  const keys = new Set(standings.map(({ credentials }) => credentials.key));
  assert.equal(keys.size, 3);
});
