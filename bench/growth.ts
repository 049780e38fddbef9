/**
 * What one server's upgrade costs an information server as its fleet grows: the real program over a
 * journal in SQLite, sessions in this process that answer at once, one deployment to all servers, at
 * most 500 of them at a time.
 * Processor time per server, the servers' own answers included; the size of the fleet must not show.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestOfBytes } from '#adapters/files/digest.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { plainManifest } from '#domain/catalogue/release.testing.ts';
import { brand, type ComponentName, type ServerId } from '#domain/names.ts';
import type { ServerLink } from '#information-server/fleet/sessions.ts';
import type { Program } from '#information-server/program.ts';
import { deploy } from '#information-server/routes/deploy.ts';
import type { Journal } from '#ports/journal.ts';
import type { FromNormalServer, ToNormalServer } from '#protocol/normal-server/messages.ts';
import { helloOf } from './sessions/hello.ts';
import { openBenched } from './sessions/program.ts';

export const name = 'growth';

const sizes = [100, 1_000, 10_000] as const;
const secondsMax = 900;
const component = brand<ComponentName>('watcher');
const release: Release = {
  digest: digestOfBytes('watcher 2.0'),
  manifest: {
    ...plainManifest,
    component,
    kind: 'tree',
    version: '2.0',
    ordering: 'dotted',
    appliesTo: { min: '1.0', max: '3.0' },
    packages: [
      {
        platform: brand('linux-x64'),
        archive: { digest: digestOfBytes('archive'), bytes: 9 },
        treeDigest: digestOfBytes('tree'),
        treeBytes: 9,
        fileCount: 1,
        proof: [],
      },
    ],
  },
};
const { digest } = release;

/** A normal server that has staged, switched and proved itself before one can look. */
class QuickServer implements ServerLink {
  readonly remote = 'bench';
  readonly peer = null;
  readonly #name: ServerId;
  #hear: (input: unknown) => void = () => undefined;
  #state: 'none' | 'staged' | 'installed' = 'none';
  #request = 0;

  constructor(server: ServerId) {
    this.#name = server;
  }

  greet(): void {
    const fence = { epoch: 0, number: 0 };
    this.#say(helloOf(this.#name, { contents: [], fence, turn: null }));
  }

  onMessage(act: (input: unknown) => void): void {
    this.#hear = act;
  }

  onClose(): void {}

  close(): void {}

  send(message: object): void {
    const told = message as ToNormalServer;
    if (told.type === 'wanted' && told.items.length > 0) this.#wanted();
    if (told.type === 'lease') this.#say({ type: 'lease-confirm', lease: told.lease });
    if (told.type === 'confirmed' && told.go) {
      this.#state = 'installed';
      for (const state of ['switching', 'proving', 'installed'] as const) this.#status(state);
    }
    if (told.type === 'inventory-request') {
      this.#say({ type: 'inventory', diskBytesFree: 5e10, rebootRecommended: null });
    }
  }

  #wanted(): void {
    if (this.#state === 'installed') return;
    if (this.#state === 'none') this.#status('staged');
    this.#state = 'staged';
    this.#request += 1;
    this.#say({ type: 'lease-request', request: this.#request, component, digest });
  }

  #status(state: 'staged' | 'switching' | 'proving' | 'installed'): void {
    this.#say({ type: 'status', component, digest, state, bytesReceived: 9, bytesTotal: 9 });
  }

  #say(message: FromNormalServer): void {
    setImmediate(() => this.#hear(message));
  }
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function upgraded(
  { program, journal }: { readonly program: Program; readonly journal: Journal },
  size: number,
): Promise<{ readonly seconds: number; readonly cpu: number }> {
  const { parts } = program;
  const names = Array.from({ length: size }, (_, at) => brand<ServerId>(`server-${at}`));
  for (const one of names) {
    const server = new QuickServer(one);
    parts.sessions.accept(server);
    server.greet();
  }
  await until(async () => (await journal.rows.fleet.servers()).length === size);
  await journal.transaction((rows) => rows.catalogue.putRelease(release, Date.now()));
  const [began, before] = [performance.now(), cpuSeconds()];
  const asked = { component, version: release.manifest.version, servers: names };
  const begun = await deploy(parts, asked, { name: brand('bench'), scope: 'whole' });
  if (!begun.ok || begun.value.upgrade === null)
    throw new Error(JSON.stringify(begun).slice(0, 500));
  const { upgrade } = begun.value;
  await until(async () => (await journal.rows.upgrades.head(upgrade))?.state === 'finished');
  return { seconds: (performance.now() - began) / 1_000, cpu: cpuSeconds() - before };
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + secondsMax * 1_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`it is not so after ${secondsMax} s`);
    await sleep(200);
  }
}

async function measure(size: number): Promise<{ seconds: number; cpu: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-bench-growth-'));
  const opened = await openBenched(folder, { inFlightMax: 500 });
  try {
    await opened.program.begin();
    return await upgraded(opened, size);
  } finally {
    opened.program.end();
    await opened.journal.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const rounded = (value: number): number => Number(value.toPrecision(3));

export async function run(): Promise<Record<string, number>> {
  // Once for what is compiled on the way.
  await measure(1_000);
  const figures: Record<string, number> = {};
  const each: number[] = [];
  for (const size of sizes) {
    const { seconds, cpu } = await measure(size);
    each.push(cpu / size);
    figures[`${size} servers: CPU ms per server`] = rounded((1_000 * cpu) / size);
    figures[`${size} servers: seconds for all`] = rounded(seconds);
  }
  const [few = Number.NaN, some = Number.NaN, many = Number.NaN] = each;
  return {
    ...figures,
    '1,000 servers : 100 (budget 1.2)': rounded(some / few),
    '10,000 servers : 1,000 (budget 1.2)': rounded(many / some),
  };
}
