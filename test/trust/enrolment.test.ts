import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { leave } from '#adapters/identity/enrolment-client.ts';
import { newPrivateKey } from '#adapters/identity/certificate-request.ts';
import { againstJoining } from '#adapters/installation/installation-joining.ts';
import { readEnrolledAt } from '#adapters/identity/identity-enrolled.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import {
  removeSecret,
  writeCredentials,
  writeOrganisation,
  writeSecret,
} from '#adapters/identity/trust-files.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { parseEnrolmentToken, enrolmentTokenText } from '#protocol/shared/organisation.ts';
import { serverNamed } from '../contract/journal-rows.testing.ts';
import { openEnrolmentSite, openServer, type EnrolmentSite } from './enrolment-site.ts';

let tokyo: EnrolmentSite;
before(async () => {
  tokyo = await openEnrolmentSite();
});
after(() => tokyo.close());

const day = 86_400_000;
let names = 0;

/** Each test has a server of its own. */
async function withServer(
  act: (server: Awaited<ReturnType<typeof openServer>>, name: string) => Promise<void>,
  version: string | null = null,
): Promise<void> {
  names += 1;
  const name = `files-${names}`;
  const server = await openServer(name, version);
  try {
    await act(server, name);
  } finally {
    await server.close();
  }
}

function changed(token: string, change: object): string {
  const parsed = parseEnrolmentToken(token, 'token');
  assert.ok(parsed.ok);
  return enrolmentTokenText({ ...parsed.value, ...change });
}

