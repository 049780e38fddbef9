/** The section `normalServer` of settings.yaml, parsed and complete. */

import { join } from 'node:path';
import { engineSettings, type EngineSettings } from '#adapters/computer/engines.ts';
import { z } from 'zod';
import {
  insecureDialProblem,
  insecureLoopback,
  readSettings,
  tierAddress,
} from '#adapters/daemon/settings-yaml.ts';
import type { DomainName, ServerId } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { domainName, serverId } from '#protocol/shared/primitives.ts';

const section = z.strictObject({
  server: serverId,
  domain: domainName,
  /** `run`: the one of this very installation folder; `enrolled`: where its token was from. */
  informationServer: z.union([z.enum(['run', 'enrolled']), tierAddress]).default('enrolled'),
  insecureLoopback,
  jitterSeconds: z.number().min(0).max(86_400).default(5),
  /** What downloads of this server may take of its link; without it, all that it gives. */
  downloadMebibytesPerHour: z.number().min(1).max(1_000_000).optional(),
  /** By component of content: what works with it here. */
  engines: engineSettings,
});

export type Config = {
  readonly server: ServerId;
  readonly domain: DomainName;
  /** `run`, `enrolled`, or an address. */
  readonly informationServer: string;
  readonly isInsecure: boolean;
  readonly jitterSeconds: number;
  /** null: as fast as the link goes. */
  readonly downloadMebibytesPerHour: number | null;
  readonly engines: EngineSettings;
};

export async function readConfig(root: string): Promise<Result<Config>> {
  const file = join(root, 'settings.yaml');
  const read = await readSettings({ file, section: 'normalServer', schema: section });
  if (!read.ok) return read;
  const { server, domain, informationServer: given, jitterSeconds } = read.value;
  const { downloadMebibytesPerHour = null, engines } = read.value;
  const isNamed = given === 'run' || given === 'enrolled';
  const informationServer = isNamed ? given : new URL(given).origin;
  const addresses = isNamed ? [] : [informationServer];
  const insecure = insecureDialProblem(read.value, addresses);
  if (insecure !== null) return refuse(insecure);
  const isInsecure = read.value.insecureLoopback === 'accepted';
  return ok({
    server,
    domain,
    informationServer,
    isInsecure,
    jitterSeconds,
    downloadMebibytesPerHour,
    engines,
  });
}
