/**
 * Runs mutants through worker processes. A worker is ended when a mutant takes too long, and now
 * and then anyway: it keeps every module that it ever loaded.
 */

import { fork, type ChildProcess } from 'node:child_process';
import type { Domain } from './files.ts';
import type { Mutant } from './mutant.ts';
import type { Answer, Question } from './worker.ts';

/** `timed-out`: a loop without end, or memory without end. It counts as killed. */
export type Fate = 'killed' | 'timed-out' | 'survived' | 'unseen';

export type Outcome = {
  readonly mutant: Mutant;
  readonly fate: Fate;
  /** The test that killed it. */
  readonly by: string | null;
  readonly milliseconds: number;
};

const limits = {
  mutantsPerWorkerMax: 150,
  /** A mutant gets this long, and so many times what its tests take without it. */
  secondsMin: 8,
  timesBaseline: 6,
  megabytesMax: 600,
  baselineSecondsMax: 120,
};

const program = new URL('worker.ts', import.meta.url).pathname;

function isAnswer(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null && 'killedBy' in value;
}

/** One process at a time; the next one begins when it is needed. */
class Worker {
  #process: ChildProcess | null = null;
  #answered = 0;

  /** Null: no answer within the time, or none at all because the process died of it. */
  ask(question: Question, milliseconds: number): Promise<Answer | null> {
    const child = this.#living();
    return new Promise((resolve) => {
      const done = (answer: Answer | null): void => {
        clearTimeout(timer);
        child.removeAllListeners();
        this.#answered += 1;
        if (answer === null || this.#answered >= limits.mutantsPerWorkerMax) this.end();
        resolve(answer);
      };
      const timer = setTimeout(() => done(null), milliseconds);
      child.once('exit', () => done(null));
      child.on('message', (message) => {
        if (isAnswer(message) && message.id === question.id) done(message);
      });
      child.send(question);
    });
  }

  end(): void {
    this.#process?.kill('SIGKILL');
    this.#process = null;
  }

  #living(): ChildProcess {
    if (this.#process === null) {
      const execArgv = ['--no-warnings', `--max-old-space-size=${limits.megabytesMax}`];
      this.#process = fork(program, { execArgv, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      this.#answered = 0;
    }
    return this.#process;
  }
}

/** How long each test file takes by itself; throws where one fails although nothing is changed. */
async function baselineOf(worker: Worker, tests: readonly string[]): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const [at, test] of tests.entries()) {
    const question = { id: -1 - at, mutated: null, anew: [], tests: [test] };
    const answer = await worker.ask(question, limits.baselineSecondsMax * 1_000);
    if (answer === null) throw new Error(`${test} does not end`);
    if (answer.killedBy !== null || answer.testCount === 0) {
      throw new Error(`${test} fails without a mutant: ${answer.killedBy?.test ?? 'no test'}`);
    }
    times.set(test, answer.milliseconds);
  }
  return times;
}

/** Quick ones first; in the course of the run, those that killed the last mutant of the file. */
class Order {
  readonly #tests = new Map<string, readonly string[]>();
  readonly #times: ReadonlyMap<string, number>;
  readonly #domain: Domain;

  constructor(domain: Domain, times: ReadonlyMap<string, number>) {
    this.#domain = domain;
    this.#times = times;
  }

  of(file: string): readonly string[] {
    const known = this.#tests.get(file);
    if (known !== undefined) return known;
    const time = (test: string): number => this.#times.get(test) ?? 0;
    const tests = this.#domain.testsOf(file).toSorted((left, right) => time(left) - time(right));
    this.#tests.set(file, tests);
    return tests;
  }

  milliseconds(file: string): number {
    return this.of(file).reduce((sum, test) => sum + (this.#times.get(test) ?? 0), 0);
  }

  killed(file: string, by: string): void {
    this.#tests.set(file, [by, ...this.of(file).filter((test) => test !== by)]);
  }
}

type Ask = {
  readonly id: number;
  readonly worker: Worker;
  readonly order: Order;
  readonly domain: Domain;
  readonly secondsMin: number;
};

async function fateOf(mutant: Mutant, ask: Ask): Promise<Outcome> {
  const { id, worker, order, domain, secondsMin } = ask;
  const { file, text } = mutant;
  const tests = order.of(file);
  if (tests.length === 0) return { mutant, fate: 'unseen', by: null, milliseconds: 0 };
  const patience = secondsMin * 1_000 + limits.timesBaseline * order.milliseconds(file);
  const question = { id, mutated: { file, text }, anew: domain.above(file), tests };
  const answer = await worker.ask(question, patience);
  if (answer === null) return { mutant, fate: 'timed-out', by: null, milliseconds: patience };
  const { killedBy, milliseconds } = answer;
  if (killedBy === null) return { mutant, fate: 'survived', by: null, milliseconds };
  order.killed(file, killedBy.file);
  return { mutant, fate: 'killed', by: `${killedBy.file}: ${killedBy.test}`, milliseconds };
}

export type RunOptions = {
  readonly jobs: number;
  readonly secondsMin?: number;
  readonly seen?: (outcome: Outcome) => void;
};

export async function runMutants(
  domain: Domain,
  mutants: readonly Mutant[],
  { jobs, secondsMin = limits.secondsMin, seen }: RunOptions,
): Promise<readonly Outcome[]> {
  const workers = Array.from({ length: jobs }, () => new Worker());
  const [first] = workers;
  if (first === undefined) throw new Error('at least one job');
  const outcomes: Outcome[] = [];
  try {
    const tests = [...new Set(mutants.flatMap(({ file }) => domain.testsOf(file)))];
    const order = new Order(domain, await baselineOf(first, tests));
    const waiting = mutants.entries();
    const work = async (worker: Worker): Promise<void> => {
      for (const [id, mutant] of waiting) {
        const outcome = await fateOf(mutant, { id, worker, order, domain, secondsMin });
        outcomes[id] = outcome;
        seen?.(outcome);
      }
    };
    await Promise.all(workers.map(work));
  } finally {
    for (const worker of workers) worker.end();
  }
  return outcomes;
}
