/** OLD-FOLDER DELTA FOLDER TREE-DIGEST: applies a delta, in a process whose cost can be measured. */

import { applyDelta } from '#adapters/release/delta-file-apply.ts';
import { brand, type Digest } from '#domain/names.ts';

const [oldFolder = '', deltaFile = '', folder = '', treeDigest = ''] = process.argv.slice(2);
const applied = await applyDelta({
  oldFolder,
  deltaFile,
  folder,
  treeDigest: brand<Digest>(treeDigest),
  bytesMax: 1_000_000_000,
  filesMax: 100_000,
});
if (!applied.ok) throw new Error(JSON.stringify(applied.because));
