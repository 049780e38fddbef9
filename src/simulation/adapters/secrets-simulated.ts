/** Secrets without cryptography: the same seed makes the same ones. For simulated fleets only. */

import { createHash } from 'node:crypto';
import { brand, type Digest } from '#domain/names.ts';
import type { Secrets } from '#ports/secrets.ts';
import type { Chance } from '../world/chance.ts';

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export function openSecretsSimulated(chance: Chance): Secrets {
  return {
    make: () => digestOf(`secret ${chance.next()} ${chance.next()}`),
    digest: (secret) => brand<Digest>(digestOf(secret)),
    isEqual: (one, other) => one === other,
    hashPassword: async (password) => `$simulated$${chance.next()}$${digestOf(password)}`,
    checkPassword: async (password, hash) =>
      hash !== null && hash.endsWith(`$${digestOf(password)}`),
  };
}
