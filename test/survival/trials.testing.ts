/**
 * Every trial of a scenario, enumerated from the calls of a run that nothing cut short: SIGKILL before
 * and after each effect, a disk that refuses each of them, and every state that a power cut can leave.
 */

import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Status } from '#protocol/normal-server/messages.ts';
import type { Tree } from './crash-disk.testing.ts';
import { isEffect, type Fault, type Line } from './disk-calls.testing.ts';
import { powerCuts } from './power-cuts.testing.ts';
import { statesWithout } from './teeth.testing.ts';
import type { Scenario } from './scenarios.testing.ts';
import { prepare, Survivor, type Cleaning, type Prepared } from './survivor.testing.ts';

export const kinds = ['kill', 'disk', 'power'] as const;
export type Kind = (typeof kinds)[number];

/** `tally`: under which word its end is counted. */
export type Trial = {
  readonly name: string;
  run(context: Cleaning): Promise<string>;
};

export type Recording = {
  readonly root: string;
  readonly copy: string;
  readonly lines: readonly Line[];
};

/** What is tried, by kind, and a line that says how many of what. */
export type Trials = { readonly trials: readonly Trial[]; readonly count: string };

/** What can be cut short: a scenario of a normal server, or of its launcher. */
export type Subject = {
  readonly name: string;
  /** Runs it once whole, and enumerates what can be done to it. */
  open(context: Cleaning): Promise<(kind: Kind) => Trials>;
};

export const subjectOf = (scenario: Scenario): Subject => ({
  name: scenario.name,
  async open(context) {
    const prepared = await prepare(context, scenario);
    const recording = await record(context, prepared);
    return (kind) => trialsOf(kind, prepared, recording);
  },
});

/** Every call of the run that nothing cut short, and the folder as it was before. */
export async function record(context: Cleaning, prepared: Prepared): Promise<Recording> {
  const survivor = await Survivor.open(context, prepared);
  const { root } = survivor.site;
  const copy = join(survivor.site.folder, 'copy');
  await survivor.begin(null, () => cp(root, copy, { recursive: true, verbatimSymlinks: true }));
  const end = await survivor.settle();
  assert.equal(end, prepared.scenario.ends);
  // What it still does when the end is told belongs to it.
  await survivor.check(end, { runs: true });
  const lines = survivor.seam.lines();
  await survivor.stop();
  return { root, copy, lines };
}

type Effect = Extract<Line, { type: 'begin' }>;

export function effectsOf({ lines }: Recording): readonly Effect[] {
  return lines.filter((line): line is Effect => line.type === 'begin' && isEffect(line.call));
}

export function trialsOf(kind: Kind, prepared: Prepared, recording: Recording): Trials {
  return enumerated(kind, recording, {
    kill: (context, fault) => killAt(context, prepared, fault),
    disk: (context, fault) => refuseAt(context, prepared, fault),
    power: (context, tree) => goOnAfter(context, prepared, tree),
  });
}

/** How each kind of trial is run; answers the word for its end. */
export type Acts = {
  kill(context: Cleaning, fault: Fault): Promise<string>;
  disk(context: Cleaning, fault: Fault): Promise<string>;
  power(context: Cleaning, tree: Tree): Promise<string>;
};

export function enumerated(kind: Kind, recording: Recording, acts: Acts): Trials {
  const effects = effectsOf(recording);
  if (kind === 'power') {
    const { points, cuts } = powerCuts(recording);
    const trials = cuts.map(({ after, tree }) => ({
      name: `power cut after ${after}`,
      run: (context: Cleaning) => acts.power(context, tree),
    }));
    return { trials, count: `${points} power cuts, ${trials.length} states that differ` };
  }
  const faults = effects.flatMap(kind === 'kill' ? killsAt : errorsAt);
  const trials = faults.map((fault) => ({
    name: JSON.stringify(fault),
    run: (context: Cleaning) => acts[kind](context, fault),
  }));
  return { trials, count: `${effects.length} effects, ${trials.length} faults` };
}

function killsAt({ process, effect }: Effect): Fault[] {
  return (['before', 'after'] as const).map((when) => ({ kind: 'kill', process, effect, when }));
}

