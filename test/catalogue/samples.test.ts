/**
 * The samples of `fixtures/server-ini`, through the answer of `dankai catalogue check` (D8, D11)
 * and through restore (R5). ini-api, another people's parser, is the reference for what a
 * catalogue holds and for giving it back unchanged.
 */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { Ini } from 'ini-api';
import { readCatalogueFile } from '#adapters/share/text-cp932.ts';
import {
  catalogueCheck,
  type CatalogueCheckOptions,
} from '#cli/commands/catalogue/catalogue-check.ts';
import { checkCatalogue, type FieldDrift } from '#domain/catalogue/drift.ts';
import { restoreCatalogue } from '#domain/catalogue/restore.ts';
import { editServerIni } from '#domain/catalogue/server-ini-edit.ts';
import { madeCatalogue } from '#domain/catalogue/server-ini.testing.ts';
import { keyName, keysOf, keyValue, parseServerIni } from '#domain/catalogue/server-ini.ts';

const samples = new URL('../fixtures/server-ini/', import.meta.url).pathname;
const sample = (name: string): string => join(samples, `${name}.ini`);
const textOf = (name: string): Promise<string> => readFile(sample(name), 'utf8');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-samples-'));
});
after(() => rm(folder, { recursive: true }));

async function check(options: CatalogueCheckOptions): ReturnType<typeof catalogueCheck> {
  return catalogueCheck(options, readCatalogueFile);
}

async function written(text: string | Uint8Array): Promise<string> {
  const file = join(folder, 'written.ini');
  await writeFile(file, text);
  return file;
}

const told = (fields: readonly FieldDrift[]): readonly string[] =>
  fields.map(({ section, field }) => `${section} ${field}`);

const driftOfSample = [
  'Info_2_50000_4_1 Version',
  'Info_2_50000_4_1 Update_Path',
  'Info_2_50000_4_1 Path',
  'Info_186_50000_4_5121 Version',
  'Info_186_50000_4_5121 Update_Path',
  'Info_186_50000_4_5121 Path',
];

for (const name of ['clean', 'clean-crlf', 'clean-blank-lines']) {
  test(`${name}: clean, by the profile and against the other clean ones`, async () => {
    const file = sample(name);
    assert.deepEqual(await check({ file, expect: '5.80' }), { clean: true, fields: [] });
    assert.deepEqual(await check({ file }), { clean: true, fields: [] });
    const baseline = sample('clean');
    assert.deepEqual(await check({ file, baseline }), { clean: true, fields: [] });
  });
}

test('drifted: sections 2 and 186 in Version, Update_Path and Path; none in 453', async () => {
  const file = sample('drifted');
  for (const options of [
    { expect: '5.80' },
    { expect: '5.8' },
    {},
    { baseline: sample('clean') },
  ]) {
    const answer = await check({ file, ...options });
    assert.equal(answer.clean, false);
    assert.deepEqual(told(answer.fields), driftOfSample);
  }
  const { fields } = await check({ file, expect: '5.80' });
  assert.deepEqual(fields[0], {
    section: 'Info_2_50000_4_1',
    field: 'Version',
    expected: '5.80',
    found: '5.58',
  });
  assert.deepEqual(fields[5], {
    section: 'Info_186_50000_4_5121',
    field: 'Path',
    expected: 'ServerProtect/spnt58J.zip,53166776',
    found: null,
  });
});

test('the drifted sample against itself is clean', async () => {
  const file = sample('drifted');
  assert.deepEqual(await check({ file, baseline: file }), { clean: true, fields: [] });
});

test('453 never gives the signal: another expected version is drift in 2 and 186 alone', async () => {
  const { fields } = await check({ file: sample('clean'), expect: '5.90' });
  assert.deepEqual(told(fields), ['Info_2_50000_4_1 Version', 'Info_186_50000_4_5121 Version']);
});

