import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentComponents, contentComponentOf } from '../delivery/content.ts';
import { brand, type Digest, type Platform } from '../names.ts';
import { canonicalJson, utf8Bytes } from './canonical-json.ts';
import type { Release } from './release.ts';
import {
  makeRevision,
  patternIdOf,
  renderCatalogue,
  type CatalogueContent,
  type CatalogueRevision,
} from './revision.ts';

const digestOf = (letter: string): Digest => brand<Digest>(letter.repeat(64));

function release(version: string, letter: string, precautions: readonly string[] = []): Release {
  const archive = { digest: digestOf('a'), bytes: 53_166_776 };
  return {
    digest: digestOf(letter),
    manifest: {
      format: 1,
      component: brand('program'),
      lane: 'program',
      kind: 'self',
      version: `${version}.1179`,
      ordering: 'decimal',
      appliesTo: { min: '5.0', max: '6.0' },
      needsComponents: [],
      needs: { diskBytes: 0, memoryBytes: 0 },
      precautions,
      returnTo: [],
      rebootRecommended: false,
      packages: [
        {
          platform: brand<Platform>('linux-x64'),
          treeDigest: digestOf('b'),
          treeBytes: 1,
          fileCount: 1,
          archive,
          proof: [],
        },
      ],
      catalogue: {
        version,
        sections: [
          { name: 'Info_2_50000_4_1', offersPackage: true },
          { name: 'Info_453_50000_4_5121', offersPackage: false },
        ],
      },
    },
  };
}

const content = (component: string, version: string, path: string): CatalogueContent => ({
  component,
  version,
  path,
  bytes: 123,
});

function rendered(
  previousText: string | null,
  releases: readonly Release[],
  contents: readonly CatalogueContent[] = [],
): string {
  const text = renderCatalogue({ previousText, releases, contents });
  assert(text.ok, JSON.stringify(text));
  return text.value;
}

const bytesOf = (one: Release): number => Buffer.byteLength(canonicalJson(one.manifest));

test('a release becomes its sections, named by digest', () => {
  const one = release('5.80', 'c');
  assert.equal(
    rendered(null, [one]),
    [
      '[Info_2_50000_4_1]',
      'Version=5.80',
      `Update_Path=programs/${'c'.repeat(64)}.json,${bytesOf(one)}`,
      'Min=5.0',
      'Max=6.0',
      `Path=programs/${'a'.repeat(64)}.tar.zst,53166776`,
      '[Info_453_50000_4_5121]',
      'Version=5.80',
      `Update_Path=programs/${'c'.repeat(64)}.json,${bytesOf(one)}`,
      'Min=5.0',
      'Max=6.0',
      '',
    ].join('\n'),
  );
});

test('the next release changes its own keys in place, and every other line stays', () => {
  const previous =
    '; ours\r\n[Server]\r\nName=x\r\n[info_453_50000_4_5121]\r\nOwn=1\r\nversion = 5.70\r\n' +
    'Path=old/a.zip, 5\r\n\r\n[Info_2_50000_4_1]\r\n; why\r\nVersion=5.70\r\n[Last]\r\nz=1';
  const text = rendered(previous, [release('5.80', 'c')]);
  assert(text.startsWith('; ours\r\n[Server]\r\nName=x\r\n[info_453_50000_4_5121]\r\nOwn=1\r\n'));
  assert(text.includes('Own=1\r\nversion = 5.80\r\nUpdate_Path='));
  assert(text.includes('[Info_2_50000_4_1]\r\n; why\r\nVersion=5.80\r\nUpdate_Path='));
  assert(text.endsWith('[Last]\r\nz=1'));
  assert(!text.includes('old/a.zip'));
  assert.equal(rendered(text, [release('5.80', 'c')]), text, 'rendering repeats harmlessly');
});

test('content becomes a line of [PATTERN] under the id that feeds use', () => {
  const text = rendered(
    null,
    [],
    [content('pattern', '1.880.00', 'pattern\\lpt.880'), content('own-rules', '7', 'rules/r.7')],
  );
  const expected = '[PATTERN]\nP.2=pattern/lpt.880,1.880.00,123\nP.own-rules=rules/r.7,7,123\n';
  assert.equal(text, expected);
});

test('increments go when the version that they lead to goes, and only then', () => {
  const previous =
    '[PATTERN]\nP.2=pattern/lpt.879,879,9\nP.2.Merge.1=m/1,878,1\nP.4=s/1,1,1\nP.4.Merge.1=m/2,0,1\n';
  assert.equal(
    rendered(previous, [], [content('pattern', '880', 'pattern/lpt.880')]),
    '[PATTERN]\nP.2=pattern/lpt.880,880,123\nP.4=s/1,1,1\nP.4.Merge.1=m/2,0,1\n',
  );
  const same = rendered(previous, [], [content('pattern', '879', 'pattern/lpt.879')]);
  assert(same.includes('P.2.Merge.1=m/1,878,1\n'));
});

