/** I16: a failed network never condemns a release: a gate fails for other causes, or not at all. */

import type { UpgradeGroup } from '#domain/upgrade/state.ts';
import { on, Violation, type Checker } from './checker.ts';

export function networkIsInnocent(): Checker {
  return {
    invariant: 16,
    sees: [
      on('committed', ({ rows }) => {
        for (const change of rows) {
          if (change.of !== 'group' || change.after.state !== 'failed') continue;
          const { name } = change.after;
          // What came in the same commit after the verdict is in its numbers as well.
          const isMixed = rows.some((one) => one.of === 'row' && one.after.group === name);
          if (isMixed || change.before?.state === 'failed' || blamed(change.after) > 0) continue;
          throw new Violation(16, `group ${name} failed, and no server failed but for its network`);
        }
      }),
    ],
  };
}

function blamed({ gate }: UpgradeGroup): number {
  let count = gate.vanished;
  for (const [cause, failed] of Object.entries(gate.failedBy)) {
    if (cause !== 'network') count += failed;
  }
  return count;
}
