/** The section `normalServer` of settings.yaml, parsed and complete. */

import { join } from 'node:path';
import { z } from 'zod';
import {
  insecureDialProblem,
  insecureLoopback,
  readSettings,
  tierAddress,
} from '#adapters/settings-yaml.ts';
import type { DomainName, ServerId } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { domainName, serverId } from '#protocol/shared/primitives.ts';

const section = z.strictObject({
  server: serverId,
  domain: domainName,
  /** `run`: the one of this very installation folder. */
  informationServer: z.union([z.literal('run'), tierAddress]),
  insecureLoopback,
  jitterSeconds: z.number().min(0).max(86_400).default(5),
});

export type Config = {
  readonly server: ServerId;
  readonly domain: DomainName;
  /** null: it stands in the run file of this installation folder. */
  readonly informationServer: string | null;
  readonly isInsecure: boolean;
  readonly jitterSeconds: number;
};

export async function readConfig(root: string): Promise<Result<Config>> {
  const file = join(root, 'settings.yaml');
  const read = await readSettings({ file, section: 'normalServer', schema: section });
  if (!read.ok) return read;
  const { server, domain, informationServer: given, jitterSeconds } = read.value;
  const informationServer = given === 'run' ? null : new URL(given).origin;
  const addresses = informationServer === null ? [] : [informationServer];
  const insecure = insecureDialProblem(read.value, addresses);
  if (insecure !== null) return refuse(insecure);
  const isInsecure = read.value.insecureLoopback === 'accepted';
  return ok({ server, domain, informationServer, isInsecure, jitterSeconds });
}
