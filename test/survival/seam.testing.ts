/** The test's side of disk-seam.ts: where a fault is laid down, and what was recorded is read. */

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines, type Fault, type Line } from './disk-calls.testing.ts';

const seamModule = new URL('./disk-seam.ts', import.meta.url).href;

export class Seam {
  /** Of processes whose calls on the disk are to go through it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #folder: string;

  constructor({ folder, root }: { readonly folder: string; readonly root: string }) {
    this.#folder = join(folder, 'seam');
    this.environment = {
      NODE_OPTIONS: `--import=${seamModule}`,
      DANKAI_SEAM: this.#folder,
      DANKAI_SEAM_ROOT: root,
    };
  }

  /** From now on calls count; null: they are recorded alone. */
  async arm(fault: Fault | null): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    if (fault !== null) await writeFile(this.#in('fault.json'), JSON.stringify(fault));
    await writeFile(this.#in('armed'), '');
  }

  async disarm(): Promise<void> {
    await rm(this.#in('armed'), { force: true });
    await this.mend();
  }

  mend(): Promise<void> {
    return rm(this.#in('fault.json'), { force: true });
  }

  lines(): Line[] {
    const file = this.#in('calls.log');
    return existsSync(file) ? readLines(file) : [];
  }

  get hasFired(): boolean {
    return existsSync(this.#in('fired.json'));
  }

  #in(name: string): string {
    return join(this.#folder, name);
  }
}
