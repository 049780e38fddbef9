/**
 * One section of ROOT/settings.yaml, read through a schema. A mistake is answered with file, line,
 * column and what was expected there. Sections of other programs are not looked at.
 */

import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { problem, type Problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import { readYaml } from './yaml-document.ts';

const limits = { settingsBytesMax: 1024 * 1024 } as const;

/** Where a listener may stand without encryption, until mutual TLS lands. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

/** Hosts of a section that leave this machine without `plainNetwork: accepted`. */
export function plainNetworkProblem(
  section: { readonly plainNetwork?: 'accepted' | undefined },
  hosts: readonly string[],
): Problem | null {
  if (section.plainNetwork === 'accepted') return null;
  const outside = hosts.find((host) => !isLoopback(host));
  return outside === undefined ? null : problem('PLAIN_NETWORK', { address: outside });
}

/** A port to listen on; 0 is any free one. */
export const listenAddress = z.strictObject({
  host: z.string().min(1).max(255),
  port: z.int().min(0).max(65_535),
});

export const plainNetwork = z.literal('accepted').optional();

export async function readSettings<Settings>(options: {
  readonly file: string;
  readonly section: string;
  readonly schema: z.ZodType<Settings>;
}): Promise<Result<Settings>> {
  const { file, section, schema } = options;
  const facts = await stat(file).catch(() => null);
  if (facts === null) return refuse(problem('FILE_UNREADABLE', { file, detail: 'absent' }));
  if (facts.size > limits.settingsBytesMax) {
    return refuse(problem('FILE_UNREADABLE', { file, detail: `${facts.size} bytes` }));
  }
  const sections = z.object({ [section]: schema });
  const answer = readYaml(await readFile(file, 'utf8'), sections);
  if (!answer.ok) return refuse(problem('SETTINGS_UNREADABLE', { file, ...answer.mistake }));
  const settings = answer.value[section];
  invariant(settings !== undefined, 'the schema demands the section');
  return ok(settings);
}
