/** Ends a child process: asked first, and killed when it takes too long. The one way in the launcher. */

import type { ChildProcess } from 'node:child_process';

export async function endChild(
  child: ChildProcess,
  { ended, milliseconds }: { readonly ended: Promise<void>; readonly milliseconds: number },
): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  await ended;
  clearTimeout(timer);
}
