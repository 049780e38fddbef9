/** Lays down the tree of a package, by whichever kind of file came of it. */

import type { Result } from '#domain/result.ts';
import { applyDelta } from './delta-file-apply.ts';
import { unpackTree } from './package-archive.ts';
import type { PlacedTree } from './package-archive-place.ts';

export type LaidTree = PlacedTree & {
  readonly file: string;
  /** The tree that the file is a delta from; null: it is an archive. */
  readonly oldFolder: string | null;
  readonly bytesMax: number;
  readonly filesMax: number;
};

export function layTree({ file, oldFolder, ...tree }: LaidTree): Promise<Result<null>> {
  return oldFolder === null
    ? unpackTree({ ...tree, archiveFile: file })
    : applyDelta({ ...tree, deltaFile: file, oldFolder });
}
