/** An information server's side of its agent, over a real journal and a link in this process. */

import assert from 'node:assert/strict';
import { pino } from 'pino';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import type { Journal } from '#ports/journal.ts';
import { AgentLink } from '#information-server/agent-link.ts';
import type { Deliveries } from '#information-server/content/deliveries.ts';
import { Loop } from '#information-server/loop.ts';
import type { ServerLink } from '#information-server/fleet/sessions.ts';
import type { Site } from '#information-server/site.ts';
import type { Updates } from '#information-server/content/updates.ts';

export type FakePort = {
  readonly agent: AgentLink;
  readonly clock: { now: number };
  say(message: object): Promise<void>;
  cut(): Promise<void>;
  restarted(): AgentLink;
  /** Everything that the agent was told, in order. */
  told(): readonly object[];
};

export function openPort(journal: Journal): FakePort {
  const clock = { now: 1_000_000 };
  const log = pino({ enabled: false });
  const loop = new Loop({ journal, log, isEnded: false }, { diskFailed: assert.fail });
  const site = {
    name: brand<ServerId>('tokyo'),
    journal,
    log,
    clock: { now: () => clock.now, monotonic: () => clock.now, after: () => () => undefined },
    self: { version: '5.80', digest: brand<Digest>('a'.repeat(64)) },
  } as unknown as Site;
  const nothing = {
    sort: async () => null,
    keptBackHere: async () => [],
    keptBack: async () => [],
    keptBackAbove: () => undefined,
  };
  const open = (): AgentLink =>
    new AgentLink({
      site,
      loop,
      deliveries: nothing as unknown as Deliveries,
      updates: nothing as unknown as Updates,
      rings: {
        evidence: async () => [],
        heardAdmitted: async () => undefined,
        heardWithdrawn: async () => undefined,
      },
      campaigns: { heard: async () => undefined, reports: async () => [] },
      inbox: '/',
      contentChanged: () => undefined,
      noticed: async () => undefined,
      holdsSaid: () => undefined,
      seen: () => undefined,
    });
  const agent = open();
  let hear: (input: unknown) => void = () => undefined;
  let close: () => void = () => undefined;
  const told: object[] = [];
  const link: ServerLink = {
    remote: 'test',
    peer: null,
    send: (message) => told.push(message),
    onMessage: (act) => (hear = act),
    onClose: (act) => (close = act),
    close: () => undefined,
  };
  agent.accept(link);
  const digest = 'a'.repeat(64);
  hear({ type: 'hello', protocol: 1, agentVersion: '5.80', agentDigest: digest, pid: 1 });
  const settled = async (): Promise<void> => {
    await new Promise((done) => setImmediate(done));
    await loop.idle();
  };
  return {
    agent,
    clock,
    async say(message) {
      hear(message);
      await settled();
    },
    async cut() {
      close();
      await settled();
    },
    restarted: open,
    told: () => told,
  };
}