/** A full disk stays full until somebody makes room; one that fails may do so once, or from then on. */
function errorsAt({ process, effect, call }: Effect): Fault[] {
  if (call.op === 'spawn' || call.op === 'signal') return [];
  const at = { kind: 'error', process, effect } as const;
  return [
    { ...at, code: 'ENOSPC', lasts: true },
    { ...at, code: 'EIO', lasts: true },
    { ...at, code: 'EIO', lasts: false },
  ];
}

async function killAt(context: Cleaning, prepared: Prepared, fault: Fault): Promise<string> {
  const survivor = await Survivor.open(context, prepared);
  await survivor.begin(fault);
  const end = await survivor.settle();
  // A version that cannot prove itself is never kept, wherever it was killed.
  if (prepared.scenario.ends === 'returned') assert.equal(end, 'returned');
  await survivor.check(end, { runs: true });
  const { hasFired } = survivor.seam;
  await survivor.stop();
  return hasFired ? end : 'not struck';
}

/**
 * Whether a trial fails, as one must, over something that only a program without those syncs can
 * leave behind: where the new version is current already. At most so many are tried.
 */
export async function notices(
  prepared: Prepared,
  recording: Recording,
  { of, triesMax, open }: { readonly of: RegExp; readonly triesMax: number; readonly open: Opener },
): Promise<{ readonly states: number; readonly by: string | null }> {
  const { component } = prepared.releases.wanted.manifest;
  const name = slotNameOf(prepared.releases.wanted);
  const states = statesWithout(recording, of).filter(({ tree }) => {
    const current = tree.get(`programs/${component}/current`);
    return current?.kind === 'link' && current.target.endsWith(name);
  });
  for (const { after, tree } of states.slice(0, triesMax)) {
    const failed = await open((context) => goOnAfter(context, prepared, tree)).then(
      () => false,
      () => true,
    );
    if (failed) return { states: states.length, by: after };
  }
  return { states: states.length, by: null };
}

/** Does something with a context of its own, which is over afterwards. */
export type Opener = <Value>(act: (context: Cleaning) => Promise<Value>) => Promise<Value>;

/** The real program over what a power cut left: at the old or the new version, and nothing else. */
async function goOnAfter(context: Cleaning, prepared: Prepared, tree: Tree): Promise<string> {
  const survivor = await Survivor.over(context, prepared, tree);
  await survivor.goOn();
  const end = await survivor.settle();
  if (prepared.scenario.ends === 'returned') assert.equal(end, 'returned');
  // Nothing of the program itself runs after a power cut until the system starts it.
  await survivor.check(end, { runs: false });
  await survivor.stop();
  return end;
}

/** Says that it was the disk, or waits for it; and gets there when the disk takes what it is given. */
async function refuseAt(context: Cleaning, prepared: Prepared, fault: Fault): Promise<string> {
  const survivor = await Survivor.open(context, prepared);
  await survivor.begin(fault);
  const told = await survivor.toldOf(prepared.releases.wanted);
  const isSick = prepared.scenario.ends === 'returned' && told?.state === 'returned';
  if (survivor.seam.hasFired && told !== null && told.state !== 'installed' && !isSick) {
    assert.equal(told.cause, 'disk', `${told.state}: ${told.detail}`);
  }
  await survivor.seam.mend();
  survivor.wantAgain();
  let end = await survivor.settle({ afresh: true });
  if (end !== prepared.scenario.ends) {
    // It was in the middle of a switch, and came back from it when it could write that down.
    assert.equal(survivor.lastOf(prepared.releases.wanted)?.cause, 'disk');
    survivor.wantAgain();
    end = await survivor.settle({ afresh: true });
  }
  assert.equal(end, prepared.scenario.ends);
  await survivor.check(end, { runs: true });
  assert.deepEqual(await survivor.leftOver(), [], 'nothing is left half');
  const { hasFired } = survivor.seam;
  await survivor.stop();
  return hasFired ? wordFor(told) : 'not struck';
}

const wordFor = (told: Status | null): string => (told === null ? 'waited' : `told ${told.state}`);
