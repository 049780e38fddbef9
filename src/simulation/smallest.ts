/** The smallest run that fails as a given one did: fewer servers, fewer faults, fewer events. */

import type { FaultEvent } from './faults/fault.ts';
import { run, type Outcome, type RunOptions } from './run.ts';
import { shrink } from './shrink.ts';
import type { Violation } from './violation.ts';

export type Smallest = {
  readonly options: RunOptions;
  /** The faults that are left, with their numbers. */
  readonly faults: readonly (readonly [number, FaultEvent])[];
  readonly trials: number;
};

/** Fleets of these sizes are tried for a failure of the same kind, the smallest first. */
const sizes = [1, 2, 3, 5, 8, 13, 20, 40];

/** `by`: who must complain again; another complaint is another failure. */
export async function smallest(options: RunOptions, by: string): Promise<Smallest> {
  let trials = 0;
  const outcomeOf = async (tried: RunOptions) => {
    trials += 1;
    const outcome = await run(tried);
    return outcome.violation?.by === by ? outcome : null;
  };
  const sized = await withFewServers(options, outcomeOf);
  const whole = (await outcomeOf(sized))?.faultEvents ?? [];
  const all = sized.keep ?? whole.map((_, number) => number);
  const { kept } = await shrink(
    all,
    async (keep) => (await outcomeOf({ ...sized, keep })) !== null,
  );
  const cut = { ...sized, keep: kept };
  const last = (await outcomeOf(cut))?.violation ?? null;
  // Never a command that shows nothing.
  if (last === null) return { options, faults: [...whole.entries()], trials };
  const shown = await shortest(cut, last, outcomeOf);
  const faults = kept.flatMap((number) => {
    const fault = whole[number];
    return fault === undefined ? [] : [[number, fault] as const];
  });
  return { options: shown, faults, trials };
}

/** Ends right after the complaint, if that shows the same one; else it goes on as long as it did. */
async function shortest(
  cut: RunOptions,
  last: Violation,
  outcomeOf: (tried: RunOptions) => Promise<Outcome | null>,
): Promise<RunOptions> {
  // What is left at the end is looked at only in a run that comes to its end.
  if (last.isOfEnd) return cut;
  const ending = { ...cut, events: last.events };
  return (await outcomeOf(ending))?.violation?.what === last.what ? ending : cut;
}

/** Numbers of faults mean nothing in another fleet: what is kept must be all. */
async function withFewServers(
  options: RunOptions,
  outcomeOf: (tried: RunOptions) => Promise<object | null>,
): Promise<RunOptions> {
  if (options.keep !== null) return options;
  for (const servers of sizes) {
    if (options.servers !== null && servers >= options.servers) break;
    const tried = { ...options, servers };
    if ((await outcomeOf(tried)) !== null) return tried;
  }
  return options;
}

export function commandOf({ seed, servers, events, faults, keep }: RunOptions): string {
  const given: readonly (readonly [string, string | number | null])[] = [
    ['seed', seed],
    ['servers', servers],
    ['faults', faults === null ? null : faults.length === 0 ? 'none' : faults.join(',')],
    ['keep', keep === null ? null : keep.length === 0 ? 'none' : keep.join(',')],
    ['events', events],
  ];
  const words = given.flatMap(([name, value]) => (value === null ? [] : [`--${name} ${value}`]));
  return `npm run simulate -- ${words.join(' ')}`;
}
