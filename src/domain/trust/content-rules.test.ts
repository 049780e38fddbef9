import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Release } from '../catalogue/release.ts';
import { brand, type ComponentName } from '../names.ts';
import type { ProblemCode } from '../problem.ts';
import { againstContentItem, againstContentRelease, targetOfItem } from './content-rules.ts';
import { contentTreeListing, mayBeListed } from './content-tree.ts';
import type { SignedTarget } from './target.ts';
import { contentRelease, digestOf, releaseWith } from './trust.testing.ts';

const file = { fileName: 'lpt.123', digest: digestOf('pattern'), bytes: 7 };
const item = {
  component: brand<ComponentName>('pattern'),
  version: '1.2',
  path: 'pattern/lpt.123',
  ordering: 'decimal' as const,
  digest: file.digest,
  bytes: 7,
};
const target: SignedTarget = {
  name: 'pattern/1.2/lpt.123',
  digest: file.digest,
  bytes: 7,
  custom: null,
};

function offered(title: string, expected: ProblemCode | null, of: SignedTarget | null): void {
  test(`an offer of ${title}: ${expected ?? 'taken'}`, () => {
    assert.equal(againstContentItem(item, of)?.code ?? null, expected);
  });
}

test('a file is signed under component, version and its own name, wherever the share has it', () => {
  assert.equal(targetOfItem(item), 'pattern/1.2/lpt.123');
  assert.equal(targetOfItem({ ...item, path: 'deep\\down\\lpt.123' }), 'pattern/1.2/lpt.123');
});

offered('a signed file', null, target);
offered('a file that nobody signed', 'CONTENT_UNSIGNED', null);
offered('other bytes', 'CONTENT_NOT_AS_SIGNED', { ...target, digest: digestOf('other') });
const placed = { ...target, custom: { path: 'pattern/lpt.123', ordering: 'decimal' } };
offered('a file in the folder that was signed', null, placed);
offered('another folder than was signed', 'CONTENT_NOT_AS_SIGNED', {
  ...target,
  custom: { path: 'bin/lpt.123', ordering: 'decimal' },
});
offered('another ordering than was signed', 'CONTENT_NOT_AS_SIGNED', {
  ...target,
  custom: { path: 'pattern/lpt.123', ordering: 'date' },
});
offered('another length', 'CONTENT_NOT_AS_SIGNED', { ...target, bytes: 8 });

function made(
  title: string,
  expected: ProblemCode | null,
  [release, targets]: readonly [Release, readonly SignedTarget[]],
): void {
  test(`a release of ${title}: ${expected ?? 'it enters'}`, () => {
    assert.equal(againstContentRelease(release, targets, digestOf)?.code ?? null, expected);
  });
}

const release = contentRelease(file);
const other = { ...target, name: 'pattern/1.1/lpt.122' };
const forged = contentRelease({ ...file, digest: digestOf('evil') });
made('a signed file', null, [release, [other, target]]);
made('a file that nobody signed', 'CONTENT_UNSIGNED', [release, [other]]);
const ordered = (ordering: string) => ({
  ...target,
  custom: { path: 'pattern/lpt.123', ordering },
});
made('a signed file and its ordering', null, [release, [ordered(release.manifest.ordering)]]);
made('a signed file with another ordering', 'CONTENT_UNSIGNED', [release, [ordered('date')]]);
made('a file of another version', 'CONTENT_UNSIGNED', [
  contentRelease(file, { version: '1.3' }),
  [target],
]);
made('other bytes under a signed name', 'CONTENT_NOT_AS_SIGNED', [forged, [target]]);
made('a signed file under another name', 'CONTENT_NOT_AS_SIGNED', [
  contentRelease({ ...file, fileName: 'lpt.124' }),
  [target],
]);
made('a second package beside the signed one', 'CONTENT_NOT_AS_SIGNED', [
  contentRelease(file, {
    packages: [...release.manifest.packages, ...forged.manifest.packages],
  }),
  [target],
]);
made('no package at all', 'CONTENT_NOT_AS_SIGNED', [
  contentRelease(file, { packages: [] }),
  [target],
]);
made('a program that content keys signed', 'CONTENT_UNSIGNED', [releaseWith({}), [target]]);
made('a signed file that would be run', 'CONTENT_UNSIGNED', [
  contentRelease(file, { kind: 'tree' }),
  [target],
]);
made('a signed file with commands', 'CONTENT_UNSIGNED', [
  contentRelease(file, { tree: { start: { argv: ['lpt.123'], secondsMax: 1 } } }),
  [target],
]);

test('the listing is that of docs/protocol/package.md', () => {
  const listing = `dankai-tree 1\nf 644 7 ${file.digest} lpt.123\n`;
  assert.equal(contentTreeListing(file), listing);
});

test('no name of a file ever makes a second line or a folder of a listing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (fileName) => {
      fc.pre(mayBeListed(fileName));
      const listing = contentTreeListing({ ...file, fileName });
      assert.equal(listing.split('\n').length, 3);
      assert.ok(!fileName.includes('/'));
    }),
  );
});

for (const name of ['', '.', '..', 'a/b', 'a\\b', 'a\nf 755 1 b', 'a\0', 'x'.repeat(256)]) {
  test(`no file is called ${JSON.stringify(name.slice(0, 20))}`, () => {
    assert.equal(mayBeListed(name), false);
  });
}
