/**
 * What it costs to verify a package of 50 MB, as a share of the time in which 1 Gbit/s brings it:
 * its signed metadata, the digest of its archive as it arrives, and the digest of its tree as it
 * stands on the disk. Beside it `sha256sum` over the same bytes.
 */

import { execFileSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDigestMeter } from '#adapters/files/digest.ts';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { laneTrust } from '#adapters/metadata/trust-tuf.ts';
import { TestRepository } from '../test/trust/tuf-for-tests.ts';

export const name = 'verification';

const bytes = 50_000_000;
const pieceBytes = 64 * 1024;
const downloadMs = (bytes * 8) / 1e6;
const rounds = 7;
/** As many releases as a repository of some years has. */
const targets = 200;

/** Of the processor, in milliseconds; the smallest of several, for others run here as well. */
async function cpuMs(act: () => unknown, prepare: () => void = () => undefined): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    prepare();
    const before = process.cpuUsage();
    await act();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}

export async function run(): Promise<Record<string, number | string>> {
  const work = await mkdtemp(join(tmpdir(), 'dankai-bench-verification-'));
  try {
    const content = randomFillSync(Buffer.alloc(bytes));
    const file = join(work, 'archive');
    await writeFile(file, content);
    await mkdir(join(work, 'tree'));
    await writeFile(join(work, 'tree', 'program'), content);

    const repository = new TestRepository({ threshold: 2 });
    for (let number = 0; number < targets; number++) {
      repository.targets.set(`program/5.${number}.json`, { bytes: `release ${number}` });
    }
    repository.publish();
    const lane = laneTrust({ folder: join(work, 'lane'), shippedRoot: repository.shippedRoot });
    const allNew = await cpuMs(
      () => lane.refresh(repository.source()),
      () => repository.publish(),
    );
    const nothingNew = await cpuMs(() => lane.refresh(repository.source()));
    const digest = await cpuMs(() => {
      const meter = openDigestMeter();
      for (let from = 0; from < bytes; from += pieceBytes) {
        meter.add(content.subarray(from, from + pieceBytes));
      }
      meter.end();
    });
    const plain = await cpuMs(() => createHash('sha256').update(content).digest());
    const tree = await cpuMs(() => digestOfTree(join(work, 'tree')));
    const peer = await ofPeer(file);
    const tenths = (value: number): number => Number(value.toFixed(1));
    const share = (ms: number): number => tenths((ms / downloadMs) * 100);
    return {
      'ms in which 1 Gbit/s brings it': downloadMs,
      [`ms CPU, metadata of ${targets} releases, once for all that is new`]: tenths(allNew),
      'ms CPU, metadata, asked again and nothing new': tenths(nothingNew),
      'ms CPU, digest of the archive as it arrives': tenths(digest),
      'ms CPU, digest of the tree from the disk': tenths(tree),
      '% of one core, the archive as it arrives (budget 10)': share(digest),
      '% of one core, and the metadata all new': share(digest + allNew),
      '% of one core, and the tree from the disk': share(digest + allNew + tree),
      'ms CPU, sha256 of the same bytes in one call': tenths(plain),
      'ms, sha256sum of the same file': tenths(peer),
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function ofPeer(file: string): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    execFileSync('sha256sum', [file]);
    least = Math.min(least, performance.now() - began);
  }
  return least;
}
