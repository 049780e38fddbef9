/**
 * Mutants of the power cuts: a recording from which the syncs of some file, or folder, are taken out is
 * that of a program without them. More can then be lost, and of what is lost some trial must fail, or
 * the trials prove nothing about those syncs.
 */

import type { Call, Line } from './disk-calls.testing.ts';
import { powerCuts, type PowerCut } from './power-cuts.testing.ts';

type Recording = { readonly root: string; readonly copy: string; readonly lines: readonly Line[] };

/** The file or folder of each number, as it was opened. */
function pathsOf(lines: readonly Line[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const line of lines) {
    if (line.type === 'begin' && line.call.op === 'open') paths.set(line.call.file, line.call.path);
  }
  return paths;
}

/** The same calls, without the syncs of what `of` names. */
export function withoutSyncs(recording: Recording, of: RegExp): Recording {
  const paths = pathsOf(recording.lines);
  const called = new Map<string, Call>();
  const lines = recording.lines.filter((line) => {
    if (line.type === 'process') return true;
    const key = `${line.process}.${line.serial}`;
    if (line.type === 'begin') called.set(key, line.call);
    const call = called.get(key);
    if (call?.op !== 'sync') return true;
    return !of.test((paths.get(call.file) ?? '').slice(recording.root.length));
  });
  return { ...recording, lines };
}

/** States that only a program without those syncs can leave, the latest first. */
export function statesWithout(recording: Recording, of: RegExp): readonly PowerCut[] {
  const known = new Set(powerCuts(recording).cuts.map(({ name }) => name));
  return powerCuts(withoutSyncs(recording, of))
    .cuts.filter(({ name }) => !known.has(name))
    .toReversed();
}
