/**
 * The ports in clear, to whoever comes there: for caches manifests, archives and signed metadata, for
 * all of it proves itself; as a mirror, files of content. Each is open only where a person said so;
 * nothing else is served there.
 */

import type { Logger } from 'pino';
import type { Lane } from '#domain/names.ts';
import type { Mirror } from '#ports/mirror.ts';
import type { Store } from '#ports/store.ts';
import type { Transfers } from '#ports/transfers.ts';
import { metadataPath } from '#protocol/normal-server/messages.ts';
import type { DocumentRoute, FileRoute } from './listener-files.ts';
import { openListener, type Listener } from './listener-fastify.ts';
import type { Admit } from './listener-peers.ts';

type Packages = {
  readonly transfers: Transfers;
  readonly store: Pick<Store, 'manifestFile' | 'archiveFile'>;
  metadata(lane: Lane, name: string): Promise<Uint8Array | null>;
};

/** What every information server serves of packages, on whichever port. */
export function packageRoutes(
  { transfers, store, metadata }: Packages,
  admit: Admit,
): { readonly files: readonly FileRoute[]; readonly documents: readonly DocumentRoute[] } {
  return {
    files: [
      { prefix: '/v1/manifests/', admit, transfers, locate: (one) => store.manifestFile(one) },
      { prefix: '/v1/archives/', admit, transfers, locate: (one) => store.archiveFile(one) },
    ],
    documents: (['program', 'content'] as const).map((lane) => ({
      prefix: `${metadataPath}${lane}/`,
      admit,
      read: (name: string) => metadata(lane, name),
    })),
  };
}

type At = { readonly host: string; readonly port: number } | undefined;

/** None that nobody asked for. */
export async function listenInClear(
  { cacheListen, mirrorListen }: { readonly cacheListen?: At; readonly mirrorListen?: At },
  { log, mirror, ...packages }: Packages & { readonly log: Logger; readonly mirror: Mirror },
): Promise<readonly Listener[]> {
  // Nobody proves anything here, as on an insecure loopback; there is nothing here to be allowed.
  const security = { kind: 'insecure-loopback' } as const;
  const { transfers } = packages;
  const forCaches = (at: NonNullable<At>): Promise<Listener> =>
    openListener({ ...at, security, log, ...packageRoutes(packages, () => null) });
  const asMirror = (at: NonNullable<At>): Promise<Listener> =>
    openListener({ ...at, security, log, mirror: { mirror, transfers } });
  return Promise.all([
    ...(cacheListen === undefined ? [] : [forCaches(cacheListen)]),
    ...(mirrorListen === undefined ? [] : [asMirror(mirrorListen)]),
  ]);
}
