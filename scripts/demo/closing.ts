/** The end of the demo: every server is asked itself, and what happened is said in one table. */

import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import { z } from 'zod';
import type { RecordLine } from '#domain/record/line.ts';
import type { TreeServer } from '#protocol/console/contract.ts';
import type { LocalSite } from '../site/site.ts';
import { newVersion } from './releases.ts';
import type { Words } from './words.ts';

const mebibyte = 1024 * 1024;

export type Verified = {
  readonly server: string;
  readonly isGood: boolean;
  readonly version: string | null;
  readonly proof: string;
};

/**
 * Good: the process that answers runs the new release, the digests of its executable and of its
 * program equal the manifest, and it was started after the switch.
 */
export async function verify(
  site: LocalSite,
  servers: readonly TreeServer[],
  words: Words,
): Promise<readonly Verified[]> {
  const record = await readRecord(site);
  const switched = new Map(
    record
      .filter((line) => line.kind === 'server-switching' && line.server !== null)
      .map((line) => [line.server, line.at]),
  );
  // The information server's own computer switches with it, without a lease.
  const own = record.find((line) => line.kind === 'upgrade-self-switching')?.at ?? Infinity;
  return Promise.all(
    servers.map(async ({ server }): Promise<Verified> => {
      const asked = await site.call('fleet.identify', { server });
      if (!asked.ok) return { server, isGood: false, version: null, proof: words.silent };
      const { version, matches, startedAt } = asked.value;
      const isAfter = startedAt >= (switched.get(server) ?? own);
      const isGood = matches && isAfter && version === newVersion;
      return { server, isGood, version, proof: matches ? words.matches : words.differs };
    }),
  );
}

export async function readRecord(site: LocalSite): Promise<readonly RecordLine[]> {
  const lines: RecordLine[] = [];
  for (;;) {
    const after = lines.at(-1)?.number ?? 0;
    const page = await site.call('record.list', { after, limit: 1_000 });
    if (!page.ok || page.value.lines.length === 0) return lines;
    lines.push(...page.value.lines);
  }
}

export function closingTable(options: {
  readonly servers: readonly (TreeServer & { readonly domain: string })[];
  readonly verified: readonly Verified[];
  readonly before: ReadonlyMap<string, string | null>;
  readonly words: Words;
}): string {
  const { servers, verified, before, words } = options;
  const { column } = words;
  const table = new Table({
    head: [
      column.group,
      column.domain,
      column.server,
      column.before,
      column.after,
      column.session,
      column.received,
      column.content,
      column.proof,
    ],
    style: { head: [], border: [] },
  });
  for (const server of servers) {
    const proof = verified.find((one) => one.server === server.server);
    table.push([
      server.group ?? '-',
      server.domain,
      server.server,
      before.get(server.server) ?? '-',
      proof?.version ?? '-',
      server.session.state,
      (server.bytesReceived / mebibyte).toFixed(1),
      server.contents.map((one) => one.version).join(' ') || '-',
      proof?.proof ?? '-',
    ]);
  }
  return table.toString();
}

/** What was refused, each section once, from the record. */
export function refusedOf(record: readonly RecordLine[]): readonly string[] {
  const refused = new Set<string>();
  for (const { kind, detail } of record) {
    const sections = kind === 'delivery-refused' ? detail['sections'] : [];
    for (const one of Array.isArray(sections) ? sections : []) {
      const { section, version } = refusedSection.parse(one);
      refused.add(`${section} ${version}`);
    }
  }
  return [...refused];
}

const refusedSection = z.object({ section: z.string(), version: z.string() });

/** Bytes on the disk below a folder, a file of several names counted once. */
export async function diskUsed(folder: string): Promise<number> {
  const seen = new Set<number>();
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const facts = await lstat(join(entry.parentPath, entry.name)).catch(() => null);
    if (facts === null || seen.has(facts.ino)) continue;
    seen.add(facts.ino);
    bytes += facts.blocks * 512;
  }
  return bytes;
}

export async function diskFree(folder: string): Promise<number> {
  const disk = await statfs(folder);
  return disk.bavail * disk.bsize;
}
