/**
 * The shape of the code (invariants A1 to A11 of ARCHITECTURE.md), checked against the import
 * table in `architecture/table.ts`. Unit tests and their support may import what they like.
 */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readSource } from './architecture/source.ts';
import {
  bannedUses,
  cyclesOf,
  edgesOf,
  longFiles,
  targetOf,
  topFolder,
  ungrantedImports,
  unnamedLayers,
  type Tree,
} from './architecture/rules.ts';
import { grants, lineCountMax, programs } from './architecture/table.ts';

const root = new URL('../', import.meta.url).pathname;

const description: {
  imports: Record<string, string>;
  dependencies: Record<string, string>;
} = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const subpaths = new Map(
  Object.entries(description.imports).map(([prefix, target]) => [
    prefix.slice(0, -'/*'.length),
    target.slice('./src/'.length, -'/*'.length),
  ]),
);

/** Support for unit tests is named `<what>.testing.ts` and reaches no bundle. */
const forTests = /\.(test|testing)\.ts$/;

function wholeTree(): Tree {
  const paths = globSync('**/*.{ts,tsx}', { cwd: `${root}src` }).filter(
    (path) => !forTests.test(path),
  );
  return {
    subpaths,
    sources: paths
      .toSorted()
      .map((path) => readSource(path, readFileSync(`${root}src/${path}`, 'utf8'))),
  };
}

const tree = wholeTree();

function planted(files: Record<string, string>): Tree {
  return {
    subpaths,
    sources: Object.entries(files).map(([path, text]) => readSource(path, text)),
  };
}

const none = (found: readonly string[]): void => assert.equal(found.length, 0, found.join('\n'));
const inFolder = (folder: string) => (path: string) => topFolder(path) === folder;
const everywhere = (): boolean => true;
const isProgram = (path: string): boolean => programs.some((program) => inFolder(program)(path));
const isEntry = (path: string): boolean => /^[^/]+\/(main|config)\.ts$/.test(path);

function importsOfPrograms(from: Tree): string[] {
  return from.sources.flatMap((source) =>
    source.imports
      .map((each) => ({ each, target: targetOf(source.path, each.specifier, from) }))
      .filter(
        ({ each, target }) =>
          target.kind === 'file' &&
          // Who is no program imports what the table grants: the simulation runs them all.
          isProgram(source.path) &&
          isProgram(target.path) &&
          topFolder(target.path) !== topFolder(source.path) &&
          !(source.path === 'cli/main.ts' && each.dynamic),
      )
      .map(({ each }) => `${source.path}:${each.line} imports ${each.specifier}`),
  );
}

test('A1: the domain imports only itself', () => {
  none(ungrantedImports(tree, inFolder('domain')));
});

test('A2: the domain asks no clock, no chance, no process and no network', () => {
  none(bannedUses(tree, (where) => where.includes('domain')));
});

test('A3: the launcher imports Node alone', () => {
  none(ungrantedImports(tree, inFolder('launcher')));
});

test('A4: every other folder imports only what the table grants it', () => {
  const others = (path: string): boolean =>
    !['domain', 'launcher'].includes(topFolder(path)) && (isEntry(path) || !isProgram(path));
  none(ungrantedImports(tree, others));
});

test('A5: no program imports another; only cli/main.ts loads them, when they are asked for', () => {
  none(importsOfPrograms(tree));
});

test('A6: of a program only main.ts and config.ts reach adapters and file formats', () => {
  none(ungrantedImports(tree, (path) => isProgram(path) && !isEntry(path)));
});

test('A7: an import between folders names its layer, one inside a folder is relative', () => {
  none(unnamedLayers(tree));
});

test('A8: there is no cycle between files, nor between folders', () => {
  none(cyclesOf(edgesOf(tree, (path) => path)));
  none(cyclesOf(edgesOf(tree, topFolder)));
});

test('A9: no construct stands in the code that hides a type or a name, and no print outside the CLI', () => {
  none(bannedUses(tree, (where) => !where.includes('domain')));
});

test(`A10: every file has fewer than ${lineCountMax} lines`, () => {
  none(longFiles(tree));
});

