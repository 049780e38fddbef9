/**
 * A machine's disk: values that are there at once, and safe only when they were synced.
 *
 * A kill of a process loses nothing of it; a power cut loses what was not synced, in any amount.
 * A disk can be full (no write succeeds that takes room) or refuse altogether.
 */

import { problem, type Problem } from '#domain/problem.ts';
import type { Chance } from './chance.ts';

export class Disk {
  bytesFree: number;
  /** EIO: every write is refused until it is mended. */
  isBroken = false;
  /** Changes whenever a value of it does, so that what was read of many is not read again. */
  writes = 0;
  /** When it last refused a write; -1: it never did. */
  refusedAt = -1;
  readonly #stored = new Set<Stored<unknown>>();
  readonly #now: () => number;

  constructor(bytesFree: number, now: () => number) {
    this.bytesFree = bytesFree;
    this.#now = now;
  }

  /** Why so many bytes cannot be written now, or null. */
  refusal(bytes: number): Problem | null {
    if (!this.isBroken && bytes <= this.bytesFree) return null;
    this.refusedAt = this.#now();
    if (this.isBroken) return problem('FILE_UNREADABLE', { file: 'disk', detail: 'EIO' });
    return problem('DISK_FULL', { path: 'disk' });
  }

  /** Holds a value from now on; `synced`: it survives a power cut as it is. */
  store<Value>(value: Value): Stored<Value> {
    return new Stored(this, value);
  }

  /** What was not synced is lost, each time as much as chance says. */
  powerCut(chance: Chance): void {
    this.writes += 1;
    for (const one of this.#stored) one.lose(chance);
    this.#stored.clear();
  }

  /** For `Stored` alone: it changed, and may have something to lose. */
  note(stored: Stored<unknown>, isUnsynced: boolean): void {
    this.writes += 1;
    if (isUnsynced) this.#stored.add(stored);
    else this.#stored.delete(stored);
  }
}

export class Stored<Value> {
  readonly #disk: Disk;
  /** The first is synced; each later one was written after it. */
  #versions: Value[];

  constructor(disk: Disk, value: Value) {
    this.#disk = disk;
    this.#versions = [value];
  }

  read(): Value {
    const last = this.#versions.at(-1);
    // There is always one: it begins with one, and none is ever taken without another.
    return last as Value;
  }

  write(value: Value, how: { readonly synced: boolean }): void {
    if (how.synced) this.#versions = [value];
    else this.#versions.push(value);
    this.#disk.note(this, !how.synced);
  }

  sync(): void {
    this.#versions = [this.read()];
    this.#disk.note(this, false);
  }

  lose(chance: Chance): void {
    const kept = chance.integer(0, this.#versions.length - 1);
    this.#versions = this.#versions.slice(kept, kept + 1);
  }
}
