/** A port of this computer that nobody listens on, for a site that keeps its addresses. */

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

const portsBelowEphemeral = { from: 20_000, count: 10_000 } as const;

/**
 * A port that stays ours: servers keep their information server's address, and so does the browser
 * of whoever watches its upgrade. Those that the system gives out by itself might be given to
 * another process while ours is being restarted.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = portsBelowEphemeral.from + randomInt(portsBelowEphemeral.count);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(probe, 'listening').then(() => true),
      once(probe, 'error').then(() => false),
    ]).catch(() => false);
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