describe('a server enrols', () => {
  test('with a token, and then has an identity and no token any more', async () => {
    await withServer(async (server, name) => {
      await server.giveToken(await tokyo.token());
      const got = await server.obtain();
      assert.ok(got.ok, JSON.stringify(got));
      const { identity, until, from } = got.value.standing;
      assert.deepEqual(identity, {
        role: 'normal-server',
        site: 'tokyo',
        organisation: 'acme',
        server: name,
      });
      assert.ok(until - from > 29 * day && until - from < 31 * day);
      assert.deepEqual(await readdir(join(server.root, 'secrets')), ['normal-server.pem']);
      assert.deepEqual(readEnrolledAt(server.root), { site: 'tokyo', address: tokyo.address });
      assert.equal(await server.said(), 'enrolled');
      const lines = (await tokyo.rows.log.record(0, 100)).filter((line) => line.server === name);
      assert.deepEqual(
        lines.map(({ kind }) => kind),
        ['server-enrolled', 'certificate-issued'],
      );
    });
  });

  test('not without one', async () => {
    await withServer(async (server) => {
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_ABSENT');
    });
  });

  test('not with a one-time token that another has used', async () => {
    const token = await tokyo.token();
    await withServer(async (server) => {
      await server.giveToken(token);
      assert.equal(await server.said(), 'enrolled');
    });
    await withServer(async (server, name) => {
      await server.giveToken(token);
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_USED');
      const last = (await tokyo.rows.log.record(null, 1))[0];
      assert.equal(last?.kind, 'enrolment-refused');
      assert.equal(last.server, name);
    });
  });

  test('not with a token that expired', async () => {
    await withServer(async (server) => {
      await server.giveToken(await tokyo.token({ minutes: 0.0001 }));
      await pause(20);
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_EXPIRED');
    });
  });

  test('not with a token whose secret was guessed, nor with an id that never was', async () => {
    await withServer(async (server) => {
      const token = await tokyo.token();
      await server.giveToken(changed(token, { secret: 'A'.repeat(43) }));
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_UNKNOWN');
      await server.giveToken(changed(token, { id: '0'.repeat(16) }));
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_UNKNOWN');
      // Neither used it up.
      await server.giveToken(token);
      assert.equal(await server.said(), 'enrolled');
    });
  });

  test('not at another site with a token of this one', async () => {
    const osaka = await openEnrolmentSite({ organisation: tokyo.organisation, site: 'osaka' });
    await withServer(async (server) => {
      // The server itself sees that osaka answers where tokyo should.
      await server.giveToken(changed(await tokyo.token(), { address: osaka.address }));
      assert.equal(await server.said(), 'ADDRESS_UNREACHABLE');
      // And were it fooled, osaka would refuse.
      await server.giveToken(
        changed(await tokyo.token(), { address: osaka.address, site: 'osaka' }),
      );
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_UNKNOWN');
      const asked = await osaka.enrolment.enrol(
        {
          token: JSON.parse(Buffer.from(await tokyo.token(), 'base64url').toString()),
          request: 'any',
          server: 'files-00',
          installId: 'install-00',
          machineId: 'machine',
        },
        '10.0.0.9',
      );
      assert.equal(asked.ok ? null : asked.because.code, 'ENROLMENT_TOKEN_OF_SITE');
    });
    await osaka.close();
  });

  test('not in another organisation: its fingerprint is not that of the token', async () => {
    const evil = await openEnrolmentSite({ organisation: await testOrganisation() });
    await withServer(async (server) => {
      await server.giveToken(changed(await tokyo.token(), { address: evil.address }));
      assert.equal(await server.said(), 'ORGANISATION_OTHER');
    });
    await withServer(async (server) => {
      // One that belongs to an organisation is not taken over by the token of another.
      await writeOrganisation(server.root, tokyo.organisation.text);
      await server.giveToken(await evil.token());
      assert.equal(await server.said(), 'ORGANISATION_OTHER');
    });
    await evil.close();
  });

  test('by a counted token it waits for approval, and asks on', async () => {
    const token = await tokyo.token({ uses: 2 });
    await withServer(async (server, name) => {
      await server.giveToken(token);
      assert.equal(await server.said(), 'ENROLMENT_WAITS');
      assert.equal(await server.said(), 'ENROLMENT_WAITS');
      assert.ok((await tokyo.approve(name)).ok);
      assert.equal(await server.said(), 'enrolled');
    });
    await withServer(async (server, name) => {
      await server.giveToken(token);
      assert.equal(await server.said(), 'ENROLMENT_WAITS');
      assert.ok((await tokyo.revoke(name)).ok);
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_USED');
    });
  });

  test('not ahead of its information server, unless a person said why; that is recorded (L1)', async () => {
    const token = await tokyo.token();
    const laid = (secrets: Record<string, string>) =>
      againstJoining({ trust: { organisation: null, secrets } }, '5.80.1179');
    const secrets = { 'enrolment.token': `${token}\n` };
    assert.equal((await laid(secrets))?.code, 'INFORMATION_SERVER_BEHIND', 'nothing is laid down');
    assert.equal(await laid({ ...secrets, 'enrolment.reason': 'a trial' }), null);
    await withServer(async (server, name) => {
      await server.giveToken(token);
      assert.equal(await server.said(), 'INFORMATION_SERVER_BEHIND');
      assert.equal(await server.said(), 'INFORMATION_SERVER_BEHIND', 'it asks again');
      await server.giveReason('a trial of one machine');
      assert.equal(await server.said(), 'enrolled');
      assert.deepEqual(await readdir(join(server.root, 'secrets')), ['normal-server.pem']);
      const lines = await tokyo.rows.log.record(0, 200);
      const told = lines.find((line) => line.server === name)?.detail;
      assert.deepEqual(
        [told?.['version'], told?.['aheadReason']],
        ['5.80.1179', 'a trial of one machine'],
      );
    }, '5.80.1179');
    await withServer(async (server) => {
      await server.giveToken(await tokyo.token());
      assert.equal(await server.said(), 'enrolled');
    }, '5.70.1000');
  });

  test('at an information server of before, which does not ask for its version', async () => {
    const old = await openEnrolmentSite({ isOfBefore: true });
    await withServer(async (server) => {
      await server.giveToken(await old.token());
      assert.equal(await server.said(), 'enrolled');
    }, '5.80.1179');
    await old.close();
  });

  test('again with the same key, when the answer was lost', async () => {
    await withServer(async (server) => {
      const token = await tokyo.token();
      const key = newPrivateKey();
      for (let time = 1; time <= 2; time++) {
        await server.giveToken(token);
        await writeSecret(server.root, 'enrolment.key', key);
        assert.equal(await server.said(), 'enrolled');
        // As if it had been killed before it took over what was answered.
        await removeSecret(server.root, 'normal-server.pem');
      }
      await server.giveToken(token);
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_USED', 'another key is another server');
    });
  });

  test('no more often than so many failures from one address in a minute', async () => {
    const { enrolment } = tokyo;
    const codes = new Set<string>();
    for (let attempt = 0; attempt < 30; attempt++) {
      const answer = await enrolment.enrol({}, '10.9.9.9');
      codes.add(answer.ok ? 'ok' : answer.because.code);
    }
    assert.deepEqual([...codes], ['MESSAGE_UNREADABLE', 'ATTEMPTS_OF_PEER']);
    const elsewhere = await enrolment.enrol({}, '10.9.9.8');
    assert.equal(elsewhere.ok ? null : elsewhere.because.code, 'MESSAGE_UNREADABLE');
  });
});

