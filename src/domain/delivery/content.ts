/**
 * Content: what is delivered by deployment plans. An open list: the ids that a feed's `[PATTERN]`
 * section uses are data here, and an id that nobody named is a component all the same.
 */

import type { Ordering } from '../catalogue/version.ts';
import { brand, type ComponentName, type Digest } from '../names.ts';

/** One file of content. */
export type Content = {
  readonly component: ComponentName;
  readonly version: string;
  readonly ordering: Ordering;
  /** Where the file stands in the legacy share, such as `pattern/lpt.123`. */
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
};

export type ContentComponent = {
  readonly component: ComponentName;
  /** As in `P.<id>=` of a feed's `[PATTERN]` section. */
  readonly id: string;
  readonly ordering: Ordering;
};

const named = (id: string, component: string): ContentComponent => ({
  id,
  component: brand<ComponentName>(component),
  ordering: 'dotted',
});

/** The content that the described system has (mission, 'The words'). */
export const contentComponents: readonly ContentComponent[] = [
  named('2', 'pattern'),
  named('4', 'spyware-pattern'),
  named('6', 'scan-engine'),
  named('8', 'clean-up-engine-64'),
];

export function contentComponentOf(id: string): ContentComponent {
  const known = contentComponents.find((one) => one.id === id.toLowerCase());
  return known ?? named(id.toLowerCase(), `pattern-${id.toLowerCase()}`);
}
