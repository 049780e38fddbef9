/**
 * A kit as a file. It travels, so its private keys are sealed by a passphrase (`sealing.ts`) unless
 * somebody asked for an open one. What stands beside the sealed keys is part of what the seal proves:
 * keys that were sealed for one site do not open in the kit of another.
 * Absent here: where a passphrase comes from (`passphrase.ts`).
 */

import { randomInt } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { kitSchema, organisationBytesMax, type Kit } from '#protocol/shared/organisation.ts';
import { errorCode, refuseDiskError, writeFileAtomically } from '../files/atomic-file.ts';
import { digestOfBytes } from '../files/digest.ts';
import { sealedText, sealText, unsealText } from '../secrets/sealed-text.ts';
import type { Cost } from '../secrets/sealing.ts';

const kitMode = 0o600;
/** The public face of the organisation is most of it. */
const fileBytesMax = organisationBytesMax + 64 * 1024;

const openAuthority = kitSchema.shape.authority;
const keysSchema = z.strictObject({
  key: openAuthority.shape.key,
  contentKey: kitSchema.shape.contentKey,
});

/** What is public of it stays readable: whose it is, and of which site and role. */
export const sealedKitSchema = kitSchema.omit({ authority: true, contentKey: true }).extend({
  authority: openAuthority.omit({ key: true }),
  sealed: sealedText,
});
type SealedKit = z.infer<typeof sealedKitSchema>;

const eitherSchema = z.union([sealedKitSchema, kitSchema]);

const aboutKeys = ({ organisation, role, site, authority }: Omit<SealedKit, 'sealed'>): string =>
  `keys of a kit: ${digestOfBytes(canonicalJson({ organisation, role, site, authority }))}`;

export type KitSeal = {
  readonly passphrase: string;
  /** By us: it is laid beside the kit, for nobody else has seen it. */
  readonly isMade?: boolean | undefined;
  /** Default: what production takes. */
  readonly cost?: Cost | undefined;
};

/** null: open, as somebody asked for it. */
export async function writeKit(
  file: string,
  kit: Kit,
  seal: KitSeal | null,
): Promise<Result<null>> {
  const passphraseFile = passphraseFileOf(file, seal);
  if (seal !== null && passphraseFile !== null) {
    const laid = await writeFileAtomically(passphraseFile, `${seal.passphrase}\n`, kitMode);
    if (!laid.ok) return laid;
  }
  const written = seal === null ? kit : await sealKit(kit, seal);
  return writeFileAtomically(file, `${JSON.stringify(written)}\n`, kitMode);
}

/** Where a passphrase that was made for a kit stands, as `--passphrase-file` takes it; null: none was. */
export function passphraseFileOf(kitFile: string, seal: KitSeal | null): string | null {
  return seal?.isMade === true ? `${kitFile}.passphrase` : null;
}

const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 125 bits in five groups, of letters that are read out without mistakes. */
export function newKitPassphrase(): string {
  const group = (): string => Array.from({ length: 5 }, () => letters[randomInt(32)]).join('');
  return Array.from({ length: 5 }, group).join('-');
}

export async function sealKit(
  { authority: { key, certificate }, contentKey, ...rest }: Kit,
  { passphrase, cost }: KitSeal,
): Promise<SealedKit> {
  const open = { ...rest, authority: { certificate } };
  const keys = JSON.stringify({ key, contentKey });
  return { ...open, sealed: await sealText(keys, { about: aboutKeys(open), passphrase, cost }) };
}

/** The passphrase is asked for when the kit is a sealed one. */
export async function readKit(
  file: string,
  readPassphrase: () => Promise<Result<string>>,
): Promise<Result<Kit>> {
  const unreadable = (detail: string) => refuse(problem('KIT_UNREADABLE', { file, detail }));
  try {
    const { size } = await stat(file);
    if (size > fileBytesMax) return unreadable(`${size} bytes`);
    const kit = parseKit(await readFile(file, 'utf8'));
    if (!kit.ok) return unreadable(kit.because);
    if (!('sealed' in kit.value)) return ok(kit.value);
    const passphrase = await readPassphrase();
    if (!passphrase.ok) return passphrase;
    const opened = await openKit(kit.value, passphrase.value);
    return opened === null ? refuse(problem('PASSPHRASE_WRONG', { file })) : ok(opened);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return unreadable('absent');
    if (errorCode(error) === 'EISDIR') return unreadable('it is a folder');
    return refuseDiskError(error, file);
  }
}

type Parsed =
  | { readonly ok: true; readonly value: Kit | SealedKit }
  | { readonly ok: false; readonly because: string };

export function parseKit(text: string): Parsed {
  try {
    const value: unknown = JSON.parse(text);
    const parsed = eitherSchema.safeParse(value);
    if (parsed.success) return { ok: true, value: parsed.data };
    // Told is what is wrong with the form that it meant to have.
    const isSealed = typeof value === 'object' && value !== null && 'sealed' in value;
    const meant = (isSealed ? sealedKitSchema : kitSchema).safeParse(value);
    return { ok: false, because: detailOf(meant.error ?? parsed.error) };
  } catch {
    return { ok: false, because: 'no JSON' };
  }
}

/** null: another passphrase sealed it, or somebody changed it; the two look the same. */
export async function openKit(kit: SealedKit, passphrase: string): Promise<Kit | null> {
  const { sealed, ...open } = kit;
  const text = await unsealText(sealed, { about: aboutKeys(open), passphrase });
  if (text === null) return null;
  const { key, contentKey } = keysSchema.parse(JSON.parse(text));
  return { ...open, authority: { key, ...open.authority }, ...(contentKey && { contentKey }) };
}
