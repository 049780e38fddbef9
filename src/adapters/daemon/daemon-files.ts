/**
 * The small files by which the daemons of one installation folder find each other: tokens, the
 * addresses in ROOT/run/<service>.json, and the slot that a daemon was started from.
 */

import { readFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { brand, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { parseReleaseManifest } from '#protocol/shared/release.ts';
import {
  errorCode,
  makeFolder,
  removeDeadParts,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { digestOfBytes } from '../files/digest.ts';
import { placeOfSecret } from '../secrets/given-secret.ts';

/** What may stand in the header of a request: anything else would throw there, again and again. */
const tokenPattern = /^[\x20-\x7e]+$/;

/** ROOT/secrets/<name>.token, unless it is given elsewhere: the bearer token of a listener. */
export async function readToken(root: string, name: 'console'): Promise<Result<string>> {
  const { file } = placeOfSecret(root, `${name}.token`);
  const text = await readFile(file, 'utf8').catch(() => '');
  const token = text.trim();
  if (token === '') return refuse(problem('TOKEN_ABSENT', { file }));
  return tokenPattern.test(token) ? ok(token) : refuse(problem('TOKEN_UNREADABLE', { file }));
}

/** The installation's own token for people; null: its file was taken away, on purpose. */
export async function readInstallationToken(root: string): Promise<Result<string | null>> {
  const token = await readToken(root, 'console');
  if (placeOfSecret(root, 'console.token').isNamed) return token;
  return !token.ok && token.because.code === 'TOKEN_ABSENT' ? ok(null) : token;
}

/** `servers`: for the tier below; `console`: for people. */
const runFile = z.object({
  pid: z.int(),
  startedAt: z.int(),
  addresses: z.object({ servers: z.string().optional(), console: z.string().optional() }),
});
export type RunFile = z.infer<typeof runFile>;

const runPath = (root: string, service: string): string => join(root, 'run', `${service}.json`);

/** Says that this daemon is ready, and where. */
export async function writeRunFile(
  root: string,
  service: string,
  content: RunFile,
): Promise<Result<null>> {
  await makeFolder(join(root, 'run'));
  // What a killed one left behind; where the disk does not let go of it, it harms nobody.
  await removeDeadParts(runPath(root, service)).catch(() => undefined);
  return writeFileAtomically(runPath(root, service), `${JSON.stringify(content)}\n`);
}

/** Takes back only what this very process said: a successor may have written already. */
export async function removeRunFile(root: string, service: string): Promise<void> {
  if (readRunFile(root, service)?.pid === process.pid) {
    await rm(runPath(root, service), { force: true });
  }
}

/** Read anew at each dial, because a restarted daemon may listen elsewhere; null: not running. */
export function readRunFile(root: string, service: string): RunFile | null {
  try {
    const content: unknown = JSON.parse(readFileSync(runPath(root, service), 'utf8'));
    const parsed = runFile.safeParse(content);
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

export type OwnRelease = { readonly version: string; readonly digest: Digest };

/** What runs when there is no slot: a checkout. */
export const developmentRelease: OwnRelease = {
  version: '0.0.0-development',
  digest: brand<Digest>('0'.repeat(64)),
};

/**
 * The release that a program belongs to: <slot>/tree/app/main.mjs stands beside
 * <slot>/release.json. One that is there and damaged is no checkout: who cannot say which release
 * runs must not run.
 */
export async function readOwnRelease(program: string): Promise<Result<OwnRelease>> {
  const file = join(dirname(dirname(dirname(program))), 'release.json');
  const unreadable = (detail: string) => refuse(problem('FILE_UNREADABLE', { file, detail }));
  try {
    const bytes = await readFile(file);
    const manifest = parseReleaseManifest(JSON.parse(bytes.toString('utf8')), file);
    if (!manifest.ok) return unreadable(manifest.because.code);
    return ok({ version: manifest.value.version, digest: digestOfBytes(bytes) });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return ok(developmentRelease);
    return unreadable(code ?? String(error).slice(0, 500));
  }
}
