/**
 * I16: a failed network never condemns a release: a gate fails for other causes, or not at all.
 *
 * A gate that cannot be passed any more pauses the upgrade at once; its group has failed when the
 * last lease is closed. What counts is what was known when it was judged.
 */

import type { UpgradeGroup } from '#domain/upgrade/state.ts';
import type { RowChange } from '../observation.ts';
import { on, Violation, type Checker } from './checker.ts';
import type { Memory } from './memory.ts';
import type { UpgradeMemory } from './site-memory.ts';

export function networkIsInnocent(memory: Memory): Checker {
  return {
    invariant: 16,
    sees: [
      on('committed', ({ site, rows }) => {
        for (const change of rows) {
          const judged = judgedBy(change, rows, (id) => memory.site(site).upgrade(id));
          if (judged === null || blamed(judged) > 0) continue;
          const { name } = judged;
          // What came in the same commit after the verdict is in its numbers as well.
          if (rows.some((one) => one.of === 'row' && one.after.group === name)) continue;
          throw new Violation(16, `group ${name} failed, and no server failed but for its network`);
        }
      }),
    ],
  };
}

/** The group whose gate is said to have failed with this change; null: none. */
function judgedBy(
  change: RowChange,
  rows: readonly RowChange[],
  upgradeOf: (id: UpgradeMemory['plan']['upgrade']) => UpgradeMemory,
): UpgradeGroup | null {
  if (change.of === 'head') {
    const { before, after } = change;
    if (before?.state === 'paused' || !isFailed(after)) return null;
    const upgrade = upgradeOf(after.upgrade);
    const turn = upgrade.plan.groups[after.turn];
    return (turn === undefined ? null : upgrade.groups.get(turn.name)) ?? null;
  }
  if (change.of !== 'group' || change.after.state !== 'failed') return null;
  const isKnown = !rows.some(({ of }) => of === 'head') && isFailed(upgradeOf(change.upgrade).head);
  return isKnown || change.before?.state === 'failed' ? null : change.after;
}

function isFailed({ state, because }: UpgradeMemory['head']): boolean {
  return state === 'paused' && because?.code === 'GATE_FAILED';
}

function blamed({ gate }: UpgradeGroup): number {
  let count = gate.vanished;
  for (const [cause, failed] of Object.entries(gate.failedBy)) {
    if (cause !== 'network') count += failed;
  }
  return count;
}
