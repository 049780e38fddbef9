/** One server's way through an upgrade, by the instants of its events. */

import type { Cause, Instant, ServerId } from '#domain/names.ts';
import type { ServerEvent } from '#domain/upgrade/event.ts';
import type { PastUpgrade } from '#ports/forecast.ts';
import type { Counts } from './history-counts.ts';
import type { Staging } from './history-staging.ts';

export class ServerHistory {
  readonly #server: ServerId;
  readonly #release: PastUpgrade['plan']['release'];
  readonly #counts: Counts;
  readonly #stagings: Staging[];
  #absentSince: Instant | null = null;
  #openedAt: Instant | null = null;
  #askedAt: Instant | null = null;
  #confirmedAt: Instant | null = null;
  #seenAt: Instant | null = null;

  constructor(server: ServerId, upgrade: PastUpgrade, counts: Counts, stagings: Staging[]) {
    this.#server = server;
    this.#release = upgrade.plan.release;
    this.#counts = counts;
    this.#stagings = stagings;
  }

  heard(event: ServerEvent, at: Instant): void {
    switch (event.type) {
      case 'opened':
        return this.#opened(event, at);
      case 'seen':
        return this.#seen(event.running === this.#release.digest, at);
      case 'staged':
        if (this.#openedAt !== null) {
          this.#stagings.push({ server: this.#server, from: this.#openedAt, until: at });
        }
        this.#openedAt = null;
        return undefined;
      case 'lease-requested':
        this.#askedAt = at;
        return undefined;
      case 'lease-confirmed':
        return this.#confirmed(at);
      case 'installed':
        return this.#installed(at);
      case 'returned':
        if (this.#confirmedAt !== null) this.#failed(event.cause);
        return undefined;
      case 'deadline':
        if (this.#confirmedAt !== null) this.#counts.vanished += 1;
        return this.#ended();
      default:
        return undefined;
    }
  }

  #opened(event: Extract<ServerEvent, { type: 'opened' }>, at: Instant): void {
    this.#openedAt = null;
    // Who is tried again has its package already, and is no new server.
    if (event.retry || event.running === this.#release.digest) return;
    this.#counts.opened += 1;
    if (event.present) this.#openedAt = at;
    else {
      this.#counts.absent += 1;
      this.#absentSince = at;
    }
  }

  #seen(isRelease: boolean, at: Instant): void {
    if (this.#absentSince !== null) {
      this.#counts.seconds.returns.push((at - this.#absentSince) / 1_000);
      this.#absentSince = null;
      if (!isRelease) this.#openedAt = at;
    }
    if (!isRelease || this.#confirmedAt === null || this.#seenAt !== null) return;
    this.#counts.seconds.switch.push((at - this.#confirmedAt) / 1_000);
    this.#seenAt = at;
  }

  #confirmed(at: Instant): void {
    if (this.#askedAt === null) return;
    this.#counts.seconds.prepare.push((at - this.#askedAt) / 1_000);
    this.#counts.switched += 1;
    this.#confirmedAt = at;
    this.#askedAt = null;
    this.#seenAt = null;
  }

  #installed(at: Instant): void {
    if (this.#confirmedAt === null) return;
    const { seconds } = this.#counts;
    // A program without a daemon of its own is not seen before it reports.
    if (this.#seenAt === null) seconds.switch.push((at - this.#confirmedAt) / 1_000);
    seconds.prove.push(this.#seenAt === null ? 0 : (at - this.#seenAt) / 1_000);
    this.#ended();
  }

  #failed(cause: Cause): void {
    const { failed } = this.#counts;
    failed.set(cause, (failed.get(cause) ?? 0) + 1);
    this.#ended();
  }

  #ended(): void {
    this.#confirmedAt = null;
    this.#seenAt = null;
  }
}
