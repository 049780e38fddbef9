/** How Node is started so that it waits in little memory, and how the launcher gets there. */

/**
 * A young generation of 1 MiB and no idle compiler threads. For programs that mostly wait; an
 * information server or a control manager keeps Node's own sizes.
 */
const leanFlags = ['--max-semi-space-size=1', '--v8-pool-size=1'] as const;

const busyServices = new Set(['information-server', 'control-manager']);

export function flagsFor(service: string): readonly string[] {
  return busyServices.has(service) ? [] : leanFlags;
}

/** The C library keeps one heap per thread otherwise, each with its own slack. */
const leanEnvironment = { MALLOC_ARENA_MAX: '1', UV_THREADPOOL_SIZE: '2' };
/** Said outright, because a daemon inherits the launcher's. */
const busyEnvironment = { MALLOC_ARENA_MAX: '4', UV_THREADPOOL_SIZE: '4' };

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
