/**
 * The enrolment of a site over real TLS, a real journal and real files: what an information server
 * does with those who come without a certificate, and nothing else of it.
 */

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { openVerifier } from '#adapters/identity/certificate-chain.ts';
import {
  aheadReasonFile,
  enrolledIdentity,
  enrolmentTokenFile,
} from '#adapters/identity/identity-enrolled.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import {
  testOrganisation,
  type TestOrganisation,
} from '#adapters/organisation/organisation.testing.ts';
import { openSiteAuthority } from '#adapters/identity/site-authority.ts';
import { writeAuthority, writeOrganisation, writeSecret } from '#adapters/identity/trust-files.ts';
import { brand, type PersonName, type ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import { validity } from '#domain/trust/validity.ts';
import type { InformationServerTable, ParamsOf } from '#protocol/console/contract.ts';
import {
  enrolPath,
  joiningPath,
  leavePath,
  organisationPath,
  rehomePath,
  renewPath,
} from '#protocol/shared/organisation.ts';
import { Enrolment } from '#information-server/enrolment/enrolment.ts';
import { Loop } from '#information-server/loop.ts';
import type { Parts } from '#information-server/parts.ts';
import { Refused } from '#information-server/enrolment/refused.ts';
import { leave, removeServer } from '#information-server/routes/removal.ts';
import { addToken, approveServer, revokeServer } from '#information-server/routes/enrolment.ts';
import { serverNamed } from '../contract/journal-rows.testing.ts';

const person = (name: string) => ({ name: brand<PersonName>(name), scope: 'whole' }) as const;

export type EnrolmentSite = Awaited<ReturnType<typeof openEnrolmentSite>>;

export async function openEnrolmentSite(
  options: {
    readonly organisation?: TestOrganisation;
    readonly site?: string;
    readonly lifetimeMs?: number;
    /** What happens while a certificate is being signed. */
    readonly whileSigning?: () => Promise<void>;
    /** It knows no message that names a version. */
    readonly isOfBefore?: boolean;
  } = {},
) {
  const organisation = options.organisation ?? (await testOrganisation());
  const own =
    options.site === undefined ? organisation.site : await organisation.addSite(options.site);
  const folder = await mkdtemp(join(tmpdir(), 'dankai-enrolment-'));
  await writeOrganisation(folder, organisation.text);
  await writeAuthority(folder, own.authority);
  const authority = await openSiteAuthority(folder, { lifetimeMs: options.lifetimeMs });
  assert.ok(authority.ok);
  const journal = await openJournal(join(folder, 'journal.sqlite'));
  assert.ok(journal.ok);
  await journal.value.transaction(({ log }) =>
    log.beginRecord({ site: brand<ServerId>(own.site), at: Date.now() }),
  );
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const site = {
    clock,
    log: pino({ level: 'silent' }),
    journal: journal.value,
    authority: {
      ...authority.value,
      async sign(asked: Parameters<typeof authority.value.sign>[0]) {
        await options.whileSigning?.();
        return authority.value.sign(asked);
      },
    },
    digestOf: digestOfBytes,
    ownServer: brand<ServerId>('tokyo-own'),
    self: { version: '5.70.1000' },
    isEnded: false,
  };
  const turnedAway: [ServerId, Problem][] = [];
  const sessions = {
    turnAway: (server: ServerId, because: Problem) => void turnedAway.push([server, because]),
    isConnected: () => false,
  };
  const loop = new Loop(site, {
    diskFailed(error) {
      throw error;
    },
  });
  const refused = new Refused(authority.value);
  await refused.load(journal.value.rows);
  // Only what these parts use: the rest of a site has no part in it.
  const enrolment = new Enrolment({
    site,
    loop,
    sessions,
    refused,
  } as unknown as ConstructorParameters<typeof Enrolment>[0]);
  const verifier = openVerifier(organisation.organisation);

  async function answer(request: IncomingMessage): Promise<Result<unknown>> {
    if (request.url === organisationPath) return enrolment.organisation();
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'));
    if (request.url === joiningPath) {
      return enrolment.joining(body, request.socket.remoteAddress ?? '');
    }
    if (request.url === enrolPath) {
      const isUnknown = typeof body === 'object' && body !== null && 'version' in body;
      if (options.isOfBefore === true && isUnknown) {
        return refuse(problem('MESSAGE_UNREADABLE', { detail: 'version' }));
      }
      return enrolment.enrol(body, request.socket.remoteAddress ?? '');
    }
    assert.ok(request.socket instanceof TLSSocket);
    const leaf = request.socket.getPeerX509Certificate();
    const chain = [leaf, leaf?.issuerCertificate].filter((one) => one instanceof X509Certificate);
    const now = Date.now();
    const expiredMsMax = validity.renewableMs;
    const peer = verifier.verify(chain, { now, expiredMsMax });
    if (request.url === leavePath) return leave(parts, body, peer);
    if (request.url === rehomePath) {
      return enrolment.rehome(body, peer, request.socket.remoteAddress ?? '');
    }
    assert.equal(request.url, renewPath);
    return enrolment.renew(body, peer);
  }

  const server = createServer(
    {
      key: own.informationServer.key,
      cert: own.informationServer.chain,
      ca: organisation.organisation.authority,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
    },
    (request: IncomingMessage, response: ServerResponse) => {
      void answer(request).then(
        (answered) => {
          response.statusCode = answered.ok ? 200 : 409;
          const { ok: isOk } = answered;
          const value = isOk ? answered.value : { problem: answered.because };
          response.end(typeof value === 'string' ? value : JSON.stringify(value));
        },
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
      );
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  assert.ok(at !== null && typeof at === 'object');
  const address = `https://127.0.0.1:${at.port}`;
  const parts = {
    site,
    loop,
    sessions,
    refused,
    serversAddress: () => address,
  } as unknown as Parts;
  return {
    organisation,
    own,
    folder,
    address,
    enrolment,
    refused,
    turnedAway,
    rows: journal.value.rows,
    /** It was here before, though no enrolment of it is remembered. */
    knows: (server: ServerId) =>
      journal.value.transaction(({ fleet }) => fleet.putServer(serverNamed(server))),
    change: journal.value.transaction.bind(journal.value),
    async token(
      params: Partial<ParamsOf<InformationServerTable, 'fleet.token.add'>> = {},
    ): Promise<string> {
      const made = await addToken(parts, { uses: 1, minutes: 60, ...params }, person('mori'));
      assert.ok(made.ok, JSON.stringify(made));
      return made.value.token;
    },
    approve: (server: string) =>
      approveServer(parts, { server: brand<ServerId>(server) }, person('sato')),
    revoke: (server: string) =>
      revokeServer(parts, { server: brand<ServerId>(server), reason: 'stolen' }, person('sato')),
    remove: (server: string) =>
      removeServer(parts, { server: brand<ServerId>(server) }, person('sato')),
    async kinds(): Promise<string[]> {
      const lines = await journal.value.rows.log.record(0, 100);
      return lines.map(({ kind }) => kind);
    },
    async close(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await loop.idle();
      await journal.value.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** A normal server's computer: its ROOT, and what it does about its identity. */
export async function openServer(name: string, version: string | null = null) {
  const root = await mkdtemp(join(tmpdir(), 'dankai-server-'));
  const who = {
    server: brand<ServerId>(name),
    installId: `install-${name}`,
    machineId: `machine-${name}`,
    version,
    address: () => null,
  };
  return {
    root,
    giveReason: (text: string) => writeSecret(root, aheadReasonFile, `${text}\n`),
    giveToken: (text: string) => writeSecret(root, enrolmentTokenFile, `${text}\n`),
    obtain: (chance = 0) => enrolledIdentity(root, who, { now: Date.now(), chance }),
    /** The code of why not, or the role. */
    async said(chance = 0): Promise<string> {
      const got = await enrolledIdentity(root, who, { now: Date.now(), chance });
      return got.ok ? (got.value.because?.code ?? 'enrolled') : got.because.code;
    },
    close: () => rm(root, { recursive: true }),
  };
}
