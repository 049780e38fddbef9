/**
 * The files that get mutants, and the tests that can see each of them: those of the domain itself,
 * because what is true must be held where it is said, and not by a process far above.
 */

import { globSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { readSource } from '../../test/architecture/source.ts';

export const root = new URL('../../', import.meta.url).pathname;

const folder = 'src/domain';
const isTest = (path: string): boolean => path.endsWith('.test.ts');
const isForTests = (path: string): boolean => /\.(test|testing)\.ts$/.test(path);

/** What one file runs of others; types are not run. */
function importsOf(path: string, text: string): string[] {
  return readSource(path, text)
    .imports.filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
    .map(({ specifier }) => posix.join(posix.dirname(path), specifier));
}

export class Domain {
  readonly #texts: ReadonlyMap<string, string>;
  readonly #imports: ReadonlyMap<string, readonly string[]>;

  constructor() {
    const paths = globSync(`${folder}/**/*.ts`, { cwd: root }).toSorted();
    this.#texts = new Map(paths.map((path) => [path, readFileSync(`${root}${path}`, 'utf8')]));
    this.#imports = new Map(
      [...this.#texts].map(([path, text]) => [path, importsOf(path, text)] as const),
    );
  }

  get files(): readonly string[] {
    return [...this.#texts.keys()].filter((path) => !isForTests(path));
  }

  get tests(): readonly string[] {
    return [...this.#texts.keys()].filter(isTest);
  }

  text(path: string): string {
    const text = this.#texts.get(path);
    if (text === undefined) throw new Error(`there is no ${path}`);
    return text;
  }

  /** The file and all that import it, themselves or by others. */
  above(path: string): readonly string[] {
    const seen = new Set([path]);
    for (const one of seen) {
      for (const [other, imports] of this.#imports) if (imports.includes(one)) seen.add(other);
    }
    return [...seen];
  }

  testsOf(path: string): readonly string[] {
    return this.above(path).filter(isTest);
  }
}
