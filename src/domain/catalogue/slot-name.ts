/** The name under which an unpacked release stands: as a slot, and among versions side by side. */

import type { Release } from './release.ts';

const digestCharacters = 12;

/** Says which version, and no more of it than every disk takes; the digest makes it unique. */
export function slotNameOf({ digest, manifest }: Release): string {
  const version = manifest.version
    .replaceAll(/[^A-Za-z0-9.+_-]/g, '_')
    .replace(/^[^A-Za-z0-9]/, 'v$&'); // the launcher takes no name that starts with a sign
  return `${version}-${digest.slice(0, digestCharacters)}`;
}