/** A package that another one wants beside it counts as used with that. */
function withPeers(name: string): string[] {
  const { peerDependencies = {} }: { peerDependencies?: Record<string, string> } = JSON.parse(
    readFileSync(`${root}node_modules/${name}/package.json`, 'utf8'),
  );
  const declared = Object.keys(description.dependencies);
  return [name, ...Object.keys(peerDependencies).filter((peer) => declared.includes(peer))];
}

test('A11: every dependency is granted to some folder and used there, and none besides', () => {
  const used = new Set(
    tree.sources.flatMap((source) =>
      source.imports
        .map((each) => targetOf(source.path, each.specifier, tree))
        .flatMap((target) => (target.kind === 'package' ? withPeers(target.name) : [])),
    ),
  );
  const allowed = new Set(grants.flatMap((grant) => [...grant.packages]));
  const declared = Object.keys(description.dependencies).toSorted();
  assert.deepEqual([...used].toSorted(), declared, 'imported = dependencies of package.json');
  assert.deepEqual([...allowed].toSorted(), declared, 'granted = dependencies of package.json');
});

/** Each planted fault must be seen, and be the only thing seen. */
const importFaults: readonly (readonly [path: string, text: string, seen: string])[] = [
  ['domain/a.ts', "import { x } from '#protocol/b.ts';", '#protocol/b.ts'],
  ['domain/a.ts', "import type { x } from '#ports/clock.ts';", '#ports/clock.ts'],
  ['domain/a.ts', "import { z } from 'zod';", 'zod'],
  ['domain/a.ts', "import { join } from 'node:path';", 'node:path'],
  ['domain/a.ts', "export { x } from '../adapters/b.ts';", '../adapters/b.ts'],
  ['domain/a.ts', "export type X = import('#ports/clock.ts').Clock;", '#ports/clock.ts'],
  ['protocol/a.ts', "import { ws } from 'ws';", 'ws'],
  ['ports/a.ts', "import { pino } from 'pino';", 'pino'],
  ['launcher/a.ts', "import { x } from '#protocol/launcher/messages.ts';", '#protocol/launcher'],
  ['launcher/a.ts', "import { z } from 'zod';", 'zod'],
  ['adapters/a.ts', "import { x } from '#cli/b.ts';", '#cli/b.ts'],
  ['adapters/a.ts', "import commander from 'commander';", 'commander'],
  ['normal-server/loop.ts', "import { x } from '#adapters/b.ts';", '#adapters/b.ts'],
  ['normal-server/loop.ts', "import { readFile } from 'node:fs/promises';", 'node:fs/promises'],
  ['normal-server/loop.ts', "import { parse } from 'yaml';", 'yaml'],
  ['normal-server/main.ts', "const a = await import('../cli/main.ts');", '../cli/main.ts'],
  ['cli/main.ts', "import { x } from '../normal-server/main.ts';", '../normal-server/main.ts'],
  ['cli/commands/a.ts', "const a = await import('../../agent/main.ts');", '../../agent/main.ts'],
  ['nowhere/a.ts', '', 'not in the import table'],
];

test('the checker sees an import that the table does not grant', () => {
  for (const [path, text, seen] of importFaults) {
    const found = ungrantedImports(planted({ [path]: text }), everywhere);
    assert.equal(found.length, 1, `${path} with ${text}`);
    assert.ok(found[0]?.includes(seen), `${found[0]} names ${seen}`);
  }
});

test('the checker lets pass what the table grants', () => {
  none(
    ungrantedImports(
      planted({
        'domain/a.ts': "import type { B } from './b.ts';",
        'protocol/a.ts': "import { z } from 'zod'; import { b } from '#domain/b.ts';",
        'launcher/a.ts': "import { spawn } from 'node:child_process';",
        'launcher/b.ts': "import type { Track } from '#protocol/launcher/messages.ts';",
        'normal-server/loop.ts': "import type { Logger } from 'pino'; import { c } from './c.ts';",
        'normal-server/main.ts': "import { d } from '#adapters/d.ts';",
        'cli/main.ts': "const a = await import('../normal-server/main.ts');",
      }),
      everywhere,
    ),
  );
});