type Meanwhile = { readonly site: EnrolmentSite; isTaken: boolean };

/** While a certificate is signed another computer enrols under the name; only its one counts. */
async function whileSigning(
  act: (server: Awaited<ReturnType<typeof openServer>>, meanwhile: Meanwhile) => Promise<void>,
): Promise<void> {
  const name = parseServer('files-taken');
  const site = await openEnrolmentSite({
    lifetimeMs: 2_000,
    async whileSigning() {
      if (!meanwhile.isTaken) return;
      meanwhile.isTaken = false;
      await other.giveToken(await site.token({ server: name }));
      assert.equal(await other.said(), 'enrolled');
    },
  });
  const meanwhile: Meanwhile = { site, isTaken: false };
  const [server, other] = await Promise.all([openServer(name), openServer(name)]);
  try {
    await act(server, meanwhile);
    const certificates = await site.rows.enrolment.certificatesOf(name);
    assert.equal(certificates.filter(({ revokedAt }) => revokedAt === null).length, 1);
  } finally {
    // An open server would keep a test that failed from ever ending.
    await Promise.all([server.close(), other.close(), site.close()]);
  }
}

describe('an unbound token', () => {
  test('does not enrol a name that only the list of the fleet knows; one that names it does', async () => {
    const name = parseServer('beside');
    await tokyo.knows(name);
    const server = await openServer(name);
    try {
      await server.giveToken(await tokyo.token());
      assert.equal(await server.said(), 'SERVER_ENROLLED');
      await server.giveToken(await tokyo.token({ server: name }));
      assert.equal(await server.said(), 'enrolled');
    } finally {
      await server.close();
    }
  });
});

const parseServer = (name: string): ServerId => brand<ServerId>(name);

