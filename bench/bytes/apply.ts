/**
 * OLD-FOLDER DELTA FOLDER TREE-DIGEST: applies a delta and prints what that cost: the processor time
 * of applying alone, since a normal server applies in a process that runs already, and the peak
 * memory of this whole process, and how much of it was there before: it takes the types out of the
 * sources first, which a release does not.
 */

import { applyDelta } from '#adapters/release/delta-file-apply.ts';
import { brand, type Digest } from '#domain/names.ts';

const [oldFolder = '', deltaFile = '', folder = '', treeDigest = ''] = process.argv.slice(2);
const mebibytesBefore = process.resourceUsage().maxRSS / 1_024;
const before = process.cpuUsage();
const applied = await applyDelta({
  oldFolder,
  deltaFile,
  folder,
  treeDigest: brand<Digest>(treeDigest),
  bytesMax: 1_000_000_000,
  filesMax: 100_000,
});
if (!applied.ok) throw new Error(JSON.stringify(applied.because));
const { user, system } = process.cpuUsage(before);
const mebibytes = process.resourceUsage().maxRSS / 1_024;
console.log(JSON.stringify({ cpuSeconds: (user + system) / 1e6, mebibytes, mebibytesBefore }));
