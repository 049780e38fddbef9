/**
 * What the figures of all pairs say together, read from the figures themselves: runs of some pairs
 * each can be put together later (`scripts/documents/performance.ts`).
 */

import pinned from './pairs.json' with { type: 'json' };

export type Figures = Readonly<Record<string, number | string>>;

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, one) => sum + Math.log(one), 0) / values.length);

const smallFiles: ReadonlySet<string> = new Set(
  pinned.filter((one) => 'smallFiles' in one).map(({ name }) => name),
);

/** Those that were run, in the order of `pairs.json`. */
export function pairsIn(figures: Figures): readonly string[] {
  return pinned.map(({ name }) => name).filter((name) => `${name}: published, bytes` in figures);
}

/** Each peer over the pairs that it finished: how many times as much as a delta crosses the link. */
export function means(figures: Figures, peers: readonly string[]): Figures {
  const found: Record<string, number | string> = {};
  const all = pairsIn(figures);
  const sets = [
    ['all pairs', all],
    ['without the pair of small files', all.filter((pair) => !smallFiles.has(pair))],
  ] as const;
  for (const [title, of] of sets) {
    for (const peer of ['published', ...peers]) {
      const ratios = of.flatMap((pair) => {
        const bytes = figures[`${pair}: ${peer}, bytes`];
        const delta = figures[`${pair}: delta, bytes`];
        return typeof bytes === 'number' && typeof delta === 'number' ? [bytes / delta] : [];
      });
      if (ratios.length === 0) continue;
      const over = ratios.length === of.length ? '' : ` (${ratios.length} of ${of.length} pairs)`;
      found[`${peer} over delta, geometric mean, ${title}${over}`] = geometricMean(ratios);
    }
  }
  return { ...found, ...makingOverBsdiff(figures) };
}

/** Over the pairs that bsdiff finished: of the others, its time is not known. */
function makingOverBsdiff(figures: Figures): Figures {
  let [ours, theirs] = [0, 0];
  const pairs: string[] = [];
  for (const pair of pairsIn(figures)) {
    const bsdiff = figures[`${pair}: bsdiff, CPU s to make`];
    const delta = figures[`${pair}: delta, CPU s to make`];
    if (typeof bsdiff !== 'number' || typeof delta !== 'number') continue;
    ours += delta;
    theirs += bsdiff;
    pairs.push(pair);
  }
  if (pairs.length === 0) return {};
  return {
    'making, pairs that bsdiff finished': pairs.join(', '),
    'making, CPU s over those pairs': ours,
    'making, CPU over bsdiff (budget 0.25)': ours / theirs,
  };
}
