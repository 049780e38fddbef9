/** So much at once and so much per second: a bucket that fills by itself. */

export type Rate = { readonly perSecond: number; readonly burst: number };

export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAt: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = now;
  }

  /** Milliseconds until one may be taken; 0: it is taken. */
  take(now: number): number {
    this.#fill(now);
    if (this.#tokens < 1) return this.#until(1);
    this.#tokens -= 1;
    return 0;
  }

  /** Of what has happened already: takes it, there or not. Milliseconds until nothing is owed. */
  owe(tokens: number, now: number): number {
    this.#fill(now);
    this.#tokens -= tokens;
    return this.#until(0);
  }

  #fill(now: number): void {
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * perSecond) / 1_000);
    this.#filledAt = now;
  }

  #until(tokens: number): number {
    const missing = Math.max(0, tokens - this.#tokens);
    return Math.ceil((missing * 1_000) / this.#rate.perSecond);
  }

  isFull(now: number): boolean {
    const { perSecond, burst } = this.#rate;
    return this.#tokens + ((now - this.#filledAt) * perSecond) / 1_000 >= burst;
  }
}

/** One bucket for each name; names that have been quiet long enough are forgotten. */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #namesMax: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, namesMax: number) {
    this.#rate = rate;
    this.#namesMax = namesMax;
  }

  take(name: string, now: number): number {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known.take(now);
    if (this.#buckets.size >= this.#namesMax) this.#forget(now);
    const bucket = new TokenBucket(this.#rate, now);
    this.#buckets.set(name, bucket);
    return bucket.take(now);
  }

  /** A full bucket is like a new one; if none is full, the oldest goes. */
  #forget(now: number): void {
    for (const [name, bucket] of this.#buckets) {
      if (bucket.isFull(now)) this.#buckets.delete(name);
    }
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= this.#namesMax && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
