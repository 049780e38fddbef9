/** Whether a reboot of a simulated machine is recommended; ends by itself with the next one. */

import { ok, refuse, type Result } from '#domain/result.ts';
import { rebootReasonCharactersMax, type RebootFlag } from '#ports/computer.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import { smallFileBytes } from './disk-refusal.ts';

export type Recommendation = { readonly boot: number; readonly reason: string } | null;

export class RebootFlagSimulated implements RebootFlag {
  readonly #process: Process;
  readonly #stored: Stored<Recommendation>;
  /** Which boot of the machine this process lives in. */
  readonly #boot: number;

  constructor(process: Process, stored: Stored<Recommendation>, boot: number) {
    this.#process = process;
    this.#stored = stored;
    this.#boot = boot;
  }

  read(): Promise<string | null> {
    return this.#process.effect(() => {
      const kept = this.#stored.read();
      return kept?.boot === this.#boot ? kept.reason : null;
    });
  }

  set(reason: string): Promise<Result<null>> {
    return this.#process.effect(() => {
      const refusal = this.#process.machine.disk.refusal(smallFileBytes);
      if (refusal !== null) return refuse(refusal);
      const kept = reason.slice(0, rebootReasonCharactersMax);
      this.#stored.write({ boot: this.#boot, reason: kept }, { synced: true });
      return ok(null);
    });
  }
}
