/** A small file on a simulated disk that is replaced whole, and synced before that is said. */

import { ok, refuse, type Result } from '#domain/result.ts';
import type { MemoryFile } from '#ports/computer.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import { smallFileBytes } from './disk-refusal.ts';

export class MemoryFileSimulated implements MemoryFile {
  readonly #process: Process;
  readonly #stored: Stored<unknown>;

  /** null: there is no file; undefined: it cannot be understood. */
  constructor(process: Process, stored: Stored<unknown>) {
    this.#process = process;
    this.#stored = stored;
  }

  read(): Promise<unknown> {
    return this.#process.effect(() => this.#stored.read());
  }

  write(content: object): Promise<Result<null>> {
    return this.#process.effect(() => {
      const refusal = this.#process.machine.disk.refusal(smallFileBytes);
      if (refusal !== null) return refuse(refusal);
      this.#stored.write(content, { synced: true });
      return ok(null);
    });
  }

  /** The copy beside it is read by nobody here. */
  setAside(): Promise<void> {
    return this.#process.effect(() => undefined);
  }
}
