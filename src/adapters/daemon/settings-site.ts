/** Of which site an installation is, as its settings say; nothing else of them is looked at. */

import { join } from 'node:path';
import { z } from 'zod';
import { ok, type Result } from '#domain/result.ts';
import { readSettings } from './settings-yaml.ts';

const section = z.looseObject({ site: z.string().min(1).max(64) });

export async function readOwnSite(root: string, name = 'settings.yaml'): Promise<Result<string>> {
  const file = join(root, name);
  const read = await readSettings({ file, section: 'informationServer', schema: section });
  return read.ok ? ok(read.value.site) : read;
}
