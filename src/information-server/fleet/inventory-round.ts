/** Waits until servers that were asked what their computers are have answered, or for a limited time. */

import type { ServerId } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import { limits } from '../limits.ts';

type Round = { readonly missing: Set<ServerId>; readonly finish: () => void };

export class InventoryRound {
  readonly #rounds = new Set<Round>();

  heard(server: ServerId): void {
    for (const { missing, finish } of this.#rounds) {
      if (missing.delete(server) && missing.size === 0) finish();
    }
  }

  answersOf(servers: readonly ServerId[], clock: Clock): Promise<void> {
    if (servers.length === 0) return Promise.resolve();
    return new Promise((done) => {
      const finish = (): void => {
        cancel();
        this.#rounds.delete(round);
        done();
      };
      const round = { missing: new Set(servers), finish };
      const cancel = clock.after(limits.inventoryMs, finish);
      this.#rounds.add(round);
    });
  }
}
