/**
 * The information server of the bench, in a process of its own: its real program over a journal in
 * SQLite, behind the real listener with certificates on both sides and the limits of the product.
 */

import { pino } from 'pino';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { openLinkTrust } from '#adapters/identity/link-trust.ts';
import { openListener } from '#adapters/listener/listener-fastify.ts';
import { plainManifest } from '#domain/catalogue/release.testing.ts';
import { brand, type ComponentName } from '#domain/names.ts';
import { messageBytesMax } from '#protocol/normal-server/messages.ts';
import type { Facts, ServeGiven, ToServer } from './messages.ts';
import { openBenched } from './program.ts';

export const component = brand<ComponentName>('pattern');
export const digestOfVersion = (version: string) => digestOfBytes(`pattern ${version}`);

export async function serve(given: ServeGiven): Promise<void> {
  const { folder, organisation, shown } = given;
  const log = pino({ level: 'silent' });
  const clock = systemClock;
  const { program, journal } = await openBenched(folder);
  const { sessions, loop, publisher, traffic } = program.parts;
  const trust = openLinkTrust({
    identity: shown.identity,
    credentials: shown,
    organisation: { organisation },
  });
  const listener = await openListener({
    host: '127.0.0.1',
    port: given.port,
    security: { kind: 'mutual', trust },
    log,
    meter: traffic.meter,
    sockets: [
      {
        path: '/v1/session',
        admit: () => null,
        messageBytesMax,
        accept: (link) => sessions.accept(link),
      },
    ],
  });
  await program.begin();

  async function publish(version: string): Promise<void> {
    const digest = digestOfVersion(version);
    const manifest = {
      ...plainManifest,
      component,
      lane: 'content' as const,
      kind: 'content' as const,
      version,
      ordering: 'counter' as const,
    };
    await loop.submit(async (rows) => {
      const at = clock.now();
      await rows.catalogue.putRelease({ digest, manifest }, at);
      const file = { digest, bytes: 1_000 };
      const content = { component, version, ordering: manifest.ordering, path: 'a', file };
      await rows.catalogue.putContent({ ...content, release: digest });
      return [() => publisher.everyone()];
    });
  }

  async function factsNow({ ask, version }: ToServer): Promise<Facts> {
    const rows = ask === 'facts' ? await journal.rows.fleet.servers() : [];
    const { user, system } = process.cpuUsage();
    return {
      port: Number(new URL(listener.address).port),
      connected: sessions.connected().length,
      servers: rows.length,
      reported: rows.filter(({ contents }) => contents.some((one) => one.version === version))
        .length,
      rssBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / 1e6,
    };
  }

  process.on('message', (asked: ToServer) => {
    const work = asked.ask === 'publish' ? publish(asked.version) : Promise.resolve();
    void work.then(async () => process.send?.(await factsNow(asked)));
  });
}
