/** What the console calls work on. */

import type { Clock } from '#ports/clock.ts';
import type { Book } from '../book.ts';
import type { Loop } from '../loop.ts';
import type { Settings } from '../settings.ts';

export type Context = {
  readonly book: Book;
  readonly loop: Loop;
  readonly clock: Clock;
  readonly settings: Settings;
};
