/**
 * Which servers were told a 'no' when they asked for a lease, and which: they ask again and again,
 * and the record has each only once, until it changes. After a restart it is said once more.
 */

import type { ServerId, UpgradeId } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Rows } from '#ports/journal.ts';

type Refusal = {
  readonly at: number;
  readonly upgrade: UpgradeId;
  readonly server: ServerId;
  readonly because: Problem;
};

export class SaidRefusals {
  /** At most one for each server. */
  readonly #said = new Map<ServerId, string>();

  /** What it answers is done once the line is on the disk. */
  async say(rows: Rows, { at, upgrade, server, because }: Refusal): Promise<() => void> {
    const { code } = because;
    const said = `${upgrade} ${code}`;
    if (this.#said.get(server) !== said) {
      const [kind, who] = ['lease-refused', `upgrade:${upgrade}`] as const;
      await rows.log.appendRecord({ at, kind, who, server, detail: { because: code } });
    }
    return () => this.#said.set(server, said);
  }

  /** It got what it asked for: the next 'no' is a new one. */
  forget(server: ServerId): void {
    this.#said.delete(server);
  }
}
