import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import {
  catalogueBytesMax,
  decodeCatalogue,
  encodeCatalogue,
  readCatalogueFile,
} from './text-cp932.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-cp932-'));
});
after(() => rm(folder, { recursive: true }));

/** 日本語表示 in Windows code page 932; the second byte of 表 is a backslash. */
const japanese = Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0x8c, 0xea, 0x95, 0x5c, 0x8e, 0xa6]);

const readable: readonly (readonly [
  what: string,
  bytes: Buffer,
  text: string,
  encoding: string,
])[] = [
  ['ASCII', Buffer.from('[A]\r\na=1\n'), '[A]\r\na=1\n', 'ascii'],
  ['nothing', Buffer.alloc(0), '', 'ascii'],
  ['UTF-8', Buffer.from('; 日本語\n'), '; 日本語\n', 'utf-8'],
  ['UTF-8 with a mark', Buffer.from('\uFEFF[A]\n'), '\uFEFF[A]\n', 'utf-8'],
  ['cp932', Buffer.concat([Buffer.from('; '), japanese]), '; 日本語表示', 'cp932'],
];

for (const [what, bytes, text, encoding] of readable) {
  test(`${what} becomes text, and the same bytes again`, async () => {
    const decoded = await decodeCatalogue(bytes);
    assert.deepEqual(decoded, { ok: true, value: { text, encoding } });
    const again = decoded.ok ? await encodeCatalogue(text, decoded.value.encoding) : decoded;
    assert(again.ok && again.value.equals(bytes));
  });
}

const lossy: readonly (readonly [what: string, bytes: readonly number[], line: number])[] = [
  ['half a character', [0x41, 0x0a, 0x42, 0x0a, 0x82], 3],
  ['a byte that is none', [0x41, 0x0a, 0xa0, 0x0a], 2],
  ['UTF-16', [0xff, 0xfe, 0x5b, 0x00, 0x41, 0x00], 1],
  ['a second code of one character', [0x0a, 0x0a, 0x87, 0x9b], 3],
];

for (const [what, bytes, line] of lossy) {
  test(`refused with its line: ${what}`, async () => {
    assert.deepEqual(await decodeCatalogue(Buffer.from(bytes)), {
      ok: false,
      because: { code: 'CATALOGUE_TEXT_UNREADABLE', with: { line, encoding: 'cp932' } },
    });
  });
}

test('what an encoding has no bytes for is refused with its line', async () => {
  for (const character of ['〜', '−', '‖', '𠮷', '¥', '😀']) {
    assert.deepEqual(await encodeCatalogue(`a\nb=${character}\n`, 'cp932'), {
      ok: false,
      because: { code: 'CATALOGUE_TEXT_UNREADABLE', with: { line: 2, encoding: 'cp932' } },
    });
  }
  const halfPair = await encodeCatalogue('a\n\n\uD800', 'utf-8');
  assert.deepEqual(halfPair.ok ? null : halfPair.because.with, { line: 3, encoding: 'utf-8' });
});

test('any bytes at all either come back the same, or are refused', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), async (array) => {
      const bytes = Buffer.from(array);
      const decoded = await decodeCatalogue(bytes);
      if (!decoded.ok) return;
      const again = await encodeCatalogue(decoded.value.text, decoded.value.encoding);
      assert(again.ok && again.value.equals(bytes));
    }),
    { numRuns: 2_000 },
  );
});

test('what cannot be read as a file has its own answer, at once', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const file = join(folder, 'file.ini');
  await writeFile(file, '[A]\n');
  const link = join(folder, 'link.ini');
  await symlink(file, link);
  const large = join(folder, 'large.ini');
  await writeFile(large, Buffer.alloc(catalogueBytesMax + 1, ' '));
  const answers = [
    await readCatalogueFile(file),
    await readCatalogueFile(link),
    await readCatalogueFile(link, false),
    await readCatalogueFile(pipe),
    await readCatalogueFile(folder),
    await readCatalogueFile(join(folder, 'absent')),
    await readCatalogueFile(large),
  ].map((answer) => (answer.ok ? answer.value.text : answer.because.code));
  const unreadable = 'FILE_UNREADABLE';
  assert.deepEqual(answers, [
    '[A]\n',
    '[A]\n',
    unreadable,
    unreadable,
    unreadable,
    unreadable,
    'CATALOGUE_TOO_LARGE',
  ]);
});
