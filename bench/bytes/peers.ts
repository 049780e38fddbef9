/**
 * What others send to a server that has one release, to give it the next: bytes, and the processor
 * and memory that it takes to make them. Each over the same two trees; null: not here, or not done.
 */

import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { serveRanges } from './range-server.ts';
import { costOf, environment, secondsMax, type Cost } from './tools.ts';

/** A release as it is published, unpacked, and as the tar of what it unpacks to. */
export type Side = { readonly tree: string; readonly tar: string; readonly published: string };
export type Measured = {
  readonly bytes: number;
  readonly cpuSeconds: number;
  readonly mebibytes: number;
};

type Given = { readonly work: string; readonly old: Side; readonly next: Side };
type Peer = (given: Given) => Promise<Measured | null>;

export const bytesOf = (file: string): number => statSync(file).size;

function toFile(command: string, words: (given: Given, out: string) => readonly string[]): Peer {
  return async (given) => {
    const out = join(given.work, 'peer');
    const cost = costOf(command, words(given, out));
    const measured = cost === null ? null : measuredOf(bytesOf(out), cost);
    await rm(out, { force: true });
    return measured;
  };
}

function measuredOf(bytes: number, ...costs: readonly Cost[]): Measured {
  return {
    bytes,
    cpuSeconds: costs.reduce((sum, one) => sum + one.cpuSeconds, 0),
    mebibytes: Math.max(...costs.map((one) => one.mebibytes)),
  };
}

/** A server has the chunks of the old release; the index and the new ones cross the link. */
async function casync({ work, old, next }: Given): Promise<Measured | null> {
  const store = join(work, 'casync');
  const make = (side: Side, index: string): Cost | null =>
    costOf('casync', [
      'make',
      '--chunk-size=65536',
      '--without=privileged',
      `--store=${store}`,
      index,
      side.tree,
    ]);
  const chunks = (): number =>
    readdirSync(store, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .reduce((sum, one) => sum + bytesOf(join(one.parentPath, one.name)), 0);
  try {
    await mkdir(store);
    const first = make(old, join(work, 'old.caidx'));
    if (first === null) return null;
    const before = chunks();
    const second = make(next, join(work, 'next.caidx'));
    if (second === null) return null;
    return measuredOf(chunks() - before + bytesOf(join(work, 'next.caidx')), second);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

async function zchunk({ work, old, next }: Given): Promise<Measured | null> {
  const [oldFile, nextFile] = [join(work, 'old.zck'), join(work, 'next.zck')];
  try {
    const first = costOf('zck', ['-o', oldFile, old.tar]);
    const second = first === null ? null : costOf('zck', ['-o', nextFile, next.tar]);
    if (second === null) return null;
    const said = costOf('zck_delta_size', [oldFile, nextFile]);
    const bytes = /[Ww]ould download (\d+) of/.exec(said?.text ?? '')?.[1];
    return bytes === undefined ? null : measuredOf(Number(bytes), second);
  } finally {
    await rm(oldFile, { force: true });
    await rm(nextFile, { force: true });
  }
}

/** Over a real HTTP server, whose bodies are counted; the seed is the old package, unpacked. */
async function zsync({ work, old, next }: Given): Promise<Measured | null> {
  const folder = join(work, 'zsync');
  await mkdir(folder);
  const server = await serveRanges(folder);
  try {
    await cp(next.published, join(folder, 'next.tgz'));
    const index = join(folder, 'next.zsync');
    const url = `${server.address}/next.tgz`;
    const made = costOf('zsyncmake', ['-u', url, '-o', index, join(folder, 'next.tgz')]);
    if (made === null) return null;
    const words = [
      '-q',
      '-i',
      old.tar,
      '-o',
      join(folder, 'got.tgz'),
      `${server.address}/next.zsync`,
    ];
    // Not waited for in this thread: it is this process that answers.
    const status = await new Promise<number | null>((done) => {
      const child = spawn('zsync', words, {
        cwd: folder,
        env: environment,
        stdio: 'ignore',
        timeout: secondsMax * 1_000,
      });
      child.once('error', () => done(null));
      child.once('exit', (code) => done(code));
    });
    return status === 0 ? measuredOf(server.sent(), made) : null;
  } finally {
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Both ends here, over its own protocol; what a server would send and receive is what it says. */
async function rsync({ work, old, next }: Given): Promise<Measured | null> {
  const copy = join(work, 'rsync');
  try {
    await cp(old.tree, copy, { recursive: true, verbatimSymlinks: true });
    const words = ['-rlcz', '--no-whole-file', '--delete', '--stats'];
    const cost = costOf('rsync', [...words, `${next.tree}/`, `${copy}/`]);
    if (cost === null) return null;
    const of = (what: string): number =>
      Number(
        (new RegExp(`Total bytes ${what}: ([\\d,]+)`).exec(cost.text)?.[1] ?? '').replaceAll(
          ',',
          '',
        ),
      );
    return measuredOf(of('sent') + of('received'), cost);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

export const peers: Readonly<Record<string, Peer>> = {
  bsdiff: toFile('bsdiff', ({ old, next }, out) => [old.tar, next.tar, out]),
  'zstd -19 --patch-from': toFile('zstd', ({ old, next }, out) => [
    '-19',
    '--long=31',
    '-q',
    '-f',
    `--patch-from=${old.tar}`,
    next.tar,
    '-o',
    out,
  ]),
  'xdelta3 -9': toFile('xdelta3', ({ old, next }, out) => [
    '-e',
    '-9',
    '-B',
    String(512 * 1024 * 1024),
    '-f',
    '-s',
    old.tar,
    next.tar,
    out,
  ]),
  'whole, zstd -19': toFile('zstd', ({ next }, out) => ['-19', '-q', '-f', next.tar, '-o', out]),
  'casync 64k': casync,
  zchunk,
  'zsync (.gz)': zsync,
  'rsync -cz': rsync,
};
