/**
 * May an installer put that version onto a normal server? Never ahead of this information server
 * (L1), unless a person says why; that stands in the record. Asked when an installer is made, and
 * by a server that one runs on.
 */

import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { CertifiedPeer } from '#ports/site-authority.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { localUpgradeRequest } from '#protocol/shared/installer.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { againstAhead } from '../enrolment/ahead.ts';
import { ownComponent } from '../seen.ts';
import type { By, Parts } from '../parts.ts';

export async function permitInstaller(
  parts: Parts,
  params: ParamsOf<InformationServerTable, 'installer.permit'>,
  { name: who }: By,
): Promise<Result<ResultOf<InformationServerTable, 'installer.permit'>>> {
  const { site } = parts;
  const version = params.version ?? site.self.version;
  const releases = await site.journal.rows.catalogue.releases();
  const release = releases.find(
    ({ manifest }) => manifest.component === ownComponent && manifest.version === version,
  );
  if (release === undefined) {
    return refuse(problem('RELEASE_UNKNOWN', { component: ownComponent, version }));
  }
  const reason = params.aheadOfInformationServer ?? null;
  const refusal = againstAhead(site, version, reason);
  if (refusal !== null) return refusal;
  await record(parts, { who, server: null, version, reason });
  const { digest } = release;
  return ok({ version, digest, informationServer: site.self.version, site: site.name });
}

/** `peer`: what it showed, verified. */
export async function permitLocalUpgrade(
  parts: Parts,
  body: unknown,
  peer: Result<CertifiedPeer>,
): Promise<Result<{ readonly informationServer: string }>> {
  if (!peer.ok) return peer;
  const refused = parts.refused.against(peer.value);
  if (refused !== null) return refuse(refused);
  const { identity } = peer.value;
  if (identity.role !== 'normal-server') {
    const detail = 'only normal servers ask this';
    return refuse(problem('CERTIFICATE_UNTRUSTED', { detail }));
  }
  const parsed = localUpgradeRequest.safeParse(body);
  if (!parsed.success) {
    return refuse(problem('MESSAGE_UNREADABLE', { detail: detailOf(parsed.error) }));
  }
  const { version, reason } = parsed.data;
  const refusal = againstAhead(parts.site, version, reason);
  if (refusal !== null) return refusal;
  const { server } = identity;
  await record(parts, { who: server, server, version, reason });
  return ok({ informationServer: parts.site.self.version });
}

async function record(
  { site, loop }: Parts,
  said: {
    readonly who: string;
    readonly server: ServerId | null;
    readonly version: string;
    readonly reason: string | null;
  },
): Promise<void> {
  const { who, server, version, reason } = said;
  const detail = { version, informationServer: site.self.version, reason };
  const kind = server === null ? 'installer-made' : 'local-upgrade';
  await loop.submit(async (rows) => {
    await rows.log.appendRecord({ at: site.clock.now(), kind, who, server, detail });
    return [];
  });
}
