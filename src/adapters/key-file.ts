/**
 * A person's signing key as a file: sealed by a passphrase (argon2id, then AES-256-GCM), readable
 * by its owner alone. What stands beside the sealed half is part of what the seal proves, so a key
 * whose public half or name was exchanged does not open.
 * Absent here: where a passphrase comes from (`passphrase.ts`).
 */

import {
  argon2,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  randomBytes,
} from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { namePattern } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { errorCode, makeFolder, refuseDiskError, writeFileAtomically } from './atomic-file.ts';
import {
  makePrivateKey,
  publicKeyOf,
  scheme,
  signerOf,
  type PublicSigningKey,
  type Signer,
} from './signing-key.ts';

/** What one guess costs: about a fifth of a second and 64 MiB. */
const cost = { memoryKiB: 65_536, passes: 3, parallelism: 1 } as const;
const keyMode = 0o600;
const fileBytesMax = 16 * 1024;
const saltBytes = 16;
const ivBytes = 12;
const tagBytes = 16;
const cipher = 'aes-256-gcm';

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

const shape = z.strictObject({
  format: z.literal(1),
  keyId: hex(32),
  name: z.string().regex(namePattern),
  scheme: z.literal(scheme),
  public: hex(32),
  sealed: z.strictObject({
    kdf: z.literal('argon2id'),
    // A file from elsewhere must not take all memory, nor hours.
    memoryKiB: z.int().min(8).max(1_048_576),
    passes: z.int().min(1).max(16),
    parallelism: z.int().min(1).max(4),
    salt: hex(saltBytes),
    cipher: z.literal(cipher),
    iv: hex(ivBytes),
    tag: hex(tagBytes),
    text: z.string().regex(/^([0-9a-f]{2}){1,512}$/),
  }),
});

type KeyFile = z.infer<typeof shape>;

type Cost = Pick<KeyFile['sealed'], 'memoryKiB' | 'passes' | 'parallelism'>;

const derive = promisify(argon2);

function sealingKey(passphrase: string, salt: Buffer, its: Cost): Promise<Buffer> {
  return derive('argon2id', {
    // One text for one passphrase, whatever keyboard it was typed on.
    message: passphrase.normalize('NFC'),
    nonce: salt,
    parallelism: its.parallelism,
    tagLength: 32,
    memory: its.memoryKiB,
    passes: its.passes,
  });
}

/** What the seal proves besides the private half. */
function surroundings(file: Omit<KeyFile, 'sealed'>, its: Cost): Buffer {
  const { format, keyId, name, public: text } = file;
  const { memoryKiB, passes, parallelism } = its;
  const facts = { format, keyId, name, scheme, public: text, memoryKiB, passes, parallelism };
  return Buffer.from(canonicalJson(facts));
}

/** Makes a key and answers its public half. An existing file is never touched. */
export async function makeKeyFile(options: {
  readonly file: string;
  readonly name: string;
  readonly passphrase: string;
}): Promise<Result<PublicSigningKey>> {
  const { file, name, passphrase } = options;
  if (await keyExists(file)) return refuse(problem('KEY_EXISTS', { file }));
  const privateKey = makePrivateKey();
  const { key } = signerOf(privateKey, name);
  const head = { format: 1, keyId: key.keyId, name, scheme, public: key.public } as const;
  const salt = randomBytes(saltBytes);
  const iv = randomBytes(ivBytes);
  const seal = createCipheriv(cipher, await sealingKey(passphrase, salt, cost), iv);
  seal.setAAD(surroundings(head, cost));
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  const text = Buffer.concat([seal.update(secret), seal.final()]);
  const sealed = {
    kdf: 'argon2id',
    ...cost,
    salt: salt.toString('hex'),
    cipher,
    iv: iv.toString('hex'),
    tag: seal.getAuthTag().toString('hex'),
    text: text.toString('hex'),
  } as const;
  await makeFolder(dirname(file), 0o700);
  const content = `${JSON.stringify({ ...head, sealed }, null, 2)}\n`;
  const written = await writeFileAtomically(file, content, keyMode);
  return written.ok ? ok(key) : written;
}

/** Asked beforehand, so that nobody types a passphrase for nothing. */
export async function keyExists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: unknown) => errorCode(error) !== 'ENOENT',
  );
}

/** The public half, for which no passphrase is asked. */
export async function readPublicKey(file: string): Promise<Result<PublicSigningKey>> {
  const read = await readKeyFile(file);
  return read.ok ? ok(publicKeyOf(read.value.public, read.value.name)) : read;
}

export async function openKeyFile(file: string, passphrase: string): Promise<Result<Signer>> {
  const read = await readKeyFile(file);
  if (!read.ok) return read;
  const { sealed, ...head } = read.value;
  const key = await sealingKey(passphrase, Buffer.from(sealed.salt, 'hex'), sealed);
  const iv = Buffer.from(sealed.iv, 'hex');
  const open = createDecipheriv(cipher, key, iv, { authTagLength: tagBytes });
  open.setAAD(surroundings(head, sealed));
  open.setAuthTag(Buffer.from(sealed.tag, 'hex'));
  try {
    const text = Buffer.concat([open.update(Buffer.from(sealed.text, 'hex')), open.final()]);
    const privateKey = createPrivateKey({ key: text, format: 'der', type: 'pkcs8' });
    const signer = signerOf(privateKey, head.name);
    if (signer.key.public === head.public) return ok(signer);
  } catch {
    // A wrong passphrase and a changed byte look the same: that is what the seal is for.
  }
  return refuse(problem('PASSPHRASE_WRONG', { file }));
}

async function readKeyFile(file: string): Promise<Result<KeyFile>> {
  const unreadable = (detail: string) => refuse(problem('KEY_FILE_UNREADABLE', { file, detail }));
  try {
    const { size, mode } = await stat(file);
    if (size > fileBytesMax) return unreadable(`${size} bytes`);
    if ((mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      return refuse(problem('KEY_FILE_OPEN', { file, mode: shown }));
    }
    const read = shape.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (!read.success) {
      return unreadable(detailOf(read.error));
    }
    const { public: text, name, keyId } = read.data;
    if (publicKeyOf(text, name).keyId !== keyId) return unreadable('keyId is not that of the key');
    return ok(read.data);
  } catch (error) {
    if (error instanceof SyntaxError) return unreadable('not JSON');
    if (errorCode(error) === 'ENOENT') return unreadable('absent');
    return refuseDiskError(error, file);
  }
}
