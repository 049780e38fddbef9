/** The section `controlManagerAgent` of settings.yaml, parsed and complete. */

import { join } from 'node:path';
import { z } from 'zod';
import { plainNetwork, plainNetworkProblem, readSettings } from '#adapters/settings-yaml.ts';
import { heartbeatDefault, heartbeatLimits } from '#domain/delivery/activity.ts';
import { ok, refuse, type Result } from '#domain/result.ts';

const address = z.url({ protocol: /^http$/, error: 'an address such as http://127.0.0.1:4471' });

const section = z.strictObject({
  controlManager: address,
  /** `run`: the one of this installation, wherever it listens just now. */
  informationServer: z.union([z.literal('run'), address]),
  plainNetwork,
  reportMinutes: z
    .number()
    .min(heartbeatLimits.reportMinutesMin)
    .max(heartbeatLimits.reportMinutesMax)
    .default(heartbeatDefault.reportMinutes),
});

export type Config = z.infer<typeof section>;

export async function readConfig(root: string): Promise<Result<Config>> {
  const file = join(root, 'settings.yaml');
  const read = await readSettings({ file, section: 'controlManagerAgent', schema: section });
  if (!read.ok) return read;
  const { controlManager, informationServer } = read.value;
  const addresses = [controlManager, ...(informationServer === 'run' ? [] : [informationServer])];
  const hosts = addresses.map((one) => new URL(one).hostname);
  const plain = plainNetworkProblem(read.value, hosts);
  return plain === null ? ok(read.value) : refuse(plain);
}
