/** Writes docs/schemas/plan.json, by which editors help with plan files. */

import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { planFileSchema } from '../../src/protocol/plan/plan-file.ts';

const file = new URL('../../docs/schemas/plan.json', import.meta.url);

export function planSchema(): string {
  const schema = z.toJSONSchema(planFileSchema, { io: 'input' });
  const named = { $schema: schema.$schema, title: 'Dankai upgrade plan', ...schema };
  return `${JSON.stringify(named, null, 2)}\n`;
}

if (import.meta.main) await writeFile(file, planSchema());
