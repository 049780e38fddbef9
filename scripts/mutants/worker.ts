/**
 * Runs tests against mutants, one mutant at a time, all in this one process: every mutant gets
 * modules of its own for the mutated file and all above it, so that nothing of another mutant is
 * seen, and nothing is written to the disk. A mutant that never ends is ended from outside.
 */

import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { runCollected } from './collector.ts';

export type Question = {
  readonly id: number;
  /** The mutated file; null: the tests as they are. */
  readonly mutated: { readonly file: string; readonly text: string } | null;
  /** What must be loaded anew: the mutated file and what stands above it. */
  readonly anew: readonly string[];
  readonly tests: readonly string[];
};

export type Answer = {
  readonly id: number;
  readonly killedBy: { readonly file: string; readonly test: string } | null;
  readonly testCount: number;
  readonly milliseconds: number;
};

const root = new URL('../../', import.meta.url).href;
const collector = new URL('collector.ts', import.meta.url).href;
const stripped = new Map<string, string>();
let asked: Question = { id: 0, mutated: null, anew: [], tests: [] };

function sourceOf(path: string): string {
  if (asked.mutated?.file === path) return stripTypeScriptTypes(asked.mutated.text);
  const known = stripped.get(path);
  if (known !== undefined) return known;
  const source = stripTypeScriptTypes(readFileSync(new URL(root + path), 'utf8'));
  stripped.set(path, source);
  return source;
}

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'node:test') return { url: collector, shortCircuit: true };
    const found = next(specifier, context);
    const [bare = ''] = found.url.split('?');
    const isAnew = bare.startsWith(root) && asked.anew.includes(bare.slice(root.length));
    return isAnew ? { ...found, url: `${bare}?mutant=${asked.id}` } : found;
  },
  load(url, context, next) {
    const [bare = '', query] = url.split('?');
    if (query === undefined) return next(url, context);
    const source = sourceOf(bare.slice(root.length));
    return { format: 'module', source, shortCircuit: true };
  },
});

// The same examples in every run: whether a mutant survives must not be a matter of luck.
fc.configureGlobal({ seed: 1, endOnFailure: true });

async function answer(question: Question): Promise<Answer> {
  asked = question;
  const started = performance.now();
  let testCount = 0;
  let killedBy: Answer['killedBy'] = null;
  for (const file of question.tests) {
    let failed: string | null;
    try {
      await import(root + file);
      const ran = await runCollected();
      testCount += ran.count;
      ({ failed } = ran);
    } catch {
      // What was collected before the file broke is of no use.
      await runCollected();
      failed = 'loading';
    }
    if (failed !== null) {
      killedBy = { file, test: failed };
      break;
    }
  }
  return { id: question.id, killedBy, testCount, milliseconds: performance.now() - started };
}

function isQuestion(value: unknown): value is Question {
  return typeof value === 'object' && value !== null && 'id' in value && 'tests' in value;
}

process.on('message', (message) => {
  if (!isQuestion(message)) throw new Error('not a question');
  void answer(message).then((said) => process.send?.(said));
});
