/** Links over real sockets and over the simulated network, over one suite. */

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { dial } from '#adapters/link/dial-websocket.ts';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import { openLinkTrust, type Dialling } from '#adapters/identity/link-trust.ts';
import type { ListenerSecurity } from '#adapters/listener/listener-server.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { informationServerOf } from '#domain/trust/admission.ts';
import type { Clock } from '#ports/clock.ts';
import { redial } from '#protocol/shared/redial.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine, type Process } from '#simulation/world/machine.ts';
import { Network, Path } from '#simulation/world/network.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { linkContract, type LinkFixture } from './link.ts';

const log = pino({ level: 'silent' });
const route = { path: '/v1/session', messageBytesMax: 1_000 } as const;
const quickness = 100;

/** Time goes faster for the dialler, but for its pings: a loaded machine would answer too late. */
const quickClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * quickness,
  after(milliseconds, act) {
    const isPing = milliseconds === redial.pingMilliseconds;
    return systemClock.after(isPing ? milliseconds : milliseconds / quickness, act);
  },
};

type Secured = {
  readonly listening: ListenerSecurity;
  readonly dialling: Dialling | null;
  readonly identities: LinkFixture['identities'];
};

function overSockets({ listening, dialling, identities }: Secured): LinkFixture {
  let listener: Listener | null = null;
  let address: string | null = null;
  const diallers: { close(): void }[] = [];
  const stopListening = async (): Promise<void> => {
    await listener?.close();
    listener = null;
  };
  return {
    async listen(accept) {
      const port = address === null ? 0 : Number(new URL(address).port);
      listener = await openListener({
        host: '127.0.0.1',
        port,
        log,
        security: listening,
        sockets: [{ ...route, admit: () => null, accept }],
      });
      address = listener.address;
    },
    stopListening,
    dial(opened, isAddressKnown = () => true) {
      const dialler = dial({
        ...route,
        security: dialling,
        address: () => (isAddressKnown() ? address : null),
        clock: quickClock,
        chance: () => 0.5,
        log,
        opened,
      });
      diallers.push(dialler);
      return dialler;
    },
    async until(what, isSo) {
      const deadline = performance.now() + 20_000;
      while (!isSo()) {
        assert.ok(performance.now() < deadline, `in vain: ${what}`);
        await sleep(5);
      }
    },
    pass: (milliseconds) => sleep(milliseconds / quickness),
    identities,
    async end() {
      for (const dialler of diallers) dialler.close();
      await stopListening();
    },
  };
}

const insecure = { kind: 'insecure-loopback' } as const;
linkContract('an insecure loopback', () =>
  overSockets({ listening: insecure, dialling: null, identities: null }),
);

const organisation = testOrganisation();
linkContract('mutual TLS', async () => {
  const { site, standing } = await organisation;
  const server = await site.normalServer('a1');
  return overSockets({
    listening: { kind: 'mutual', trust: openLinkTrust(standing(site.informationServer)) },
    dialling: {
      trust: openLinkTrust(standing(server)),
      expects: informationServerOf(site.informationServer.identity),
    },
    identities: { lower: server.identity, upper: site.informationServer.identity },
  });
});

linkContract('simulated', (): LinkFixture => {
  const schedule = new Schedule();
  const chance = new Chance(1);
  const network = new Network(schedule, chance);
  const machineOf = (name: string) => new Machine({ name, schedule, diskBytes: 1e9 });
  const [upper, lower] = [machineOf('upper'), machineOf('lower')];
  const path = new Path(10, 5);
  let listening: Process | null = null;
  const identities = {
    lower: { role: 'agent', site: 'tokyo', organisation: 'acme' },
    upper: { role: 'information-server', site: 'tokyo', organisation: 'acme' },
  } as const;
  const pass = (milliseconds: number, isOver = () => false): Promise<void> =>
    schedule.run({ isOver, time: schedule.now + milliseconds });
  return {
    async listen(accept) {
      listening = upper.start('listener', chance.fork('listener'));
      network.listen(listening, 'here', { identity: identities.upper, accept });
    },
    async stopListening() {
      listening?.kill();
    },
    dial(opened, isAddressKnown = () => true) {
      const process = lower.start('dialler', chance.fork('dialler'));
      return network.dial(process, {
        address: () => (isAddressKnown() ? 'here' : null),
        path,
        identity: identities.lower,
        opened,
      });
    },
    async until(what, isSo) {
      await pass(600_000, isSo);
      assert.ok(isSo(), `in vain: ${what}`);
    },
    pass,
    identities,
    async end() {
      upper.killAll();
      lower.killAll();
    },
  };
});
