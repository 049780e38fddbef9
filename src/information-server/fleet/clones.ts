/**
 * Notices two live installations under one identity, by what they say of themselves and, where a
 * whole disk was copied, by their lives, or a running memory, by their turns. Both are on hold until for a while only one of them has been
 * heard: then the other was a copy that is gone, or the first a machine that was installed anew.
 * In memory alone: after a restart two that are still there show themselves again within seconds.
 */

import type { ServerId } from '#domain/names.ts';
import { hearLife, type HeardLife, type Order } from '#domain/trust/lives.ts';
import { hearTurn, type HeardTurn } from '#domain/trust/turns.ts';
import type { Hello } from '#protocol/normal-server/messages.ts';
import { limits } from '../limits.ts';

/** What the two have in common, though they are two. */
export type CloneOf = 'identity' | 'disk' | 'memory';

export type CloneVerdict =
  | { readonly is: 'one' }
  /** A word of a life that is over; its connection is of no use. */
  | { readonly is: 'left-over' }
  | { readonly is: 'held' }
  /** Noticed just now: whoever stands here has to go as well. */
  | { readonly is: 'found'; readonly cloneOf: CloneOf };

type Held = {
  readonly whoIs: (hello: Hello) => string;
  /** When each was heard last. */
  readonly heard: Map<string, number>;
};

export class Clones {
  readonly #monotonic: () => number;
  readonly #held = new Map<ServerId, Held>();
  readonly #lives = new Map<ServerId, readonly HeardLife[]>();
  readonly #turns = new Map<ServerId, HeardTurn>();
  #order: Order = 0;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Of a connection that begins; its hello brings it along. */
  connected(): Order {
    this.#order += 1;
    return this.#order;
  }

  /** `standing`: what the one said that is connected under this name. */
  judge(
    hello: Hello,
    { connected, standing }: { readonly connected: Order; readonly standing: Hello | null },
  ): CloneVerdict {
    const held = this.#held.get(hello.server);
    if (held !== undefined) return this.#judgeHeld(hello, held);
    if (standing !== null && computerOf(standing) !== computerOf(hello)) {
      this.#hold(hello.server, computerOf, [standing, hello].map(computerOf));
      return { is: 'found', cloneOf: 'identity' };
    }
    return this.#judgeLife(hello, connected);
  }

  #judgeHeld(hello: Hello, { whoIs, heard }: Held): CloneVerdict {
    const who = whoIs(hello);
    const now = this.#monotonic();
    if (heard.size < limits.clonesMax || heard.has(who)) heard.set(who, now);
    for (const [other, at] of heard) {
      if (other !== who && now - at < limits.cloneQuietMs) return { is: 'held' };
    }
    this.#held.delete(hello.server);
    this.#remember(hello.server, [{ life: lifeOf(hello), from: this.connected() }]);
    return { is: 'one' };
  }

  #judgeLife(hello: Hello, connected: Order): CloneVerdict {
    const { server } = hello;
    const before = this.#lives.get(server) ?? [];
    const asked = { life: lifeOf(hello), connected, now: this.connected() };
    const { verdict, lives } = hearLife(before, asked);
    if (verdict === 'left-over') return { is: 'left-over' };
    this.#remember(server, lives);
    if (verdict === 'lives') return this.#judgeTurn(hello, connected);
    // Those before the last two may be lives of either that are over.
    const both = lives.slice(-2).map(({ life }) => life);
    this.#hold(server, lifeOf, both);
    return { is: 'found', cloneOf: 'disk' };
  }

  #judgeTurn(hello: Hello, connected: Order): CloneVerdict {
    const { server, turn } = hello;
    // A version before turns has none to say.
    if (turn === undefined) return { is: 'one' };
    const heard = this.#turns.get(server) ?? null;
    const verdict = hearTurn(heard, { life: lifeOf(hello), turn, connected });
    if (verdict === 'left-over') return { is: 'left-over' };
    if (verdict === 'goes-on') return { is: 'one' };
    this.#hold(server, turnOf, [heard?.given ?? '', turnOf(hello)]);
    return { is: 'found', cloneOf: 'memory' };
  }

  /** For the welcome that answers this hello; a second hello on one connection gets the same. */
  turnFor(
    hello: Hello,
    { connected, epoch }: { readonly connected: Order; readonly epoch: number },
  ) {
    const { server, turn } = hello;
    if (turn === undefined) return undefined;
    const heard = this.#turns.get(server);
    const life = lifeOf(hello);
    if (heard?.life === life && heard.connected === connected) return heard.given;
    const given = `${epoch}-${connected}`;
    this.#turns.delete(server);
    this.#turns.set(server, { life, given, said: turn, connected });
    const [oldest] = this.#turns.keys();
    if (this.#turns.size > limits.livesMax && oldest !== undefined) this.#turns.delete(oldest);
    return given;
  }

  #hold(server: ServerId, whoIs: Held['whoIs'], all: readonly string[]): void {
    const now = this.#monotonic();
    this.#held.set(server, { whoIs, heard: new Map(all.map((who) => [who, now])) });
  }

  #remember(server: ServerId, lives: readonly HeardLife[]): void {
    this.#lives.delete(server);
    this.#lives.set(server, lives);
    const [oldest] = this.#lives.keys();
    if (this.#lives.size > limits.livesMax && oldest !== undefined) this.#lives.delete(oldest);
  }
}

/** The copy of an installation has its id as well; what differs then is the machine's. */
function computerOf({ installId, machineId }: Hello): string {
  return `${installId} ${machineId}`;
}

/** The copy of a running memory has the process as well; what differs then is what it heard since. */
function turnOf({ turn }: Hello): string {
  return turn ?? '';
}

/** The copy of a whole disk has both; what differs then is the process. */
function lifeOf({ running: { pid, startedAt } }: Hello): string {
  return `${pid} ${startedAt}`;
}
