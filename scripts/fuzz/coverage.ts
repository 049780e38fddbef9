/** Which blocks of our code were reached, by V8's own count. */

import { Session, type Profiler } from 'node:inspector';

/** To be begun before the code that is measured is loaded. */
export class Coverage {
  readonly #session = new Session();
  readonly #within: string;

  /** Only what stands below that address counts, such as `file:///…/src/`. */
  constructor(within: string) {
    this.#within = within;
  }

  async begin(): Promise<void> {
    this.#session.connect();
    await this.#post('Profiler.enable');
    await this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Since the last time it was asked. */
  async reached(): Promise<ReadonlySet<string>> {
    const { result } = await this.#take();
    const blocks = new Set<string>();
    for (const { url, functions } of result) {
      if (!url.startsWith(this.#within)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) blocks.add(`${url} ${startOffset} ${endOffset}`);
        }
      }
    }
    return blocks;
  }

  #take(): Promise<Profiler.TakePreciseCoverageReturnType> {
    return new Promise((resolve, reject) => {
      this.#session.post('Profiler.takePreciseCoverage', (error, taken) => {
        if (error === null) resolve(taken);
        else reject(error);
      });
    });
  }

  #post(method: string, params: object = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#session.post(method, params, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}
