/**
 * Every state that a power cut can leave behind, out of the calls that a real program made: at each
 * call, of what was not yet synced any part may be lost. Few doubts are taken in all combinations;
 * many of them systematically (none, all, each alone kept, each alone lost, the first so many).
 */

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call, Line } from './disk-calls.testing.ts';
import { CrashDisk, type Doubt, type Tree } from './crash-disk.testing.ts';

/** Up to so many combinations at one call are all taken. */
const combinationsMax = 64;

/** What is left behind, and after which call of the recording. */
export type PowerCut = { readonly name: string; readonly after: string; readonly tree: Tree };

export type PowerCuts = {
  /** Calls after which the power was cut. */
  readonly points: number;
  /** States that differ. */
  readonly cuts: readonly PowerCut[];
};

export function powerCuts(recording: {
  readonly root: string;
  /** The folder as it was when the recording began. */
  readonly copy: string;
  readonly lines: readonly Line[];
}): PowerCuts {
  const disk = new CrashDisk(recording.root, recording.copy);
  const begun = new Map<string, Call>();
  const cuts = new Map<string, PowerCut>();
  let points = 0;
  for (const line of recording.lines) {
    if (line.type === 'process') continue;
    const key = `${line.process}.${line.serial}`;
    const call = line.type === 'begin' ? line.call : begun.get(key);
    if (line.type === 'begin') begun.set(key, line.call);
    if (call === undefined || (line.type === 'end' && line.error !== null)) continue;
    disk.take(line, call);
    if (line.type === 'begin' || line.effect === 0) continue;
    points += 1;
    for (const chosen of choices(disk.doubts())) {
      const tree = disk.after(chosen);
      const name = nameOf(tree);
      if (!cuts.has(name)) cuts.set(name, { name, after: `${key} ${shown(call)}`, tree });
    }
  }
  return { points, cuts: [...cuts.values()] };
}

export function* choices(doubts: readonly Doubt[]): Generator<number[]> {
  const product = doubts.reduce((all, { ways }) => all * ways, 1);
  if (product <= combinationsMax) return yield* combinations(doubts);
  const all = (way: number): number[] => doubts.map(() => way);
  yield all(0);
  yield all(1);
  for (const [at, { ways }] of doubts.entries()) {
    for (let way = 0; way < ways; way++) {
      if (way > 0) yield all(0).with(at, way);
      if (way !== 1) yield all(1).with(at, way);
    }
    yield doubts.map((_, other) => (other < at ? 1 : 0));
    yield doubts.map((_, other) => (other < at ? 0 : 1));
  }
}

function* combinations(doubts: readonly Doubt[]): Generator<number[]> {
  const [first, ...rest] = doubts;
  if (first === undefined) return yield [];
  for (let way = 0; way < first.ways; way++) {
    for (const others of combinations(rest)) yield [way, ...others];
  }
}

/** Two states are one where only the numbers of processes differ, or what runs just now. */
function nameOf(tree: Tree): string {
  const hash = createHash('sha256');
  for (const path of [...tree.keys()].toSorted()) {
    if (path.startsWith('run/') || path.startsWith('logs/')) continue;
    const entry = tree.get(path);
    if (entry === undefined) continue;
    hash.update(`${path.replace(/\.part-\d+-[0-9a-f]+/g, '.part')} ${entry.kind} `);
    if (entry.kind === 'file')
      hash.update(`${entry.mode} ${entry.data.length} `).update(entry.data);
    if (entry.kind === 'link') hash.update(entry.target);
    hash.update('\n');
  }
  return hash.digest('hex');
}

const shown = (call: Call): string => {
  const { op } = call;
  if ('path' in call) return `${op} ${call.path.split('/').slice(-3).join('/')}`;
  if ('from' in call) return `${op} to ${call.to.split('/').slice(-3).join('/')}`;
  return op;
};

/** Lays down what the power cut left. */
export function rebuild(tree: Tree, folder: string): void {
  for (const [path, entry] of tree) {
    const place = join(folder, path);
    if (entry.kind === 'folder') mkdirSync(place, { recursive: true, mode: entry.mode });
    else if (entry.kind === 'link') symlinkSync(entry.target, place);
    else {
      writeFileSync(place, entry.data);
      chmodSync(place, entry.mode);
    }
  }
}