test('a component and its id are each other, both ways', () => {
  for (const { id, component } of contentComponents) {
    assert.equal(patternIdOf(component), id);
    assert.equal(contentComponentOf(id).component, component);
  }
  assert.equal(patternIdOf(contentComponentOf('77').component), '77');
});

const unsafe: readonly (readonly string[])[] = [
  ['../lpt'],
  ['/etc/lpt'],
  ['C:\\lpt'],
  ['server.ini'],
  ['SERVER.INI'],
  ['programs/x.json'],
  ['Programs\\x.json'],
  ['PROGRAMS./x'],
  ['programs /x'],
  ['nul.txt'],
  ['a,b'],
  ['p/a', 'P/A'],
  ['p/a', 'p/a/b'],
  ['p/a/b', 'p/a'],
];

test('content may not leave the share, nor take our place or that of other content', () => {
  for (const paths of unsafe) {
    const contents = paths.map((path, index) => content(`c${index}`, '1', path));
    const text = renderCatalogue({ previousText: null, releases: [], contents });
    assert.equal(text.ok ? 'rendered' : text.because.code, 'PACKAGE_PATH_UNSAFE', paths.join(' '));
  }
});

test('a text that cannot be read is refused, and so is one that would not read back', () => {
  const onGarbage = renderCatalogue({ previousText: 'garbage', releases: [], contents: [] });
  assert.equal(onGarbage.ok ? '' : onGarbage.because.code, 'CATALOGUE_LINE_UNREADABLE');
  const planted = release('5.80\n[PATTERN]', 'c');
  const text = renderCatalogue({ previousText: null, releases: [planted], contents: [] });
  assert.equal(text.ok ? '' : text.because.code, 'CATALOGUE_LINE_UNREADABLE');
});

test('a revision names its sections, and every file with its digest', () => {
  const one = release('5.80', 'c');
  const bare = { ...release('1', 'd').manifest, catalogue: { version: '1', sections: [] } };
  const result = makeRevision(
    { epoch: 1, number: 7 },
    {
      previousText: null,
      releases: [one, { digest: digestOf('d'), manifest: bare }],
      contents: [{ ...content('pattern', '880', 'pattern\\lpt.880'), digest: digestOf('e') }],
    },
  );
  assert(result.ok);
  const expected: Omit<CatalogueRevision, 'text'> = {
    fence: { epoch: 1, number: 7 },
    manifests: [digestOf('c'), digestOf('d')],
    watched: [
      { section: 'Info_2_50000_4_1', ordering: 'decimal' },
      { section: 'Info_453_50000_4_5121', ordering: 'decimal' },
    ],
    files: [
      {
        kind: 'manifest',
        path: `programs/${'c'.repeat(64)}.json`,
        digest: digestOf('c'),
        bytes: bytesOf(one),
      },
      {
        kind: 'archive',
        path: `programs/${'a'.repeat(64)}.tar.zst`,
        digest: digestOf('a'),
        bytes: 53_166_776,
      },
      { kind: 'content', path: 'pattern/lpt.880', digest: digestOf('e'), bytes: 123 },
    ],
  };
  const { text, ...rest } = result.value;
  assert.deepEqual(rest, expected);
  assert(text.includes('P.2=pattern/lpt.880,880,123\n'));
});

test('the size of a manifest counts bytes, not characters', () => {
  for (const text of ['', 'abc', 'é', '再起動', '𠮷', 'a再𠮷']) {
    assert.equal(utf8Bytes(text), Buffer.byteLength(text));
  }
  const one = release('5.80', 'c', ['再起動してください']);
  assert(rendered(null, [one]).includes(`.json,${bytesOf(one)}\n`));
});

test('what cannot be rendered is no revision', () => {
  const contents = [{ ...content('pattern', '880', '../a'), digest: digestOf('e') }];
  const made = makeRevision(
    { epoch: 1, number: 1 },
    { previousText: null, releases: [], contents },
  );
  assert.equal(made.ok ? null : made.because.code, 'PACKAGE_PATH_UNSAFE');
});

test('one section is enough for the files of a release to stand in the share; none is not', () => {
  const whole = release('5.80', 'c');
  for (const [sections, files] of [
    [whole.manifest.catalogue.sections, 2],
    [whole.manifest.catalogue.sections.slice(1), 2],
    [[], 0],
  ] as const) {
    const manifest = { ...whole.manifest, catalogue: { version: '5.80', sections } };
    const releases = [{ ...whole, manifest }];
    const made = makeRevision(
      { epoch: 1, number: 1 },
      { previousText: null, releases, contents: [] },
    );
    assert.ok(made.ok);
    assert.equal(made.value.files.length, files);
  }
});

test('a release without a package offers none', () => {
  const whole = release('5.80', 'c');
  const manifest = { ...whole.manifest, packages: [] };
  const text = rendered('[Info_2_50000_4_1]\nPath=old/a.zip,1\n', [{ ...whole, manifest }]);
  assert.ok(!text.includes('\nPath='));
});
