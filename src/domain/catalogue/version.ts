/** Versions whose ordering belongs to the component. Filled in below. */
export const orderings = ['decimal', 'semver', 'dotted', 'counter', 'date'] as const;
export type Ordering = (typeof orderings)[number];
