import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { problem } from '#domain/problem.ts';
import { refuse } from '#domain/result.ts';
import { openJournal } from './journal-sqlite.ts';
import { openBegun } from './sqlite-node-begun.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-begun-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

for (const [what, spoil] of [
  ['gone', (file: string) => rm(file)],
  ['empty', (file: string) => truncate(file)],
] as const) {
  test(`a journal that is ${what} is begun anew only on purpose`, async () => {
    const file = join(folder, `${what}.sqlite`);
    const begin = async (): Promise<void> => {
      const journal = await openBegun(file, openJournal);
      assert.ok(journal.ok);
      await journal.value.close();
    };
    await begin();
    await begin();
    await spoil(file);
    const again = await openBegun(file, openJournal);
    assert.deepEqual(again, refuse(problem('JOURNAL_ABSENT', { file })));
    await rm(`${file}.begun`);
    await begin();
  });
}