test('a share that Dankai rendered for 5.81 is clean for 5.81, 453 included', async () => {
  const digest = 'ab'.repeat(32);
  const text = (await textOf('clean'))
    .replaceAll(/Update_Path=.*/g, `Update_Path=programs/${digest}.json,900`)
    .replaceAll(/^Path=.*/gm, `Path=programs/${digest}.tar.zst,5000`)
    .replaceAll('Version=5.80', 'Version=5.81');
  const file = await written(text);
  assert.deepEqual(await check({ file, expect: '5.81' }), { clean: true, fields: [] });
  const { fields } = await check({ file, expect: '5.82' });
  assert.deepEqual(told(fields), ['Info_2_50000_4_1 Version', 'Info_186_50000_4_5121 Version']);
});

test('a watched section that is absent is drift', async () => {
  const text = (await textOf('clean')).replace(
    '[Info_186_50000_4_5121]',
    '[Info_187_50000_4_5121]',
  );
  const file = await written(text);
  for (const options of [{}, { baseline: sample('clean') }]) {
    const { fields } = await check({ file, ...options });
    const section = 'Info_186_50000_4_5121';
    assert.deepEqual(fields, [{ section, field: 'section', expected: section, found: null }]);
  }
});

test('case of a path, a blank after the comma and a zero more in a version are no drift', async () => {
  const text = (await textOf('clean'))
    .replaceAll('ServerProtect/spnt58J.zip,', 'SERVERPROTECT\\SPNT58j.ZIP, ')
    .replaceAll('Version=5.80', 'VERSION = 5.800')
    .replaceAll('Max=6.0', 'max=6');
  assert.deepEqual(await check({ file: await written(text) }), { clean: true, fields: [] });
});

test('another size, another range and a Path in 453 are drift', async () => {
  const text = (await textOf('clean'))
    .replace('53166776', '53166775')
    .replace('Min=5.0', 'Min=5.5')
    .concat('Path=ServerProtect/spnt58J.zip,53166776\n');
  const { fields } = await check({ file: await written(text) });
  assert.deepEqual(told(fields), [
    'Info_2_50000_4_1 Path',
    'Info_2_50000_4_1 Min',
    'Info_453_50000_4_5121 Path',
  ]);
});

test("a share whose packages are named by digest is not held to the sample's paths", async () => {
  const digest = 'ab'.repeat(32);
  const text = (await textOf('clean'))
    .replaceAll(/Update_Path=.*/g, `Update_Path=programs/${digest}.json,900`)
    .replaceAll(/^Path=.*/gm, `Path=programs/${digest}.tar.zst,5000`);
  assert.equal((await check({ file: await written(text), expect: '5.80' })).clean, true);
  const withoutPath = text.replaceAll(/^Path=.*\n/gm, '');
  const { fields } = await check({ file: await written(withoutPath), expect: '5.80' });
  assert.deepEqual(told(fields), ['Info_2_50000_4_1 Path', 'Info_186_50000_4_5121 Path']);
});

test('bad input is told with its code, line and file, and says nothing of drift', async () => {
  const file = await written('[Info_2_50000_4_1]\nVersion=5.80\nPath=a,b\n');
  assert.deepEqual(await check({ file }), {
    clean: false,
    fields: [],
    problem: { code: 'CATALOGUE_SIZE_NOT_A_NUMBER', with: { line: 3, text: 'a,b' } },
    file,
  });
  const baselineAnswer = await check({ file: sample('clean'), baseline: file });
  assert.equal(baselineAnswer.file, file);
  const codes = [
    await check({ file: join(folder, 'absent.ini') }),
    await check({ file: folder }),
    await check({ file: sample('clean'), expect: 'new' }),
    await check({ file: sample('clean'), profile: 'other' }),
    await check({ file: await written(Buffer.from('[A]\na=1\n\x82', 'latin1')) }),
  ].map(({ problem }) => problem?.code);
  assert.deepEqual(codes, [
    'FILE_UNREADABLE',
    'FILE_UNREADABLE',
    'VERSION_UNREADABLE',
    'PROFILE_UNKNOWN',
    'CATALOGUE_TEXT_UNREADABLE',
  ]);
});

test('50 MB of garbage is refused by its size, unread', async () => {
  const file = await written('x');
  await truncate(file, 50_000_000);
  const { problem } = await check({ file });
  assert.equal(problem?.code, 'CATALOGUE_TOO_LARGE');
});

