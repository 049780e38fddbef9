/**
 * The port for caches: manifests, archives and signed metadata in clear, to whoever comes there, for
 * all of it proves itself. It is open only where a person said so; nothing else is served there.
 */

import type { Logger } from 'pino';
import type { Lane } from '#domain/names.ts';
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

/** null: nobody asked for it. */
export async function listenForCaches(
  at: { readonly host: string; readonly port: number } | undefined,
  { log, ...packages }: Packages & { readonly log: Logger },
): Promise<Listener | null> {
  if (at === undefined) return null;
  // Nobody proves anything here, as on an insecure loopback; there is nothing here to be allowed.
  const security = { kind: 'insecure-loopback' } as const;
  return openListener({ ...at, security, log, ...packageRoutes(packages, () => null) });
}
