/** What the console calls work on. */

import type { Person } from '#domain/people/person.ts';
import type { CampaignReader } from '#ports/campaigns.ts';
import type { Clock } from '#ports/clock.ts';
import type { DeliveryStore } from '#ports/delivery-store.ts';
import type { Notices } from '#ports/notices.ts';
import type { Book } from '../book.ts';
import type { Loop } from '../loop.ts';
import type { Settings } from '../settings.ts';

/** Who asks, and whose sites he may see. */
export type By = Pick<Person, 'name' | 'scope'>;

export type Context = {
  readonly book: Book;
  readonly loop: Loop;
  readonly clock: Clock;
  readonly settings: Settings;
  /** null: an insecure loopback, which has no organisation. */
  readonly notices: Notices | null;
  readonly campaigns: CampaignReader;
  /** For its record; everything else is asked of the book. */
  readonly store: Pick<DeliveryStore, 'genesis' | 'recordHead' | 'record' | 'searchRecord'>;
};
