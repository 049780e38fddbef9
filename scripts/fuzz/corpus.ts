/**
 * Inputs that were worth keeping, in `test/fixtures/fuzz/<target>/`: every run begins from them, and
 * a test holds each against the answer that stands in its name. `npm run fuzz -- --corpus` adds those
 * that a run has kept. Absent: what depends on keys or on time, which is made anew by each run.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tried } from './run.ts';
import { wordsHeard, type Target } from './target.ts';

const folder = fileURLToPath(new URL('../../test/fixtures/fuzz/', import.meta.url));
/** Of one answer of one target: the smallest. */
const eachMax = 2;
const bytesMax = 1_024;

export type Kept = { readonly name: string; readonly answer: string; readonly input: Uint8Array };

/** `<answer>.<number>`, where an answer is all that the parser said, in order. */
export function corpusOf(target: string): readonly Kept[] {
  try {
    return readdirSync(join(folder, target)).map((name) => ({
      name: `${target}/${name}`,
      answer: name.replace(/\.\d+$/, ''),
      input: readFileSync(join(folder, target, name)),
    }));
  } catch {
    return [];
  }
}

/** null: a promise was broken. */
export async function answerOf(target: Target, input: Uint8Array): Promise<string | null> {
  wordsHeard();
  const error = await tried(target, input);
  const words = wordsHeard();
  return error === null ? words.join('+') : null;
}

/** `again`: the same target with other keys, at another time: what differs is not kept. */
export async function extendCorpus(
  target: Target,
  again: Target,
  inputs: readonly Uint8Array[],
): Promise<number> {
  const counts = new Map<string, number>();
  for (const { answer } of corpusOf(target.name)) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  let added = 0;
  for (const input of inputs.toSorted((left, right) => left.length - right.length)) {
    if (input.length === 0 || input.length > bytesMax) continue;
    const answer = await answerOf(target, input);
    if (answer === null || answer === '' || answer !== (await answerOf(again, input))) continue;
    const count = counts.get(answer) ?? 0;
    if (count >= eachMax) continue;
    counts.set(answer, count + 1);
    mkdirSync(join(folder, target.name), { recursive: true });
    writeFileSync(join(folder, target.name, `${answer}.${count + 1}`), input);
    added += 1;
  }
  return added;
}
