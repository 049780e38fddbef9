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
  /** Asks elsewhere for what a look alone cannot know; it may take a while. */
  learn(): Promise<void>;
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

  async function learnThenLook(): Promise<void> {
    const mine = sessions;
    await world.learn();
    if (mine === sessions) await look((now) => isNewsAfter(said, now));
  }

  function lookLater(): void {
    cancel = clock.after(limits.inventoryMilliseconds, () => {
      world.begin(learnThenLook());
      lookLater();
    });
  }

  return {
    greeted({ diskBytesFree, rebootRecommended, unsigned }) {
      said = { diskBytesFree, rebootRecommended, unsigned };
    },
    sessionOpen() {
      // A hello that could not say whether what runs is signed is made good at once.
      if (said?.unsigned !== null) world.begin(learnThenLook());
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
  // Whoever can say it no more does not take back what he said.
  if (now.unsigned !== undefined && now.unsigned !== said.unsigned) return true;
  const change = Math.abs(now.diskBytesFree - said.diskBytesFree);
  return change >= limits.inventoryBytesMin && change >= said.diskBytesFree * partMin;
}
