/**
 * Secrets by `node:crypto`: argon2id for passwords, in PHC form (m = 19 MiB, two passes: what OWASP
 * recommends), SHA-256 for what is random already. A few passwords at a time: each takes memory and
 * a core.
 */

import {
  argon2,
  createHash,
  randomBytes,
  timingSafeEqual,
  type Argon2Parameters,
} from 'node:crypto';
import { promisify } from 'node:util';
import { brand, type Digest } from '#domain/names.ts';
import type { Secrets } from '#ports/secrets.ts';

const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const hashBytes = 32;

export const secretsLimits = { atOnceMax: 2, waitingMax: 16 } as const;

/** Of older hashes other costs may be read, but nothing that would stop the process. */
const costMax = { memory: 262_144, passes: 16, parallelism: 16 } as const;

const argon2id = promisify(
  (parameters: Argon2Parameters, done: (error: Error | null, key: Buffer) => void) =>
    argon2('argon2id', parameters, done),
);

type Read = {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly key: Buffer;
};

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

function readHash(text: string): Read | null {
  const pattern =
    /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;
  const match = pattern.exec(text);
  if (match === null) return null;
  const [memory = 0, passes = 0, parallelism = 0] = match.slice(1, 4).map(Number);
  const isTooMuch =
    memory > costMax.memory || passes > costMax.passes || parallelism > costMax.parallelism;
  if (isTooMuch) return null;
  const salt = Buffer.from(match[4] ?? '', 'base64');
  return { memory, passes, parallelism, salt, key: Buffer.from(match[5] ?? '', 'base64') };
}

async function hashed(password: string): Promise<string> {
  const { memory, passes, parallelism } = cost;
  const nonce = randomBytes(saltBytes);
  const key = await argon2id({ message: password, nonce, ...cost, tagLength: hashBytes });
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(nonce)}$${unpadded(key)}`;
}

async function fits(password: string, hash: string): Promise<boolean> {
  const read = readHash(hash);
  if (read === null) return false;
  const { memory, passes, parallelism, salt, key } = read;
  const parameters = { message: password, nonce: salt, memory, passes, parallelism };
  const made = await argon2id({ ...parameters, tagLength: key.length });
  return timingSafeEqual(made, key);
}

/** One after another beyond a few; who comes when too many wait is sent away. */
class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async take<Value>(act: () => Promise<Value>): Promise<Value | null> {
    if (this.#running >= secretsLimits.atOnceMax) {
      if (this.#waiting.length >= secretsLimits.waitingMax) return null;
      await new Promise<void>((turn) => this.#waiting.push(turn));
    } else this.#running += 1;
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}

export function openSecrets(): Secrets {
  const turns = new Turns();
  // Of nobody's password: checked where there is no such account.
  let nobody: Promise<string> | null = null;
  return {
    make: () => randomBytes(32).toString('base64url'),
    digest: (secret) => brand<Digest>(createHash('sha256').update(secret).digest('hex')),
    isEqual: (one, other) => {
      const [left, right] = [Buffer.from(one), Buffer.from(other)];
      return left.length === right.length && timingSafeEqual(left, right);
    },
    hashPassword: (password) => turns.take(() => hashed(password)),
    checkPassword: (password, hash) =>
      turns.take(async () => {
        nobody ??= hashed(randomBytes(saltBytes).toString('hex'));
        const isRight = await fits(password, hash ?? (await nobody));
        return hash !== null && isRight;
      }),
  };
}
