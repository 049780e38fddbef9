/**
 * Light normal servers, thousands in one process: the real dialler with a certificate for each, a hello,
 * what is wanted, and reports. They neither fetch nor install anything.
 */

import { pino } from 'pino';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { openLinkTrust } from '#adapters/identity/link-trust.ts';
import { dial } from '#adapters/link/dial-websocket.ts';
import { brand, type Fence, type ServerId } from '#domain/names.ts';
import type { SocketLink } from '#ports/link.ts';
import {
  messageBytesMax,
  toNormalServer,
  type FromNormalServer,
} from '#protocol/normal-server/messages.ts';
import { helloOf } from './hello.ts';
import type { PeersGiven, ToPeers } from './messages.ts';
import { component, digestOfVersion } from './serve.ts';

type Peer = {
  readonly name: ServerId;
  link: SocketLink | null;
  fence: Fence;
  turn: string | null;
  spreadMs: number;
  installed: string | null;
  readonly heard: Map<string, number>;
  dropped: number;
};

export function dialAll({ address, organisation, peers }: PeersGiven): void {
  const log = pino({ level: 'silent' });
  const all = peers.map(({ name, shown }) => {
    const peer: Peer = {
      name: brand<ServerId>(name),
      link: null,
      fence: { epoch: 0, number: 0 },
      turn: null,
      spreadMs: 0,
      installed: null,
      heard: new Map(),
      dropped: 0,
    };
    const { identity } = shown;
    const trust = openLinkTrust({
      identity,
      credentials: shown,
      organisation: { organisation },
    });
    dial({
      address: () => address,
      path: '/v1/session',
      security: { trust, expects: ({ role }) => role === 'information-server' },
      messageBytesMax,
      clock: systemClock,
      chance: Math.random,
      log,
      spreadMilliseconds: () => peer.spreadMs,
      opened: (link) => hold(peer, link),
    });
    return peer;
  });
  process.on('message', ({ ask, version }: ToPeers) => {
    if (ask === 'report') for (const peer of all) report(peer, version);
    const at = all.flatMap(({ heard }) => heard.get(version) ?? []);
    const dropped = all.reduce((sum, peer) => sum + peer.dropped, 0);
    process.send?.({ at, dropped });
  });
}

function hold(peer: Peer, link: SocketLink): void {
  const say = (message: FromNormalServer): void => link.send(message);
  link.onMessage((input) => {
    const message = toNormalServer.parse(input);
    if (message.type === 'welcome') {
      peer.turn = message.turn ?? null;
      peer.spreadMs = (message.spreadSeconds ?? 0) * 1_000;
      peer.link = link;
    }
    if (message.type !== 'wanted') return;
    peer.fence = message.fence;
    for (const { version } of message.items) {
      if (!peer.heard.has(version)) peer.heard.set(version, Date.now());
    }
  });
  link.onClose(() => {
    if (peer.link === link) peer.link = null;
    peer.dropped += 1;
  });
  const version = peer.installed;
  const content =
    version === null ? [] : [{ component, version, digest: digestOfVersion(version) }];
  say(helloOf(peer.name, { contents: content, fence: peer.fence, turn: peer.turn }));
}

/** As after an installation: that it is staged, and that it is installed. */
function report(peer: Peer, version: string): void {
  const digest = digestOfVersion(version);
  const bytes = { bytesReceived: 1_000, bytesTotal: 1_000 };
  peer.installed = version;
  for (const state of ['staged', 'installed'] as const) {
    peer.link?.send({ type: 'status', component, digest, state, ...bytes });
  }
}