const useFaults: readonly (readonly [path: string, text: string, what: string])[] = [
  ['domain/a.ts', 'export const a = Date.now();', 'Date.now'],
  ['domain/a.ts', 'export const a = new Date(0);', 'new Date'],
  ['domain/a.ts', 'export const a = [1].map(Math.random);', 'Math.random'],
  ['domain/a.ts', "export const a = Math['random']();", 'Math.random'],
  ['domain/a.ts', 'export const a = process.env;', 'process'],
  ['domain/a.ts', 'export const a = () => fetch("http://a");', 'fetch()'],
  ['domain/a.ts', 'export const a = () => setTimeout(() => 1, 1);', 'setTimeout()'],
  ['normal-server/loop.ts', 'export const a = Date.now();', 'Date.now'],
  ['adapters/a.ts', 'console.log(1);', 'console'],
  ['adapters/a.ts', 'export const a = (b: unknown) => b as any;', 'any'],
  ['adapters/a.ts', 'export default 1;', 'default export'],
  ['adapters/a.ts', "export * from './b.ts';", 'export *'],
  ['adapters/a.ts', 'enum A { B }', 'enum'],
  ['domain/a.ts', 'export const a = (b: unknown) => b as string;', 'as'],
  ['domain/a.ts', 'export const a = (b: string | null) => b!.length;', 'non-null assertion'],
];

test('the checker sees a banned call or construct, and names its remedy', () => {
  for (const [path, text, what] of useFaults) {
    const found = bannedUses(planted({ [path]: text }), everywhere);
    assert.equal(found.length, 1, `${path} with ${text}: ${found.join('; ')}`);
    assert.match(found[0] ?? '', /uses .+: .{20,}/);
    assert.ok(found[0]?.includes(`uses ${what}:`), found.join());
  }
});

test('the checker is not misled by text, comments, members and constants', () => {
  none(
    bannedUses(
      planted({
        'domain/a.ts': [
          '// Date.now() is not asked here, nor console.log',
          "export const a = 'Date.now() as any';",
          'export const b = (c: { process: number; fetch(): void }) => c.process;',
          "export const d = ['a'] as const;",
          "export const e = Object.keys(d) as 'a'[];",
        ].join('\n'),
        'cli/a.ts': 'console.log(1);',
        'adapters/clock.ts': 'export const now = Date.now();',
      }),
      everywhere,
    ),
  );
});

test('the checker sees a layer that is not named', () => {
  const faults = [
    ['adapters/a.ts', "import { b } from '../domain/b.ts';", 'write #domain/'],
    ['domain/a.ts', "import { b } from '#domain/b.ts';", 'import relatively'],
    ['domain/a.ts', "import { b } from './b';", 'with its ending'],
  ] as const;
  for (const [path, text, seen] of faults) {
    const found = unnamedLayers(planted({ [path]: text }));
    assert.equal(found.length, 1);
    assert.ok(found[0]?.includes(seen), found.join());
  }
});

test('the checker sees cycles of files and of folders, types included', () => {
  const files = planted({
    'domain/a.ts': "import { b } from './b.ts';",
    'domain/b.ts': "import type { C } from './c.ts';",
    'domain/c.ts': "export { a } from './a.ts';",
    'domain/self.ts': "import { s } from './self.ts';",
  });
  assert.deepEqual(cyclesOf(edgesOf(files, (path) => path)), [
    'domain/a.ts -> domain/b.ts -> domain/c.ts -> domain/a.ts',
    'domain/self.ts -> domain/self.ts',
  ]);
  const folders = planted({
    'adapters/a.ts': "import { b } from '#ports/b.ts';",
    'ports/c.ts': "import { d } from '#adapters/d.ts';",
  });
  assert.deepEqual(cyclesOf(edgesOf(folders, topFolder)), ['adapters -> ports -> adapters']);
});

test('the checker sees a program that imports another', () => {
  const bad = { 'normal-server/a.ts': "import { b } from '../cli/b.ts';" };
  const lazy = { 'cli/main.ts': "const a = await import('../normal-server/main.ts');" };
  assert.equal(importsOfPrograms(planted(bad)).length, 1);
  none(importsOfPrograms(planted(lazy)));
});

test('the checker sees a file that is too long', () => {
  const text = 'export const a = 1;\n'.repeat(lineCountMax);
  assert.equal(longFiles(planted({ 'domain/a.ts': text })).length, 1);
  none(longFiles(planted({ 'domain/a.ts': 'export const a = 1;\n'.repeat(lineCountMax - 1) })));
});
