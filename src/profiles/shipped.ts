/** The profiles that are shipped. To ship another one, add its file and its line here. */

import { parseProfile, type Profile } from '#domain/catalogue/profile.ts';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import serverProtect58 from './serverprotect-5.8.json' with { type: 'json' };

const shipped: ReadonlyMap<string, unknown> = new Map([[serverProtect58.name, serverProtect58]]);

export const profileDefault = serverProtect58.name;

export function shippedProfile(name: string): Result<Profile> {
  const found = shipped.get(name);
  if (found !== undefined) return parseProfile(found);
  const known = [...shipped.keys()].join(', ');
  return refuse(problem('PROFILE_UNKNOWN', { profile: name.slice(0, 100), known }));
}
