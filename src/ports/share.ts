/** The folder that an information server deploys from, held against its catalogue revision. */

import type { Drift } from '#domain/catalogue/drift.ts';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

/** What had been there before something was replaced or refused. */
export type KeptEvidence = {
  readonly digest: Digest;
  readonly what: string;
  readonly text: string;
};

export type Share = {
  /** The text of `server.ini` as it is now, or null when there is none that can be read. */
  catalogueText(): Promise<string | null>;
  /** Lays the revision down: `server.ini` and what it names, from verified copies. Repeatable. */
  lay(revision: CatalogueRevision): Promise<Result<null>>;
  check(revision: CatalogueRevision, how: { readonly thorough: boolean }): Promise<Drift>;
  /** Deletes packages of the share that none of these revisions names. */
  removeUnnamed(revisions: readonly CatalogueRevision[]): Promise<readonly string[]>;
  /** Brings back only what drifted; what had been there is kept first. */
  restore(revision: CatalogueRevision, drift: Drift): Promise<Result<readonly KeptEvidence[]>>;
};