describe('a certificate', () => {
  test('is renewed by itself when half of its life is over', async () => {
    const short = await openEnrolmentSite({ lifetimeMs: 4_000 });
    await withServer(async (server, name) => {
      await server.giveToken(await short.token());
      const first = await server.obtain();
      assert.ok(first.ok);
      assert.deepEqual(await server.obtain(), first, 'not before');
      await pause(2_500);
      const second = await server.obtain();
      assert.ok(second.ok && second.value.because === null);
      assert.notEqual(
        second.value.standing.credentials.chain,
        first.value.standing.credentials.chain,
      );
      assert.notEqual(second.value.standing.credentials.key, first.value.standing.credentials.key);
      const certificates = await short.rows.enrolment.certificatesOf(parseServer(name));
      assert.equal(certificates.length, 2);
    });
    await short.close();
  });

  test('is not renewed for who lost its name to another meanwhile', async () => {
    await whileSigning(async (server, meanwhile) => {
      await server.giveToken(await meanwhile.site.token());
      assert.equal(await server.said(), 'enrolled');
      await pause(1_300);
      meanwhile.isTaken = true;
      assert.equal(await server.said(), 'CERTIFICATE_REVOKED');
    });
  });

  test('is not given for the key that lost its name before it had its first', async () => {
    await whileSigning(async (server, meanwhile) => {
      await server.giveToken(await meanwhile.site.token());
      meanwhile.isTaken = true;
      assert.equal(await server.said(), 'SERVER_ENROLLED');
    });
  });

  test('that expired while the server was off is renewed by its key', async () => {
    const short = await openEnrolmentSite({ lifetimeMs: 1_500 });
    await withServer(async (server) => {
      await server.giveToken(await short.token());
      assert.equal(await server.said(), 'enrolled');
      await pause(3_000);
      const renewed = await server.obtain();
      assert.ok(renewed.ok, JSON.stringify(renewed));
      assert.equal(renewed.value.because, null);
      assert.ok(renewed.value.standing.until > Date.now());
    });
    await short.close();
  });

  test('that expired more than 180 days ago is not; a new token helps', async () => {
    await withServer(async (server, name) => {
      await server.giveToken(await tokyo.token());
      assert.equal(await server.said(), 'enrolled');
      const now = Date.now() - 211 * day;
      const old = await tokyo.own.normalServer(name, { now });
      await writeCredentials(server.root, 'normal-server', old);
      assert.equal(await server.said(), 'ENROLMENT_TOKEN_ABSENT');
      await server.giveToken(await tokyo.token({ server: parseServer(name) }));
      assert.equal(await server.said(), 'enrolled');
    });
  });

  test('of a revoked server is not renewed, and counts nowhere', async () => {
    await withServer(async (server, name) => {
      await server.giveToken(await tokyo.token());
      assert.equal(await server.said(), 'enrolled');
      const stolen = await tokyo.own.normalServer(name, { now: Date.now() - 20 * day });
      await writeCredentials(server.root, 'normal-server', stolen);
      assert.ok((await tokyo.revoke(name)).ok);
      assert.deepEqual(
        tokyo.turnedAway.at(-1)?.map((one) => (typeof one === 'string' ? one : one.code)),
        [name, 'CERTIFICATE_REVOKED'],
      );
      // It still counts for itself until it ends, but nobody renews it, and nobody listens.
      assert.equal(await server.said(), 'CERTIFICATE_REVOKED');
      const against = tokyo.refused.against({ identity: stolen.identity, serial: stolen.serial });
      assert.equal(against?.code, 'CERTIFICATE_REVOKED');
    });
  });

  test('is taken back also of a server that claims to stand on the computer of its site', async () => {
    const claims = { ...serverNamed('liar'), withInformationServer: true };
    await tokyo.change(({ fleet }) => fleet.putServer(claims));
    assert.ok((await tokyo.revoke('liar')).ok);
    // The one that does is signed for right there: taking it back would change nothing.
    const own = await tokyo.revoke('tokyo-own');
    assert.equal(own.ok ? null : own.because.code, 'SERVER_OF_INFORMATION_SERVER');
  });

  test('of a server that left, or that a person took out, counts nowhere', async () => {
    await withServer(async (server, name) => {
      await server.giveToken(await tokyo.token());
      const got = await server.obtain();
      assert.ok(got.ok);
      const { organisation, credentials } = got.value.standing;
      const above = { address: tokyo.address, site: 'tokyo', organisation };
      assert.deepEqual(await leave(above, credentials), { ok: true, value: null });
      const again = await leave(above, credentials);
      assert.equal(again.ok ? 'left' : again.because.code, 'CERTIFICATE_REVOKED');
      const [serverName, because] = tokyo.turnedAway.at(-1) ?? [];
      assert.deepEqual([serverName, because?.code], [name, 'CERTIFICATE_REVOKED']);
      assert.equal((await tokyo.kinds()).at(-1), 'server-removed');
      await pause(5);
      await server.giveToken(await tokyo.token());
      assert.equal(await server.said(), 'enrolled');
      const removed = await tokyo.remove(name);
      assert.ok(removed.ok);
      assert.equal((await tokyo.rows.enrolment.enrolled(brand<ServerId>(name)))?.state, 'revoked');
    });
    const nobody = await tokyo.remove('nobody');
    assert.equal(nobody.ok ? 'removed' : nobody.because.code, 'SERVER_NOT_ENROLLED');
  });

  test('of before counts no more when a server was enrolled anew in its place', async () => {
    await withServer(async (server, name) => {
      await server.giveToken(await tokyo.token());
      assert.equal(await server.said(), 'enrolled');
      const before = await tokyo.rows.enrolment.certificatesOf(parseServer(name));
      await withServer(async () => undefined);
      const again = await openServer(name);
      await again.giveToken(await tokyo.token({ server: parseServer(name) }));
      const got = await again.obtain();
      assert.ok(got.ok);
      const { identity } = got.value.standing;
      const against = (serial: string) => tokyo.refused.against({ identity, serial })?.code ?? null;
      assert.equal(against(before[0]?.serial ?? ''), 'CERTIFICATE_REVOKED');
      const now = await tokyo.rows.enrolment.certificatesOf(parseServer(name));
      const good = now.find(({ revokedAt }) => revokedAt === null);
      assert.equal(against(good?.serial ?? ''), null);
      await again.close();
    });
  });

  test('that was revoked stays so after a restart', async () => {
    await withServer(async (server, name) => {
      await server.giveToken(await tokyo.token());
      const got = await server.obtain();
      assert.ok(got.ok);
      assert.ok((await tokyo.revoke(name)).ok);
      const { Refused } = await import('#information-server/enrolment/refused.ts');
      const again = new Refused(undefined);
      await again.load(tokyo.rows);
      const { identity } = got.value.standing;
      assert.equal(again.against({ identity, serial: '01' })?.code, 'CERTIFICATE_REVOKED');
    });
  });
});
