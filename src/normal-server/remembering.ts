/**
 * What must be on the disk before anything that depends on it is said or done. What the disk refused is
 * tried again; until it stands there, nothing that depends on it happens.
 */

import type { Problem } from '#domain/problem.ts';

export type Remembering = {
  /** As things stand now, after what is being written. */
  save(): void;
  /** Of the last that was to be remembered: why the disk did not take it; null: it did. */
  settled(): Promise<Problem | null>;
  /** `null` as soon as it stands there. */
  needed(): Promise<Problem | null>;
};

export function openRemembering<Snapshot>(
  look: () => Snapshot,
  write: (snapshot: Snapshot) => Promise<Problem | null>,
): Remembering {
  let remembered: Promise<Problem | null> = Promise.resolve(null);
  let isForgetful = false;

  async function writeAfter(
    earlier: Promise<Problem | null>,
    snapshot: Snapshot,
  ): Promise<Problem | null> {
    await earlier;
    const because = await write(snapshot);
    isForgetful = because !== null;
    return because;
  }
  function save(): void {
    remembered = writeAfter(remembered, look());
  }

  return {
    save,
    settled: () => remembered,
    needed() {
      if (isForgetful) save();
      return remembered;
    },
  };
}
