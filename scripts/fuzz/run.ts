/** Runs one target over many inputs, and says which input broke a promise, and which promise. */

import { setTimeout as sleep } from 'node:timers/promises';
import { Chance } from '#simulation/world/chance.ts';
import { mutated } from './mutate.ts';
import { targetLimits, type Target } from './target.ts';

export type Find = { readonly target: string; readonly input: Uint8Array; readonly error: Error };

export type FuzzOptions = {
  readonly seed: number;
  readonly milliseconds: number;
  /** Inputs that were worth keeping in earlier runs. */
  readonly kept?: readonly Uint8Array[];
  /** Told each input before it is tried: if it never ends, it is the last one told. */
  readonly trying?: (input: Uint8Array) => void;
  /** Blocks of code that were reached since it was asked last. */
  readonly reached?: () => Promise<ReadonlySet<string>>;
  /** An input that reached what none before it did. */
  readonly keep?: (input: Uint8Array) => void;
};

export type FuzzRun = { readonly inputs: number; readonly find: Find | null };

/** To be asked what was reached costs as much as many inputs. */
const batchMax = 64;

export async function fuzz(target: Target, options: FuzzOptions): Promise<FuzzRun> {
  const run = new Run(target, options);
  // First all that is known to be worth trying, as it stands.
  await run.all(run.corpus);
  const until = performance.now() + options.milliseconds;
  while (run.find === null && performance.now() < until) await run.batch(until);
  return { inputs: run.inputs, find: run.find };
}

class Run {
  readonly corpus: Uint8Array[];
  inputs = 0;
  find: Find | null = null;
  readonly #target: Target;
  readonly #options: FuzzOptions;
  readonly #chance: Chance;
  readonly #seen = new Set<string>();

  constructor(target: Target, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
    this.#chance = new Chance(options.seed).fork(target.name);
    this.corpus = [...target.samples, ...(options.kept ?? [])];
  }

  async all(inputs: readonly Uint8Array[]): Promise<void> {
    for (const input of inputs) await this.#try(input);
    for (const block of await this.#reached()) this.#seen.add(block);
  }

  async batch(until: number): Promise<void> {
    const batch: Uint8Array[] = [];
    while (batch.length < batchMax && this.find === null && performance.now() < until) {
      const input = mutated(this.#target, this.corpus, this.#chance);
      batch.push(input.subarray(0, this.#target.bytesMax ?? targetLimits.bytesMax));
      await this.#try(batch.at(-1) ?? input);
    }
    const fresh = (await this.#reached()).difference(this.#seen);
    if (this.find === null && fresh.size > 0) await this.#locate(batch, fresh);
    for (const block of fresh) this.#seen.add(block);
  }

  /** Tries halves again, until it is clear which input reached what is new. */
  async #locate(inputs: readonly Uint8Array[], fresh: ReadonlySet<string>): Promise<void> {
    const [only] = inputs;
    if (only === undefined || fresh.size === 0) return;
    if (inputs.length === 1) {
      this.corpus.push(only);
      this.#options.keep?.(only);
      return;
    }
    const half = inputs.slice(0, inputs.length / 2);
    for (const input of half) await this.#try(input);
    const there = fresh.intersection(await this.#reached());
    await this.#locate(half, there);
    await this.#locate(inputs.slice(inputs.length / 2), fresh.difference(there));
  }

  async #reached(): Promise<ReadonlySet<string>> {
    return (await this.#options.reached?.()) ?? new Set();
  }

  async #try(input: Uint8Array): Promise<void> {
    this.inputs += 1;
    const error = await tried(this.#target, input, this.#options);
    if (error !== null) this.find ??= { target: this.#target.name, input, error };
  }
}

/** null: every promise was kept. */
export async function tried(
  target: Target,
  input: Uint8Array,
  { trying }: Pick<FuzzOptions, 'trying'> = {},
): Promise<Error | null> {
  trying?.(input);
  const { millisecondsMax = targetLimits.millisecondsMax } = target;
  const before = process.threadCpuUsage();
  const alarm = new AbortController();
  try {
    await Promise.race([target.check(input), unanswered(alarm.signal)]);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    alarm.abort();
  }
  const { user, system } = process.threadCpuUsage(before);
  const milliseconds = (user + system) / 1_000;
  if (milliseconds <= millisecondsMax) return null;
  return new Error(`${Math.round(milliseconds)} ms for ${input.length} bytes`);
}

/** What takes no time of the processor and does not end either. */
async function unanswered(signal: AbortSignal): Promise<void> {
  try {
    await sleep(targetLimits.answerMillisecondsMax, undefined, { signal });
  } catch {
    return;
  }
  throw new Error(`no answer within ${targetLimits.answerMillisecondsMax} ms`);
}
