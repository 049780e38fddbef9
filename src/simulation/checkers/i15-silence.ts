/**
 * I15: silence is never success. A server counts as upgraded only after it said so itself: in a
 * hello that names the release, or, for a program without a daemon, in a report.
 */

import type { Digest, ServerId } from '#domain/names.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

export function silenceIsNoSuccess(memory: Memory): Checker {
  /** By machine: under which name it spoke. */
  const names = new Map<ServerId, ServerId>();
  const said = new Map<ServerId, Set<Digest>>();

  function note(server: ServerId, digest: Digest): void {
    const known = said.get(server);
    if (known === undefined) said.set(server, new Set([digest]));
    else known.add(digest);
  }

  function says({ server, message }: Seen<'said'>): void {
    if (message.type === 'hello') {
      names.set(server, message.server);
      note(message.server, message.running.digest);
      for (const { digest } of message.programs) note(message.server, digest);
    } else if (message.type === 'status' && message.state === 'installed') {
      note(names.get(server) ?? server, message.digest);
    }
  }

  function commits({ site, rows }: Seen<'committed'>): void {
    for (const change of rows) {
      if (change.of !== 'row' || change.after.state !== 'upgraded') continue;
      if (change.before?.state === 'upgraded') continue;
      const { digest } = memory.site(site).upgrade(change.upgrade).plan.release;
      const { server } = change.after;
      if (said.get(server)?.has(digest) !== true) {
        throw new Violation(15, `${server} counts as upgraded, and never said that it is`);
      }
    }
  }

  return { invariant: 15, sees: [on('said', says), on('committed', commits)] };
}
