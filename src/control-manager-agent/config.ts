/** The section `controlManagerAgent` of settings.yaml, parsed and complete. */

import { join } from 'node:path';
import { z } from 'zod';
import {
  insecureDialProblem,
  insecureLoopback,
  readSettings,
  tierAddress,
} from '#adapters/daemon/settings-yaml.ts';
import { heartbeatDefault, heartbeatLimits } from '#domain/delivery/activity.ts';
import { ok, refuse, type Result } from '#domain/result.ts';

const section = z.strictObject({
  controlManager: tierAddress,
  /** `run`: the one of this installation, wherever it listens just now. */
  informationServer: z.union([z.literal('run'), tierAddress]),
  insecureLoopback,
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
  const insecure = insecureDialProblem(read.value, addresses);
  return insecure === null ? ok(read.value) : refuse(insecure);
}
