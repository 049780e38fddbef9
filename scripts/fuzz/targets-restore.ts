/** What a restore reads: an archive that anybody may have written. */

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packTar } from 'modern-tar';
import { unpackBackup } from '#adapters/backup/backup-archive.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { bytesOf, expectAnswer, type Target } from './target.ts';

export async function restoreTargets(): Promise<readonly Target[]> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-fuzz-restore-'));
  const file = join(folder, 'backup');
  const out = join(folder, 'out');
  const texts: Record<string, string> = {
    'backup.json': JSON.stringify({
      format: 1,
      site: 'tokyo',
      version: '5.80.1179',
      madeAt: 1,
      withStore: true,
      secrets: null,
    }),
    'journal.sqlite': 'a journal',
    'settings.yaml': 'informationServer:\n  site: tokyo\n',
    'trust/organisation.json': '{}',
    'trust/program/roots/1.root.json': '{}',
    [`store/archives/${'a'.repeat(64)}`]: 'x'.repeat(600),
  };
  const digests = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, digestOfBytes(text)]),
  );
  const entries = Object.entries({ ...texts, 'digests.json': JSON.stringify(digests) });
  const sample = await packTar(
    entries.map(([name, text]) => {
      const body = bytesOf(text);
      return { header: { name, size: body.byteLength, mtime: new Date(0) }, body };
    }),
  );
  return [
    {
      name: 'backup-archive',
      form: 'bytes',
      samples: [sample],
      words: ['ustar\u0000', '../', 'trust/', 'digests.json', '11 path=a\n', '\u0000'.repeat(512)],
      async check(input) {
        await writeFile(file, input);
        expectAnswer(await unpackBackup(file, out));
        assert.deepEqual(
          (await readdir(folder)).filter((name) => name !== 'out'),
          ['backup'],
          'nothing is written beside',
        );
        await rm(out, { recursive: true, force: true });
      },
      close: () => rm(folder, { recursive: true, force: true }),
    },
  ];
}
