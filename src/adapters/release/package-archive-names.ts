/**
 * Which names a package may hold, so that one tree means the same on every disk: no name leads
 * out of the tree, none is a device, no two are one file where case does not count.
 * Pure text: nothing here looks at a disk.
 */

import { posix } from 'node:path';

export const nameLimits = {
  pathBytesMax: 1_000,
  partBytesMax: 255,
  foldersDeepMax: 64,
  linkTargetBytesMax: 1_000,
};

/** Windows opens a device under these names in any folder, with any ending. */
const windowsDevice = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?$/i;
/**
 * Control characters, the other kind of slash, what a broken encoding was read as, and the colon,
 * behind which Windows looks for a stream of the file before it.
 */
// oxlint-disable-next-line no-control-regex
const unfit = /[\u0000-\u001f\u007f\\\ufffd:]/;
/** Some disks leave out of a name what nobody sees. */
const unseen = /\p{Default_Ignorable_Code_Point}/gu;

function partIsSafe(part: string): boolean {
  if (part === '' || part === '.' || part === '..') return false;
  if (part.endsWith('.') || part.endsWith(' ')) return false;
  if (Buffer.byteLength(part) > nameLimits.partBytesMax) return false;
  return !windowsDevice.test(part);
}

/** `path` uses `/`, is relative, and is written in the one shortest way. */
export function pathIsSafe(path: string): boolean {
  if (unfit.test(path)) return false;
  if (Buffer.byteLength(path) > nameLimits.pathBytesMax) return false;
  const parts = path.split('/');
  return parts.length <= nameLimits.foldersDeepMax && parts.every(partIsSafe);
}

/**
 * A link may only point into its own tree. `..` may stand at the front of the target alone:
 * behind a name that is itself a link, `..` would leave from wherever that link points.
 */
export function linkIsSafe(path: string, target: string): boolean {
  if (target === '' || unfit.test(target)) return false;
  if (Buffer.byteLength(target) > nameLimits.linkTargetBytesMax) return false;
  const named = target.split('/').slice(leadingUps(target));
  if (!named.every(partIsSafe)) return false;
  const reached = posix.join(posix.dirname(path), target);
  return reached !== '..' && !reached.startsWith('../');
}

function leadingUps(target: string): number {
  const parts = target.split('/');
  const named = parts.findIndex((part) => part !== '..');
  return named === -1 ? parts.length : named;
}

/** Equal for two names that one disk or another would take for the same. */
export function foldedPath(path: string): string {
  // There and back: some capitals have no other way to be found, and some letters have two.
  const small = path.replaceAll(unseen, '').normalize('NFD').toLowerCase();
  return small.toUpperCase().normalize('NFC');
}
