/**
 * An installation folder with a feed, and an information server's end of the agent's link: what
 * the tests of the control manager and its agent stand on. Real files, real sockets.
 */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import { brand, type ServerId } from '#domain/names.ts';
import type { SocketLink } from '#ports/link.ts';
import {
  agentToInformationServer,
  messageBytesMax,
  protocolVersion,
  type AgentToInformationServer,
  type Offer,
  type SiteStatus,
  type WireHold,
} from '#protocol/control-manager/messages.ts';
import { freePort } from '../../scripts/site/free-port.ts';

export const silent = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
export const site = brand<ServerId>('tokyo-is');
export const consoleToken = 'console-token-of-the-test';

/** Waits for what another process or socket brings about. */
export async function until<Value>(
  what: string,
  look: () => Value | Promise<Value>,
  milliseconds = 15_000,
): Promise<NonNullable<Value>> {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const value = await look();
    if (value !== null && value !== undefined && value !== false) return value;
    assert.ok(performance.now() < deadline, `in time: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

export type Installation = {
  readonly root: string;
  readonly data: string;
  /** `http://127.0.0.1:port` of the control manager's listener for agents; stays over restarts. */
  readonly controlManager: string;
  writeFeed(files: Record<string, string>, extra?: string): Promise<void>;
  settings(change?: { controlManager?: object; agent?: object }): Promise<void>;
  remove(): Promise<void>;
};

export async function makeInstallation(informationServer = 'run'): Promise<Installation> {
  const root = await mkdtemp(join(tmpdir(), 'dankai-control-manager-'));
  const port = await freePort();
  const host = '127.0.0.1';
  const controlManager = `http://${host}:${port}`;
  await mkdir(join(root, 'secrets'));
  await writeFile(join(root, 'secrets/console.token'), `${consoleToken}\n`);
  const installation: Installation = {
    root,
    data: join(root, 'data'),
    controlManager,
    async settings(change = {}) {
      // JSON is YAML.
      const whole = {
        controlManager: {
          name: 'cm',
          listen: { host, port },
          console: { host, port: 0 },
          feed: 'feed',
          afterDownload: 'at-once',
          folders: { tokyo: [site] },
          insecureLoopback: 'accepted',
          ...change.controlManager,
        },
        controlManagerAgent: {
          controlManager,
          informationServer,
          insecureLoopback: 'accepted',
          ...change.agent,
        },
      };
      await writeFile(join(root, 'settings.yaml'), JSON.stringify(whole));
    },
    /** `{ 'P.2 1.23 pattern/a': 'bytes' }` */
    async writeFeed(files, extra = '') {
      const lines = ['[Info_2_50000_4_1]', 'Version=5.58', extra, '[PATTERN]'];
      for (const [name, content] of Object.entries(files)) {
        const [key = '', version = '', path = ''] = name.split(' ');
        const file = join(root, 'feed', path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, content);
        lines.push(`${key}=${path},${version},${Buffer.byteLength(content)}`);
      }
      await writeFile(join(root, 'feed/server.ini'), `${lines.join('\r\n')}\r\n`);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
  await installation.settings();
  return installation;
}

/** The agent's link as an information server answers it; it takes all of an offer unless held. */
export class InformationServerPeer {
  readonly received: AgentToInformationServer[] = [];
  readonly inbox: string;
  held = false;
  /** Of its welcome. */
  protocol = protocolVersion;
  #listener: Listener | null = null;
  #link: SocketLink | null = null;

  constructor(inbox: string) {
    this.inbox = inbox;
  }

  async open(port = 0): Promise<string> {
    this.#listener = await openListener({
      host: '127.0.0.1',
      port,
      security: { kind: 'insecure-loopback' },
      log: silent,
      sockets: [
        {
          path: '/v1/agent',
          admit: () => null,
          messageBytesMax,
          accept: (link) => this.#accept(link),
        },
      ],
    });
    return this.#listener.address;
  }

  #accept(link: SocketLink): void {
    this.#link = link;
    link.onMessage((input) => {
      const message = agentToInformationServer.parse(input);
      this.received.push(message);
      if (message.type === 'hello') {
        link.send({ type: 'welcome', protocol: this.protocol, site, inbox: this.inbox });
      }
      if (message.type === 'offer' && !this.held) this.take(message);
    });
  }

  take({ fence, items }: Offer): void {
    this.#link?.send({ type: 'take', fence, items });
  }

  say(message: object): void {
    this.#link?.send(message);
  }

  status(change: Partial<SiteStatus> = {}): void {
    const status = { agentVersion: '5.80.1179', programVersion: '5.80.1179' };
    const nothing = { holds: [], contents: [], keptBack: [] };
    this.say({ type: 'site', site, ...status, ...nothing, ...change });
  }

  of<Type extends AgentToInformationServer['type']>(
    type: Type,
  ): Extract<AgentToInformationServer, { type: Type }>[] {
    const isOfType = (
      message: AgentToInformationServer,
    ): message is Extract<AgentToInformationServer, { type: Type }> => message.type === type;
    return this.received.filter(isOfType);
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }
}

export function holdOf(change: Partial<WireHold> = {}): WireHold {
  const now = Date.now();
  return {
    id: brand('hold-7'),
    reason: 'upgrade',
    owner: 'upgrade u1',
    from: now - 1_000,
    until: now + 3_600_000,
    lanes: ['content'],
    servers: 'all',
    ...change,
  };
}
