/**
 * The information server's journal without a file: rows in memory, one transaction at a time, each
 * commit one effect that is on the disk when it is over. A process that dies within a transaction
 * leaves nothing of it.
 *
 * Readers outside a transaction wait for the one under way, as they do for SQLite's one connection.
 */

import { invariant } from '#domain/result.ts';
import { JournalFailed, type Journal, type Rows } from '#ports/journal.ts';
import type { Observation, SiteName } from '../observation.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import type { Access } from './journal-simulated-access.ts';
import { rowsOver } from './journal-simulated-rows.ts';
import { JournalState } from './journal-simulated-state.ts';

/** A commit appends at least that much to the log beside the database. */
const commitBytes = 4_096;

export function emptyJournal(): JournalState {
  return new JournalState();
}

export function openJournalSimulated(options: {
  readonly process: Process;
  readonly stored: Stored<JournalState>;
  readonly see?: (observation: Observation) => void;
  readonly site: SiteName;
}): Journal {
  const journal = new JournalSimulated(options);
  return {
    rows: journal.rows,
    transaction: (act) => journal.transaction(act),
    close: () => journal.close(),
  };
}

type Options = Parameters<typeof openJournalSimulated>[0];

class JournalSimulated {
  readonly rows: Rows;
  readonly #inner: Rows;
  readonly #process: Process;
  readonly #state: JournalState;
  readonly #see: ((observation: Observation) => void) | null;
  readonly #site: SiteName;
  /** One at a time: whoever has the turn hands it on to the first of these. */
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;
  /** Rows may have been touched that are not committed. */
  #isOpen = false;
  #hasWritten = false;
  #isClosed = false;

  constructor({ process, stored, see, site }: Options) {
    this.#process = process;
    this.#state = stored.read();
    this.#see = see ?? null;
    this.#site = site;
    // Whoever had it before may have died in the middle.
    this.#state.rollback();
    process.onDeath(() => {
      if (this.#isOpen) this.#state.rollback();
    });
    this.#inner = rowsOver(this.#state, this.#within());
    this.rows = rowsOver(this.#state, this.#outside());
  }

  async transaction<Value>(act: (rows: Rows) => Promise<Value>): Promise<Value> {
    if (this.#isTaken) await this.#turn();
    this.#take();
    try {
      // A process that died meanwhile goes no further than this.
      await this.#process.effect(this.#open);
      const { schedule } = this.#process.machine;
      const begunAt = schedule.now;
      const value = await act(this.#inner);
      invariant(schedule.now === begunAt, 'a transaction awaits nothing but its own queries');
      if (this.#hasWritten) await this.#commit();
      return value;
    } catch (error) {
      if (this.#isOpen) this.#state.rollback();
      throw error;
    } finally {
      this.#isOpen = false;
      this.#giveTurn();
    }
  }

  readonly #open = (): void => {
    this.#isOpen = true;
    this.#hasWritten = false;
  };

  /** Waits for nobody: what is under way fails and is undone. */
  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #commit(): Promise<void> {
    return this.#process.effect(() => {
      this.#check();
      const because = this.#process.machine.disk.refusal(commitBytes);
      if (because !== null) throw new JournalFailed('the journal', { cause: because });
      const changes = this.#state.commit();
      this.#isOpen = false;
      if (changes.length > 0) {
        this.#see?.({ type: 'committed', site: this.#site, rows: changes });
      }
    });
  }

  #within(): Access {
    return {
      read: (act) => {
        if (!this.#process.isAlive) return neverSettles();
        try {
          this.#check();
          return Promise.resolve(act());
        } catch (error) {
          return Promise.reject(asError(error));
        }
      },
      write: (act) => {
        if (!this.#process.isAlive) return neverSettles();
        this.#hasWritten = true;
        try {
          this.#check();
          return this.#process.effect(act);
        } catch (error) {
          return Promise.reject(asError(error));
        }
      },
    };
  }

  #outside(): Access {
    return {
      read: (act) => {
        if (!this.#process.isAlive) return neverSettles();
        if (this.#isTaken || this.#isClosed) return this.#readInTurn(act);
        // The turn would be taken and given back at once.
        try {
          return this.#process.effect(act);
        } catch (error) {
          return Promise.reject(asError(error));
        }
      },
      write: (act) =>
        this.transaction(async () => {
          this.#hasWritten = true;
          act();
        }),
    };
  }

  #check(): void {
    if (this.#isClosed) throw new Error('the journal is closed');
    invariant(this.#isOpen, 'its rows end with a transaction');
  }

  async #readInTurn<Value>(act: () => Value): Promise<Value> {
    if (this.#isTaken) await this.#turn();
    this.#take();
    // Between being called and having its turn, the process may have died.
    try {
      return await this.#process.effect(act);
    } finally {
      this.#giveTurn();
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #take(): void {
    this.#isTaken = true;
    if (!this.#isClosed) return;
    this.#giveTurn();
    throw new Error('the journal is closed');
  }

  #giveTurn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function neverSettles<Value>(): Promise<Value> {
  return new Promise(() => undefined);
}
