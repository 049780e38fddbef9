/**
 * Cuts a list down to a smallest one that still fails: delta debugging (Zeller's ddmin). Knows
 * nothing of what it cuts; each trial is a whole run of its own.
 */

export type Shrunk = { readonly kept: readonly number[]; readonly trials: number };

/**
 * `fails` is asked of lists of numbers, each a part of `all`, in their order; it failed with all
 * of them. Ends early after `trialsMax`, with the smallest list found so far.
 */
export async function shrink(
  all: readonly number[],
  fails: (kept: readonly number[]) => Promise<boolean>,
  trialsMax = 300,
): Promise<Shrunk> {
  let trials = 0;
  const tried = async (kept: readonly number[]): Promise<boolean> => {
    trials += 1;
    return fails(kept);
  };
  let kept = all;
  let parts = 2;
  if (all.length > 0 && (await tried([]))) return { kept: [], trials };
  while (kept.length > 1 && trials < trialsMax) {
    const smaller = await firstThatFails(kept, parts, async (some) =>
      trials < trialsMax ? tried(some) : false,
    );
    if (smaller !== null) {
      parts = Math.max(smaller.isComplement ? parts - 1 : 2, 2);
      kept = smaller.kept;
    } else if (parts >= kept.length) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return { kept, trials };
}

async function firstThatFails(
  kept: readonly number[],
  parts: number,
  fails: (some: readonly number[]) => Promise<boolean>,
): Promise<{ readonly kept: readonly number[]; readonly isComplement: boolean } | null> {
  const chunks = split(kept, parts);
  for (const chunk of chunks) {
    if (chunk.length < kept.length && (await fails(chunk))) {
      return { kept: chunk, isComplement: false };
    }
  }
  // With two parts, a complement is the other part.
  if (parts === 2) return null;
  for (const chunk of chunks) {
    const left = new Set(chunk);
    const others = kept.filter((one) => !left.has(one));
    if (await fails(others)) return { kept: others, isComplement: true };
  }
  return null;
}

function split(all: readonly number[], parts: number): (readonly number[])[] {
  const chunks: (readonly number[])[] = [];
  for (let part = 0; part < parts; part++) {
    const from = Math.floor((part * all.length) / parts);
    const until = Math.floor(((part + 1) * all.length) / parts);
    if (until > from) chunks.push(all.slice(from, until));
  }
  return chunks;
}
