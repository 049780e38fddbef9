/**
 * A site for tests of simulated normal servers: many of them, and in place of the information
 * server a few answers. It welcomes, wants what it is told to want, and gives every lease.
 */

import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { brand, type Digest, type DomainName, type ServerId } from '#domain/names.ts';
import { manifestReader } from '#normal-server/manifest.ts';
import type { SocketLink } from '#ports/link.ts';
import { openLoggerSimulated } from '../adapters/logger.ts';
import { manifestBytes, readOnce } from '../adapters/manifests-once.ts';
import type { Observation } from '../observation.ts';
import { Machine, type Process } from '../world/machine.ts';
import { Path } from '../world/network.ts';
import { SharedLink } from '../world/shared-link.ts';
import { World } from '../world/world.ts';
import { wellBehaved, type Behaviour } from './behaviour.ts';
import type { NormalServerSite } from './normal-server-computer.ts';
import { NormalServerMachine } from './normal-server-machine.ts';
import { digestOf, fleetPlatform, ownRelease } from './releases.ts';
import { informationServerIdentity } from './identities.ts';

export const oldRelease = ownRelease('5.70', 1_000_000);
export const newRelease = ownRelease('5.80', 1_000_000);

export type Answers = {
  /** What is wanted of everyone, from now on. */
  want(...releases: Release[]): void;
  /** The last state that each server reported of each digest. */
  readonly states: Map<string, string>;
  /** And the bytes that it said to have received of it. */
  readonly bytes: Map<string, number>;
  leases: number;
};

export function normalServersFor(options: {
  readonly servers: number;
  readonly releases: readonly Release[];
  readonly behaviourOf?: (release: Release) => Behaviour;
  readonly seed?: number;
  readonly watch?: (seen: Observation, now: number) => void;
}) {
  const world = new World({ seed: options.seed ?? 1, startsAt: Date.UTC(2026, 0, 5) });
  if (options.watch !== undefined) world.watch(options.watch);
  const { schedule } = world;
  const above = new Machine({ name: 'site', schedule, diskBytes: 1e12 });
  const peer = above.start('information-server', world.chance.fork('site'));
  const answers = answersOf(world, peer);
  const site = siteOf(world, peer, options.releases);
  const machines = Array.from({ length: options.servers }, (_, index) => {
    const name = `server-${index + 1}`;
    const chance = world.chance.fork(name);
    return new NormalServerMachine({
      site,
      machine: new Machine({ name, schedule, diskBytes: 100e9 }),
      path: new Path(5, 1),
      chance,
      installed: oldRelease,
      behaviourOf: options.behaviourOf ?? (() => wellBehaved),
      facts: {
        server: brand<ServerId>(name),
        domain: brand<DomainName>('default'),
        inventory: { platform: fleetPlatform, os: 'Linux', memoryBytes: 8e9, machineId: name },
        jitterSeconds: 5,
        withInformationServer: false,
        installId: `install-${name}`,
      },
    });
  });
  return { world, machines, answers, site, peer };
}

function siteOf(world: World, peer: Process, releases: readonly Release[]): NormalServerSite {
  const manifests = new Map<Digest, Uint8Array>();
  const archives = new Map<Digest, { readonly digest: Digest; readonly bytes: number }>();
  const trees = new Map<Digest, Digest>();
  for (const release of releases) {
    const { digest, manifest } = release;
    manifests.set(digest, manifestBytes(release));
    const chosen = packageFor(manifest, fleetPlatform);
    if (chosen === undefined) continue;
    archives.set(chosen.archive.digest, chosen.archive);
    trees.set(chosen.archive.digest, chosen.treeDigest);
  }
  return {
    world,
    log: openLoggerSimulated({ process: 'fleet', see: (seen) => world.see(seen) }),
    site: 'site',
    address: 'site/servers',
    link: new SharedLink({ schedule: world.schedule, bytesPerSecond: 125_000_000 }),
    source: {
      process: () => (peer.isAlive ? peer : null),
      find: (digest) => archives.get(digest) ?? null,
      manifest: (digest) => manifests.get(digest) ?? null,
      metadata: () => null,
    },
    readManifest: readOnce(manifestReader(digestOf)),
    conductOfContent: null,
    treeOf: (archive) => trees.get(archive) ?? null,
    lanes: null,
  };
}

function answersOf(world: World, peer: Process): Answers {
  let wanted: object = { type: 'wanted', fence: { epoch: 1, number: 1 }, items: [] };
  let number = 1;
  const links = new Set<SocketLink>();
  const answers: Answers = {
    states: new Map(),
    bytes: new Map(),
    leases: 0,
    want(...releases) {
      number += 1;
      const items = releases.map(({ digest, manifest: { component, lane, version } }) => {
        return { component, lane, version, digest };
      });
      wanted = { type: 'wanted', fence: { epoch: 1, number }, items };
      for (const link of links) link.send(wanted);
    },
  };
  const answer = (link: SocketLink, message: object): void => {
    if (!('type' in message)) return;
    if (message.type === 'hello') {
      link.send({ type: 'welcome', protocol: 1, epoch: 1 });
      link.send(wanted);
    }
    if (message.type === 'status' && 'digest' in message && 'state' in message) {
      const of = `${link.remote} ${String(message.digest)}`;
      answers.states.set(of, String(message.state));
      if ('bytesReceived' in message) answers.bytes.set(of, Number(message.bytesReceived));
    }
    if (message.type === 'lease-request' && 'request' in message && 'digest' in message) {
      const { request, digest } = message;
      answers.leases += 1;
      const lease = `lease-${answers.leases}`;
      link.send({ type: 'lease', request, lease, digest, seconds: 600 });
    }
    if (message.type === 'lease-confirm' && 'lease' in message) {
      link.send({ type: 'confirmed', lease: message.lease, go: true });
    }
  };
  world.network.listen(peer, 'site/servers', {
    identity: informationServerIdentity('site'),
    accept(link) {
      links.add(link);
      link.onClose(() => links.delete(link));
      link.onMessage((message) => {
        if (typeof message === 'object' && message !== null) answer(link, message);
      });
    },
  });
  return answers;
}
