/** What every journal promises of enrolment: tokens, servers and their certificates. */

import assert from 'node:assert/strict';
import { brand, type ServerId } from '#domain/names.ts';
import type {
  EnrolledServer,
  EnrolmentTokenRow,
  IssuedCertificate,
} from '#domain/trust/enrolment.ts';
import { digestOf } from './journal-rows.testing.ts';
import type { Promises } from './journal-upgrades.ts';

export function tokenOf(id: string, madeAt: number): EnrolmentTokenRow {
  return {
    id,
    secretDigest: digestOf(madeAt),
    madeAt,
    until: madeAt + 100,
    who: 'mori',
    usesMax: 1,
    uses: 0,
    server: null,
    revokedAt: null,
  };
}

export function enrolledOf(name: string): EnrolledServer {
  return {
    server: brand<ServerId>(name),
    state: 'enrolled',
    since: 1,
    token: 'token',
    keyDigest: digestOf(2),
    installId: `install-${name}`,
    machineId: `machine-${name}`,
    remote: '127.0.0.1',
    until: 5,
    approvedBy: null,
    refusedBefore: null,
  };
}

export function certificateOf(
  serial: string,
  { server, until }: { readonly server: string; readonly until: number },
): IssuedCertificate {
  return { serial, server: brand<ServerId>(server), from: 1, until, revokedAt: null };
}

export function enrolmentPromises(promises: Promises): void {
  promises('tokens are told newest first and as they last were', async (journal) => {
    await journal.transaction(async ({ enrolment }) => {
      await enrolment.putToken(tokenOf('b', 20));
      await enrolment.putToken(tokenOf('c', 30));
      await enrolment.putToken(tokenOf('d', 20));
      await enrolment.putToken(tokenOf('a', 10));
      await enrolment.putToken({ ...tokenOf('c', 30), uses: 1, revokedAt: 40 });
    });
    const { enrolment } = journal.rows;
    const ids = async () => (await enrolment.tokens()).map(({ id }) => id);
    assert.deepEqual(await ids(), ['c', 'b', 'd', 'a']);
    assert.deepEqual(await enrolment.token('c'), { ...tokenOf('c', 30), uses: 1, revokedAt: 40 });
    assert.equal(await enrolment.token('e'), null);
    await journal.transaction(({ enrolment: rows }) => rows.forgetTokens(120));
    assert.deepEqual(await ids(), ['c', 'b', 'd']);
    assert.equal(await enrolment.token('a'), null);
  });

  promises('enrolled servers are told by name and as they last were', async (journal) => {
    await journal.transaction(async ({ enrolment }) => {
      for (const name of ['b', 'a']) await enrolment.putEnrolled(enrolledOf(name));
      await enrolment.putEnrolled({ ...enrolledOf('b'), state: 'revoked', refusedBefore: 9 });
    });
    const { enrolment } = journal.rows;
    const revoked = { ...enrolledOf('b'), state: 'revoked', refusedBefore: 9 } as const;
    assert.deepEqual(await enrolment.enrolledServers(), [enrolledOf('a'), revoked]);
    assert.deepEqual(await enrolment.enrolled(brand<ServerId>('b')), revoked);
    assert.equal(await enrolment.enrolled(brand<ServerId>('c')), null);
  });

  promises(
    'certificates of a server, the longest valid first, until forgotten',
    async (journal) => {
      const server = brand<ServerId>('a');
      await journal.transaction(async ({ enrolment }) => {
        await enrolment.putCertificate(certificateOf('01', { server: 'a', until: 50 }));
        await enrolment.putCertificate(certificateOf('02', { server: 'a', until: 70 }));
        await enrolment.putCertificate(certificateOf('03', { server: 'b', until: 60 }));
        await enrolment.putCertificate({
          ...certificateOf('01', { server: 'a', until: 50 }),
          revokedAt: 40,
        });
      });
      const { enrolment } = journal.rows;
      const serials = async () =>
        (await enrolment.certificatesOf(server)).map(({ serial, revokedAt }) => [
          serial,
          revokedAt,
        ]);
      assert.deepEqual(await serials(), [
        ['02', null],
        ['01', 40],
      ]);
      assert.equal((await enrolment.certificate('03'))?.server, 'b');
      await journal.transaction(({ enrolment: rows }) => rows.forgetCertificates(60));
      assert.deepEqual(await serials(), [['02', null]]);
      assert.equal((await enrolment.certificate('03'))?.until, 60);
      assert.equal(await enrolment.certificate('01'), null);
    },
  );
}
