/** Servers that say something else than what they do. No checker believes them afterwards. */

import type { Release } from '#domain/catalogue/release.ts';
import type { SimulatedServer } from '#simulation/fleet/server.ts';
import { minuteMs } from './failure-modes.testing.ts';

/** So many minutes long, each of its messages is replaced by this, or by nothing. */
export function lies(
  server: SimulatedServer,
  minutes: number,
  tell: (message: object) => object | null,
): void {
  server.isHonest = false;
  server.path.meddleUp = tell;
  server.machine.schedule.after(minutes * minuteMs, () => {
    server.path.meddleUp = null;
  });
}

/** Says that it runs this release, and nothing else. */
export function claims({ digest, manifest }: Release): (message: object) => object | null {
  const { version } = manifest;
  return (message) => {
    const said = 'running' in message ? message.running : null;
    return typeof said === 'object' && said !== null
      ? { ...message, running: { ...said, digest, version } }
      : null;
  };
}