function restored(current: string | null, baseline: string): string {
  const fields = current === null ? [] : driftBetween(current, baseline);
  const result = restoreCatalogue(current, baseline, fields);
  assert(result.ok);
  return result.value.text;
}

function driftBetween(current: string, baseline: string): readonly FieldDrift[] {
  const ini = parseServerIni(baseline);
  assert(ini.ok);
  const profile = {
    name: 'all',
    ordering: 'decimal' as const,
    version: '5.80',
    sections: Array.from({ length: ini.value.names.count() }, (_, number) => ({
      section: ini.value.names.name(number),
      carriesPath: false,
      versionIsSignal: true,
      baseline: {},
    })),
  };
  const fields = checkCatalogue(current, { profile, expect: null, baseline: ini.value });
  assert(fields.ok);
  return fields.value;
}

test('restoring the drifted sample gives the clean one, byte for byte', async () => {
  assert.equal(restored(await textOf('drifted'), await textOf('clean')), await textOf('clean'));
});

test('restore keeps newer content, unknown lines and line ends, and repeats harmlessly', async () => {
  const newer =
    '; ours\r\n[Server]\r\nName=x\r\n[PATTERN]\r\nP.2=pattern/lpt.999,999,5\r\n' +
    (await textOf('drifted')).replaceAll('\n', '\r\n').replace('Min=5.0', 'Own=1\r\nMin = 5.0');
  const text = restored(newer, await textOf('clean'));
  assert.deepEqual(driftBetween(text, await textOf('clean')), []);
  assert.equal(text.split('\r\n').length, text.split('\n').length, 'all line ends stay');
  for (const kept of [
    '; ours\r\n',
    'P.2=pattern/lpt.999,999,5\r\n',
    'Own=1\r\n',
    'Min = 5.0\r\n',
  ]) {
    assert(text.includes(kept), kept);
  }
  assert.equal(restored(text, await textOf('clean')), text);
});

test('an absent section comes back whole; only what the baseline has is brought back', async () => {
  const clean = await textOf('clean');
  const without = clean.slice(0, clean.indexOf('[Info_453'));
  assert.equal(restored(without, clean), clean);
});

test('where nothing can be read, the whole baseline is laid down, and that is said', async () => {
  const clean = await textOf('clean');
  for (const current of [null, 'garbage', '[A]\n[A]\n', '\0'.repeat(100)]) {
    const result = restoreCatalogue(current, clean, []);
    assert(result.ok);
    assert.equal(result.value.text, clean);
    assert.equal(result.value.whole, true);
    assert.notEqual(result.value.because, null);
  }
  assert.equal(restoreCatalogue(clean, 'garbage', []).ok, false);
});

/** What ini-api makes of a text; it ends lines in its own way, so they are given to it alike. */
function reference(text: string): Ini {
  return new Ini(text.replaceAll('\r\n', '\n'));
}

test('ini-api finds the same sections, keys and values in the samples', async () => {
  for (const name of ['clean', 'clean-crlf', 'clean-blank-lines', 'drifted']) {
    const text = await textOf(name);
    const ini = parseServerIni(text);
    assert(ini.ok);
    const other = reference(text);
    for (let number = 0; number < ini.value.names.count(); number++) {
      const section = other.getSection(ini.value.names.name(number));
      for (const key of keysOf(ini.value, number)) {
        const value: unknown = section.getValue(keyName(ini.value, key));
        assert.equal(String(value).trim(), keyValue(ini.value, key));
      }
    }
    assert.equal(other.sections.length, ini.value.names.count());
  }
});

test('like ini-api, an unchanged catalogue is given back byte for byte', () => {
  fc.assert(
    fc.property(madeCatalogue, ({ text }) => {
      const ini = parseServerIni(text);
      assert(ini.ok);
      const again = editServerIni(ini.value, []);
      assert(again.ok);
      assert.equal(again.value, text);
      const plain = text.replaceAll('\r\n', '\n');
      assert.equal(reference(text).stringify(), plain);
    }),
  );
});
