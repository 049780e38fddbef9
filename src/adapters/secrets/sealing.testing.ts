/** What tests seal by: the same code at next to no cost, since they make many keys. */

import type { Cost } from './sealing.ts';

export const cheapSealing: Cost = { memoryKiB: 8, passes: 1, parallelism: 1 };
