/**
 * A record of a million lines, as `dankai audit export` writes it, verified by both verifiers: each a
 * process of its own, from its start to its exit. Beside them SHA-256 of the same bytes in one go.
 *
 * Budget: under 10 s each.
 */

import { spawn } from 'node:child_process';
import { createHash, hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import { chained, genesisHead, type Genesis, type RecordHead } from '#domain/record/line.ts';
import { exportedText, headerText } from '#protocol/record/export.ts';

export const name = 'record';

const checkout = new URL('..', import.meta.url).pathname;
const lineCount = 1_000_000;
const digestOf = (text: string): Digest => brand<Digest>(hash('sha256', text, 'hex'));

export async function run(): Promise<Record<string, number | string>> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-bench-record-'));
  try {
    const file = join(folder, 'tokyo.record');
    await writeRecord(file);
    const begin = performance.now();
    const sha256 = createHash('sha256');
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) {
      sha256.update(String(piece));
    }
    sha256.digest();
    const peerMs = performance.now() - begin;
    const own = await measured(join(checkout, 'src/cli/main.ts'), 'audit', 'verify', file);
    const alone = await measured(join(checkout, 'src/verify-record/verify-record.mjs'), file);
    const seconds = (milliseconds: number): number => Math.round(milliseconds / 100) / 10;
    return {
      lines: lineCount,
      fileBytes: (await stat(file)).size,
      'dankai audit verify, s (budget 10)': seconds(own.milliseconds),
      'dankai audit verify, CPU s': seconds(own.cpuMilliseconds),
      'dankai audit verify, peak MiB': own.peakMebibytes,
      'verify-record.mjs, s (budget 10)': seconds(alone.milliseconds),
      'verify-record.mjs, CPU s': seconds(alone.cpuMilliseconds),
      'verify-record.mjs, peak MiB': alone.peakMebibytes,
      'sha256 of the same bytes, s': seconds(peerMs),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The head stands in the header, so the lines are chained once before they are written. */
async function writeRecord(file: string): Promise<void> {
  const genesis: Genesis = { format: 1, site: brand<ServerId>('tokyo'), at: 1, linesBefore: 0 };
  let last: RecordHead = genesisHead(genesis, digestOf);
  for (let number = 1; number <= lineCount; number++)
    last = chained(last, entryOf(number), digestOf);
  const out = createWriteStream(file);
  out.write(`${headerText(genesis, last)}\n`);
  let head: RecordHead = genesisHead(genesis, digestOf);
  for (let number = 1; number <= lineCount; number++) {
    const line = chained(head, entryOf(number), digestOf);
    head = line;
    if (!out.write(`${exportedText(line)}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function entryOf(number: number) {
  const server = brand<ServerId>(`files-${number % 5_000}`);
  const detail = { lease: `lease-1790000000-${number}`, until: number * 1_000, group: 'A' };
  const at = 1_790_000_000_000 + number;
  return { at, kind: 'lease-granted', who: 'upgrade:to-5.80', server, detail } as const;
}

/** Says at its exit what the process has used: the kernel's own peak. */
const meter = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeSync } from 'node:fs';
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const peak = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
    writeSync(3, peak + ' ' + (userCPUTime + systemCPUTime) / 1e3);
  });
`)}`;

async function measured(entry: string, ...words: readonly string[]) {
  const begin = performance.now();
  const child = spawn(process.execPath, ['--import', meter, entry, ...words], {
    cwd: checkout,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let text = '';
  child.stdio[3]?.on('data', (piece: Buffer) => (text += piece.toString()));
  const status = await ended;
  if (status !== 0) throw new Error(`${entry} ended with ${status}`);
  const milliseconds = performance.now() - begin;
  const [peak, cpuMilliseconds] = text.split(' ').map(Number);
  const peakMebibytes = Math.round((peak ?? 0) / 1024);
  return { milliseconds, cpuMilliseconds: cpuMilliseconds ?? 0, peakMebibytes };
}
