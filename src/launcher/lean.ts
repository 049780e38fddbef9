/** How Node is started so that it waits in little memory, and how the launcher gets there. */

/**
 * For programs that mostly wait; an information server or a control manager keeps Node's own
 * choice. A young generation of 1 MiB, one worker thread of V8, and of its compilers only the
 * one that costs nothing while waiting: the others keep feedback and 5 MiB of their own code in
 * memory, for loops that such a program does not have. `--lite-mode` would save 1 MiB more, but
 * takes WebAssembly away, and with it Node's fetch.
 */
const leanFlags = [
  '--max-semi-space-size=1',
  '--v8-pool-size=1',
  '--optimize-for-size',
  '--no-opt',
  '--no-maglev',
] as const;

const busyServices = new Set(['information-server', 'control-manager']);

export function flagsFor(service: string): readonly string[] {
  return busyServices.has(service) ? [] : leanFlags;
}

/**
 * The C library keeps one heap per thread otherwise, each with its own slack, and gives little
 * back to the machine (measured: 1.6 MiB of a daemon's 26).
 */
const leanEnvironment = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '65536',
  MALLOC_TOP_PAD_: '0',
  UV_THREADPOOL_SIZE: '2',
};
/** Undefined takes away what a busy daemon would inherit from the launcher. */
const busyEnvironment = Object.fromEntries(
  Object.keys(leanEnvironment).map((name) => [name, undefined]),
);

export function environmentFor(service: string, inherited: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...inherited, ...(busyServices.has(service) ? busyEnvironment : leanEnvironment) };
}

/**
 * Begins this process again, under the same number, with the flags above: whoever starts the
 * launcher needs to know nothing of them. Where that is not possible it runs as it is.
 */
export function becomeLean(): void {
  if (process.execArgv.includes(leanFlags[0]) || process.execve === undefined) return;
  const rest = [...process.execArgv, ...process.argv.slice(1)];
  process.execve(
    process.execPath,
    [process.execPath, ...leanFlags, ...rest],
    environmentFor('launcher', process.env),
  );
}
