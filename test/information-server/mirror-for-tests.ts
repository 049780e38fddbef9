/** A mirror over a real journal and a real port: what the rows say is what servers are offered. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { listenInClear } from '#adapters/listener/listener-caches.ts';
import { storedContent } from '#adapters/share/share-disk.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import { brand, type ComponentName, type HoldId, type RingName } from '#domain/names.ts';
import type { RingProgress, RollingRing } from '#domain/ring/rollout.ts';
import type { SiteRing } from '#domain/ring/site-ring.ts';
import { mirrorOf } from '#information-server/content/mirrored.ts';
import { RingOutcomes } from '#information-server/content/ring-outcomes.ts';
import type { Parts } from '#information-server/parts.ts';
import type { Site } from '#information-server/site.ts';
import type { Journal } from '#ports/journal.ts';
import type { Store } from '#ports/store.ts';
import type { Transfers } from '#ports/transfers.ts';
import { serverNamed } from '../contract/journal-rows.testing.ts';

const gate = {
  healthyMin: 1,
  sampleMin: 1,
  percentMin: 100,
  soakSeconds: 60,
  decideSeconds: 3_600,
};
/** `first` has a1; `rest` has everybody else. */
const rings: readonly SiteRing[] = [
  { name: brand<RingName>('first'), gate, servers: [brand('a1')], domains: [] },
  { name: brand<RingName>('rest'), gate, servers: [], domains: [] },
];

export type Answer = { readonly status: number; readonly body: Buffer; readonly tag: string };

export class MirrorForTests {
  readonly folder: string;
  readonly address: string;
  readonly journal: Journal;
  /** Of each transfer: to whom, and how many bytes. */
  readonly sent: { readonly towards: string; bytes: number }[];
  #contents = 0;

  private constructor(parts: Pick<MirrorForTests, 'folder' | 'address' | 'journal' | 'sent'>) {
    this.folder = parts.folder;
    this.address = parts.address;
    this.journal = parts.journal;
    this.sent = parts.sent;
  }

  /** With the servers a1 and b1. */
  static async open(t: TestContext): Promise<MirrorForTests> {
    const folder = await mkdtemp(join(tmpdir(), 'dankai-mirror-'));
    const opened = await openJournal(join(folder, 'journal.sqlite'));
    assert.ok(opened.ok);
    const journal = opened.value;
    await journal.transaction(async (rows) => {
      await rows.log.beginRecord({ site: brand('tokyo'), at: 1 });
      for (const name of ['a1', 'b1']) await rows.fleet.putServer(serverNamed(name));
    });
    const clock = { now: () => 1_000, monotonic: () => 1_000, after: () => () => undefined };
    const site = { journal, clock, rings } as unknown as Site;
    const outcomes = new RingOutcomes(site, undefined as never, () => undefined);
    const sent: MirrorForTests['sent'] = [];
    const transfers: Transfers = {
      begin({ towards = brand('-') }) {
        const one = { towards, bytes: 0 };
        sent.push(one);
        return {
          allow: async (bytesMax) => bytesMax,
          sent: (bytes) => void (one.bytes += bytes),
          end: () => undefined,
        };
      },
    };
    const parts = { site, rings: { outcomes } } as unknown as Pick<Parts, 'site' | 'rings'>;
    const mirror = mirrorOf(parts, (digest) => storedContent(folder, digest));
    const mirrorListen = { host: '127.0.0.1', port: 0 };
    const nothing: Pick<Store, 'manifestFile' | 'archiveFile'> = {
      manifestFile: async () => null,
      archiveFile: async () => null,
    };
    const log = pino({ enabled: false });
    const packages = { log, transfers, store: nothing, metadata: async () => null };
    const [listener, ...more] = await listenInClear({ mirrorListen }, { ...packages, mirror });
    assert.ok(listener !== undefined && more.length === 0);
    t.after(async () => {
      await listener.close();
      await journal.close();
      await rm(folder, { recursive: true });
    });
    return new MirrorForTests({ folder, address: listener.address, journal, sent });
  }

  /** A file of content that stands in the store, its component named after it. */
  async content(name: string, bytes: Uint8Array): Promise<SiteContent> {
    this.#contents += 1;
    const digest = digestOfBytes(bytes);
    await mkdir(join(this.folder, 'contents'), { recursive: true });
    await writeFile(storedContent(this.folder, digest), bytes);
    return {
      component: brand<ComponentName>(name.replace('.', '-')),
      version: String(this.#contents),
      ordering: 'dotted',
      path: `pattern/${name}`,
      file: { digest, bytes: bytes.length },
      release: digestOfBytes(`release ${this.#contents}`),
    };
  }

  /** Everybody is to have it. */
  async offer(content: SiteContent): Promise<void> {
    await this.journal.transaction((rows) => rows.catalogue.putContent(content));
  }

  /** It entered the site last; its rings are that far. */
  async roll(
    content: SiteContent,
    before: SiteContent | null,
    progress: readonly [RingProgress, RingProgress],
  ): Promise<void> {
    const rolling = rings.map(({ name }, at): RollingRing => {
      const own = progress[at];
      assert.ok(own !== undefined);
      return { name, gate, progress: own };
    });
    const { component } = content;
    const row = { component, content, before, rings: rolling, isWatched: false, beganAt: 1 };
    await this.journal.transaction(async (rows) => {
      await rows.catalogue.putContent(content);
      await rows.rings.putRollout(row);
    });
  }

  async withdraw({ component, version, file }: SiteContent): Promise<void> {
    const why = { reason: 'it is wrong', who: 'mori', at: 2 };
    await this.journal.transaction((rows) =>
      rows.rings.putWithdrawn({ component, version, file: file.digest, ...why }),
    );
  }

  async hold(): Promise<void> {
    const scope = { servers: 'site', lanes: ['content'], components: [] } as const;
    const owner = { kind: 'person', name: 'mori' } as const;
    const time = { from: 1, until: 10_000, releasedAt: null };
    await this.journal.transaction((rows) =>
      rows.holds.putHold({ id: brand<HoldId>('h1'), scope, owner, reason: 'year end', ...time }),
    );
  }

  ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const hear = async (response: IncomingMessage): Promise<void> => {
      const body = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>));
      resolve({ status: response.statusCode ?? 0, body, tag: response.headers.etag ?? '' });
    };
    get(`${this.address}${path}`, { headers, method, agent: false }, (response) => {
      hear(response).catch(reject);
    }).on('error', reject);
    return promise;
  }
}
