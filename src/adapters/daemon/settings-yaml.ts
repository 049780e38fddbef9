/**
 * One section of ROOT/settings.yaml, read through a schema. A mistake is answered with file, line,
 * column and what was expected there. Sections of other programs are not looked at.
 */

import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { problem, type Problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import { refuseDiskError } from '../files/atomic-file.ts';
import { readYaml } from '#yaml/yaml-document.ts';

const limits = { settingsBytesMax: 1024 * 1024 } as const;

/** Where nobody from outside comes. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

/** A section that accepts links without proof, and yet names a host that is not loopback. */
export function insecureListenProblem(
  section: { readonly insecureLoopback?: 'accepted' | undefined },
  hosts: readonly string[],
): Problem | null {
  if (section.insecureLoopback === undefined) return null;
  const outside = hosts.find((host) => !isLoopback(host));
  return outside === undefined ? null : problem('LINK_INSECURE', { address: outside });
}

/** An address to dial that does not fit: `http` anywhere but on an accepted loopback. */
export function insecureDialProblem(
  section: { readonly insecureLoopback?: 'accepted' | undefined },
  addresses: readonly string[],
): Problem | null {
  const isAccepted = section.insecureLoopback === 'accepted';
  for (const address of addresses) {
    const url = URL.parse(address);
    if (url?.protocol === 'https:' && !isAccepted) continue;
    const isFit = url?.protocol === 'http:' && isAccepted && isLoopback(url.hostname);
    if (!isFit) return problem('LINK_INSECURE', { address });
  }
  return null;
}

/** A port to listen on; 0 is any free one. */
export const listenAddress = z.strictObject({
  host: z.string().min(1).max(255),
  port: z.int().min(0).max(65_535),
});

/** The one insecure mode: no certificates at all, on loopback alone. */
export const insecureLoopback = z.literal('accepted').optional();

/** Of a tier above: `https://HOST:PORT`, or `http://` where an insecure loopback is accepted. */
export const tierAddress = z.string().refine((text) => {
  const url = URL.parse(text);
  return (
    /^https?:$/.test(url?.protocol ?? '') &&
    url?.hostname !== '' &&
    url?.origin === text.replace(/\/$/, '')
  );
}, 'an address such as https://192.0.2.1:4481');

export async function readSettings<Settings>(options: {
  readonly file: string;
  readonly section: string;
  readonly schema: z.ZodType<Settings>;
}): Promise<Result<Settings>> {
  const { file, section, schema } = options;
  const unreadable = (detail: string) => refuse(problem('FILE_UNREADABLE', { file, detail }));
  const facts = await stat(file).catch(() => null);
  if (facts === null) return unreadable('absent');
  if (facts.size > limits.settingsBytesMax) return unreadable(`${facts.size} bytes`);
  const text = await readText(file);
  if (!text.ok) return text;
  const sections = z.object({ [section]: schema });
  const answer = readYaml(text.value, sections);
  if (!answer.ok) return refuse(problem('SETTINGS_UNREADABLE', { file, ...answer.mistake }));
  const settings = answer.value[section];
  invariant(settings !== undefined, 'the schema demands the section');
  return ok(settings);
}

async function readText(file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    return refuseDiskError(error, file);
  }
}
