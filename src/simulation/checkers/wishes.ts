/**
 * The list that each normal server obeys: of those that arrived since its process began, the one
 * with the highest fence. What a machine has kept over a restart is only what it says in its hello.
 */

import { compareFences, type Digest, type Fence, type ServerId } from '#domain/names.ts';
import type { Observation } from '../observation.ts';

export type Wish = { fence: Fence; digests: ReadonlySet<Digest> };

const nothing: ReadonlySet<Digest> = new Set();
const lowest: Fence = { epoch: 0, number: 0 };

export class Wishes {
  readonly #obeyed = new Map<ServerId, Wish>();

  of(server: ServerId): Wish {
    let found = this.#obeyed.get(server);
    if (found === undefined) {
      found = { fence: lowest, digests: nothing };
      this.#obeyed.set(server, found);
    }
    return found;
  }

  /** `server` runs another process now: it obeys nothing until it hears a list. */
  forget(server: ServerId): void {
    this.#obeyed.delete(server);
  }

  take({ server, message }: Observation & { readonly type: 'told' }): void {
    if (message.type !== 'wanted') return;
    const wish = this.of(server);
    if (compareFences(message.fence, wish.fence) < 0) return;
    wish.fence = message.fence;
    wish.digests = new Set(message.items.map(({ digest }) => digest));
  }
}
