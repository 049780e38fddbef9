/**
 * A person's signing key as a file: sealed by a passphrase (argon2id, then AES-256-GCM), readable
 * by its owner alone. What stands beside the sealed half is part of what the seal proves, so a key
 * whose public half or name was exchanged does not open.
 * Absent here: where a passphrase comes from (`passphrase.ts`).
 */

import { createPrivateKey } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { namePattern } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import {
  errorCode,
  makeFolder,
  refuseDiskError,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import {
  ivBytes,
  saltBytes,
  sealBytes,
  sealingCost,
  sealingFields,
  tagBytes,
  unsealBytes,
  type Cost,
} from './sealing.ts';
import {
  makePrivateKey,
  publicKeyOf,
  scheme,
  signerOf,
  type PublicSigningKey,
  type Signer,
} from './signing-key.ts';

const keyMode = 0o600;
const fileBytesMax = 16 * 1024;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));

const shape = z.strictObject({
  format: z.literal(1),
  keyId: hex(32),
  name: z.string().regex(namePattern),
  scheme: z.literal(scheme),
  public: hex(32),
  sealed: z.strictObject({
    ...sealingFields,
    salt: hex(saltBytes),
    iv: hex(ivBytes),
    tag: hex(tagBytes),
    text: z.string().regex(/^([0-9a-f]{2}){1,512}$/),
  }),
});

type KeyFile = z.infer<typeof shape>;

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
  readonly cost?: Cost | undefined;
}): Promise<Result<PublicSigningKey>> {
  const { file, name, passphrase, cost = sealingCost } = options;
  if (await keyExists(file)) return refuse(problem('KEY_EXISTS', { file }));
  const privateKey = makePrivateKey();
  const { key } = signerOf(privateKey, name);
  const head = { format: 1, keyId: key.keyId, name, scheme, public: key.public } as const;
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  const about = surroundings(head, cost);
  const { how, bytes } = await sealBytes(secret, { passphrase, about, cost });
  const sealed = {
    ...how,
    salt: bytes.salt.toString('hex'),
    iv: bytes.iv.toString('hex'),
    tag: bytes.tag.toString('hex'),
    text: bytes.text.toString('hex'),
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
  const bytes = {
    salt: Buffer.from(sealed.salt, 'hex'),
    iv: Buffer.from(sealed.iv, 'hex'),
    tag: Buffer.from(sealed.tag, 'hex'),
    text: Buffer.from(sealed.text, 'hex'),
  };
  const about = surroundings(head, sealed);
  const text = await unsealBytes(bytes, { passphrase, about, cost: sealed });
  const signer = text === null ? null : signerIn(text, head.name);
  // A wrong passphrase and a changed byte look the same: that is what the seal is for.
  if (signer?.key.public === head.public) return ok(signer);
  return refuse(problem('PASSPHRASE_WRONG', { file }));
}

function signerIn(der: Buffer, name: string): Signer | null {
  try {
    return signerOf(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }), name);
  } catch {
    return null;
  }
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
