/** The published schemas are those that the programs parse with. */

import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { allSchemas, schemasFolder } from '../../scripts/documents/schemas.ts';

test('docs/schemas is what `node scripts/documents/schemas.ts` writes, and nothing else', async () => {
  const schemas = allSchemas();
  assert.deepEqual((await readdir(schemasFolder)).toSorted(), [...schemas.keys()].toSorted());
  for (const [name, text] of schemas) {
    const published = await readFile(join(schemasFolder, name), 'utf8');
    assert.ok(published === text, `${name} is old: run node scripts/documents/schemas.ts`);
  }
});
