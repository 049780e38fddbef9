/** The platform of this computer, as releases name their packages. */

import { brand, type Platform } from '#domain/names.ts';

export function thisPlatform(): Platform {
  return brand<Platform>(`${process.platform}-${process.arch}`);
}
