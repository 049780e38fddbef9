/** The section `normalServer` of settings.yaml, parsed and complete. */

import { join } from 'node:path';
import { z } from 'zod';
import { plainNetwork, plainNetworkProblem, readSettings } from '#adapters/settings-yaml.ts';
import type { DomainName, ServerId } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { domainName, serverId } from '#protocol/shared/primitives.ts';

const address = z.string().refine((text) => {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && url.pathname === '/' && url.search === '';
}, 'http://HOST:PORT, or run');

const section = z.strictObject({
  server: serverId,
  domain: domainName,
  /** `run`: the one of this very installation folder. */
  informationServer: z.union([z.literal('run'), address]),
  plainNetwork,
  jitterSeconds: z.number().min(0).max(86_400).default(5),
});

export type Config = {
  readonly server: ServerId;
  readonly domain: DomainName;
  /** null: it stands in the run file of this installation folder. */
  readonly informationServer: string | null;
  readonly jitterSeconds: number;
};

export async function readConfig(root: string): Promise<Result<Config>> {
  const file = join(root, 'settings.yaml');
  const read = await readSettings({ file, section: 'normalServer', schema: section });
  if (!read.ok) return read;
  const { server, domain, informationServer: given, jitterSeconds } = read.value;
  const informationServer = given === 'run' ? null : new URL(given).origin;
  const hosts = informationServer === null ? [] : [new URL(informationServer).hostname];
  const plain = plainNetworkProblem(read.value, hosts);
  if (plain !== null) return refuse(plain);
  return ok({ server, domain, informationServer, jitterSeconds });
}
