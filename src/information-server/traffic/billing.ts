/**
 * Counts what goes over links and writes it down every few seconds, in one transaction with whatever
 * else waits. Bodies are counted as they are handed to the network; what connections carried besides
 * is what the network says of them less those. A kill loses what was not written down yet: a bill
 * says at most what went.
 */

import { billKey, type BillEntry } from '#domain/budget/bill.ts';
import type { ServerId } from '#domain/names.ts';
import type { Carried } from '#ports/transfers.ts';
import type { Rows } from '#ports/journal.ts';
import { limits } from '../limits.ts';
import type { Change } from '../loop.ts';

type Counted = { readonly entry: BillEntry; bytes: number };

/** Of one server. */
type Balance = { sent: number; received: number; bodies: number };

type Connection = { readonly server: ServerId; readonly carried: () => Carried; seen: Carried };

type Besides = {
  readonly server: ServerId;
  readonly form: 'other' | 'received';
  readonly bytes: number;
};

export type Taking = {
  readonly now: number;
  /** Where a server stands today. */
  linkOf(rows: Rows, server: ServerId): Promise<string | null>;
};

const nothing: Carried = { sent: 0, received: 0 };

export class Billing {
  #counted = new Map<string, Counted>();
  readonly #balances = new Map<ServerId, Balance>();
  readonly #connections = new Set<Connection>();

  get isIdle(): boolean {
    return this.#connections.size + this.#counted.size + this.#balances.size === 0;
  }

  count(entry: BillEntry, bytes: number): void {
    this.#add(entry, bytes);
    this.#balance(entry.server).bodies += bytes;
  }

  /** From elsewhere, over no connection of a server. */
  came(entry: BillEntry, bytes: number): void {
    this.#add(entry, bytes);
  }

  opened(server: ServerId, carried: () => Carried): () => void {
    const connection: Connection = { server, carried, seen: nothing };
    this.#connections.add(connection);
    return () => {
      this.#look(connection);
      this.#connections.delete(connection);
    };
  }

  /**
   * What is to be written down now. A thousand quiet sessions are not written down each time: of what
   * went besides the bodies, only where it is much, or all of it.
   */
  take(which: 'much' | 'all', of: Taking): readonly Change[] {
    for (const connection of this.#connections) this.#look(connection);
    const changes: Change[] = [];
    const counted = [...this.#counted.values()];
    this.#counted = new Map();
    if (counted.length > 0) {
      changes.push(async ({ bill }) => {
        for (const { entry, bytes } of counted) await bill.add(entry, { bytes, at: of.now });
        return [];
      });
    }
    const besides = this.#besides(which === 'all' ? 1 : limits.billBesidesBytes);
    for (let from = 0; from < besides.length; from += limits.billBatch) {
      changes.push(writing(besides.slice(from, from + limits.billBatch), of));
    }
    return changes;
  }

  #besides(bytesMin: number): readonly Besides[] {
    const found: Besides[] = [];
    for (const [server, balance] of this.#balances) {
      const other = balance.sent - balance.bodies;
      // A body may be counted before the network has taken all of it.
      if (other >= bytesMin) {
        found.push({ server, form: 'other', bytes: other });
        balance.bodies += other;
      }
      if (balance.received >= bytesMin) {
        found.push({ server, form: 'received', bytes: balance.received });
        balance.received = 0;
      }
      if (balance.sent === balance.bodies && balance.received === 0) this.#balances.delete(server);
    }
    return found;
  }

  #look(connection: Connection): void {
    const { server, seen, carried } = connection;
    const now = carried();
    const balance = this.#balance(server);
    balance.sent += now.sent - seen.sent;
    balance.received += now.received - seen.received;
    connection.seen = now;
  }

  #balance(server: ServerId): Balance {
    const known = this.#balances.get(server);
    if (known !== undefined) return known;
    const made: Balance = { sent: 0, received: 0, bodies: 0 };
    this.#balances.set(server, made);
    return made;
  }

  #add(entry: BillEntry, bytes: number): void {
    const key = billKey(entry);
    const known = this.#counted.get(key);
    if (known === undefined) this.#counted.set(key, { entry, bytes });
    else known.bytes += bytes;
  }
}

function writing(besides: readonly Besides[], { now, linkOf }: Taking): Change {
  return async (rows) => {
    for (const { server, form, bytes } of besides) {
      const link = await linkOf(rows, server);
      const entry = { server, lane: null, component: null, release: null, form, link } as const;
      await rows.bill.add(entry, { bytes, at: now });
    }
    return [];
  };
}
