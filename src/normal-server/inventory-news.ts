/**
 * Keeps what the information server knows of this computer true while a session lasts: looks every
 * so often and says what changed enough to matter; asked, it says it at once. Absent: what a look
 * costs, and what is made of it.
 */

import type { Clock } from '#ports/clock.ts';
import type { InventoryNow } from '#protocol/normal-server/messages.ts';
import { limits } from './limits.ts';

/** A change of free space is news from this part of what was said last. */
const partMin = 0.1;

export type InventoryNews = {
  /** The hello of the next session says it too. */
  readonly greeted: (hello: Omit<InventoryNow, 'type'>) => void;
  readonly sessionOpen: () => void;
  readonly sessionClosed: () => void;
  readonly asked: () => void;
};

export function openInventoryNews(world: {
  readonly clock: Clock;
  look(): Promise<InventoryNow>;
  say(message: InventoryNow): void;
  /** Whoever runs us hears of what breaks. */
  begin(work: Promise<void>): void;
}): InventoryNews {
  const { clock } = world;
  let said: Omit<InventoryNow, 'type'> | null = null;
  let cancel: () => void = () => undefined;
  /** A look that ends in a later session says nothing there. */
  let sessions = 0;

  async function look(isNews: (now: InventoryNow) => boolean): Promise<void> {
    const mine = sessions;
    const now = await world.look();
    if (mine !== sessions || !isNews(now)) return;
    said = now;
    world.say(now);
  }

  function lookLater(): void {
    cancel = clock.after(limits.inventoryMilliseconds, () => {
      world.begin(look((now) => isNewsAfter(said, now)));
      lookLater();
    });
  }

  return {
    greeted({ diskBytesFree, rebootRecommended }) {
      said = { diskBytesFree, rebootRecommended };
    },
    sessionOpen() {
      lookLater();
    },
    sessionClosed() {
      sessions += 1;
      cancel();
    },
    asked: () => world.begin(look(() => true)),
  };
}

function isNewsAfter(said: Omit<InventoryNow, 'type'> | null, now: InventoryNow): boolean {
  if (said === null || said.rebootRecommended !== now.rebootRecommended) return true;
  const change = Math.abs(now.diskBytesFree - said.diskBytesFree);
  return change >= limits.inventoryBytesMin && change >= said.diskBytesFree * partMin;
}
