/** Files and archives, read from a real disk by the code that reads what was sent. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { readRunFile } from '#adapters/daemon/daemon-files.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { makeKeyFile, readPublicKey } from '#adapters/secrets/key-file.ts';
import { packTree, unpackTree } from '#adapters/release/package-archive.ts';
import { digestOfArchive } from '#adapters/release/package-archive-read.ts';
import { checkReleaseFile } from '#adapters/release/release-file.ts';
import { readMetadataEntries } from '#adapters/release/release-file-metadata.ts';
import { laneTrust } from '#adapters/metadata/trust-tuf.ts';
import { plainManifest } from '#domain/catalogue/release.testing.ts';
import { ok } from '#domain/result.ts';
import { readIntentFile } from '#launcher/intent-file.ts';
import { readServices } from '#launcher/installation.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { file as entry, folder as at, link, packed } from '../../test/package/archive-for-tests.ts';
import { TestRepository } from '../../test/trust/tuf-for-tests.ts';
import { bytesOf, expectAnswer, expectProblem, type Target } from './target.ts';

type Place = { readonly folder: string; close(): Promise<void> };

async function place(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-fuzz-'));
  return { folder, close: () => rm(folder, { recursive: true, force: true }) };
}

const limits = { bytesMax: 200_000, filesMax: 50 };
/** Of tar's own making; a name may stand in the middle of anything. */
const tarWords = ['ustar\u000000', '../', '11 path=a\n', '\u0000'.repeat(512), '0000000'];

async function tree() {
  const long = `${'n'.repeat(120)}/${'m'.repeat(90)}`;
  const entries = [
    at('bin'),
    entry('bin/run', '#!/bin/sh\n', { mode: 0o755 }),
    link('run', 'bin/run'),
    at('n'.repeat(120)),
    entry(long, 'long'),
    entry('data', 'x'.repeat(3_000)),
  ];
  return packTar(entries);
}

/** What unpacks is exactly what was signed, and nothing stands beside it. */
async function unpackArchive(): Promise<Target> {
  const { folder, close } = await place();
  const out = join(folder, 'out');
  const file = join(folder, 'archive');
  return {
    name: 'package-tar',
    form: 'bytes',
    samples: [await tree()],
    words: tarWords,
    async check(input) {
      await writeFile(file, zstdCompressSync(input));
      const content = await digestOfArchive({ archiveFile: file, ...limits });
      expectAnswer(content);
      const treeDigest = content.ok ? content.value.treeDigest : digestOfBytes('any');
      const options = { archiveFile: file, folder: join(out, 'tree'), treeDigest, ...limits };
      const answer = await unpackTree(options);
      expectAnswer(answer);
      assert.equal(answer.ok, content.ok, 'what can be read can be unpacked, and nothing else');
      assert.deepEqual(await readdir(out), answer.ok ? ['tree'] : []);
      assert.deepEqual((await readdir(folder)).toSorted(), ['archive', 'out']);
      await rm(out, { recursive: true, force: true });
    },
    close,
  };
}

async function compressedArchive(): Promise<Target> {
  const { folder, close } = await place();
  const file = join(folder, 'archive');
  return {
    name: 'package-archive',
    form: 'bytes',
    samples: [zstdCompressSync(await tree()), await packed([entry('a')])],
    async check(input) {
      await writeFile(file, input);
      expectAnswer(await digestOfArchive({ archiveFile: file, ...limits }));
    },
    close,
  };
}

async function releaseFile(): Promise<Target> {
  const { folder, close } = await place();
  await mkdir(join(folder, 'tree'));
  await writeFile(join(folder, 'tree/main.mjs'), 'x\n');
  const archiveFile = join(folder, 'archive');
  const { archive, treeDigest, treeBytes, fileCount } = await packTree(
    join(folder, 'tree'),
    archiveFile,
  );
  const manifest = {
    ...plainManifest,
    packages: [{ platform: 'any', treeDigest, treeBytes, fileCount, archive, proof: [] }],
  };
  const { files } = new TestRepository();
  const metadata = [...files].map(([name, bytes]) => bytesEntry(`metadata/${name}`, bytes));
  const release = bytesEntry('release.json', bytesOf(canonicalJson(manifest)));
  const body = bytesEntry(`archives/${archive.digest}`, await readFile(archiveFile));
  const file = join(folder, 'release');
  return {
    name: 'release-file',
    form: 'bytes',
    samples: [await packTar([release, body]), await packTar([...metadata, release, body])],
    words: [...tarWords, 'release.json', 'metadata/1.root.json', 'archives/'],
    async check(input) {
      await writeFile(file, input);
      expectAnswer(await checkReleaseFile(file));
      expectAnswer(await readMetadataEntries(file));
    },
    close,
  };
}

function bytesEntry(name: string, bytes: Uint8Array) {
  return { header: { name, size: bytes.byteLength, mtime: new Date(0) }, body: bytes };
}

/** A repository that sends one wrong file: what was trusted before stays so. */
async function refresh(): Promise<Target> {
  const repository = new TestRepository();
  const good = await place();
  const shippedRoot = repository.shippedRoot;
  const trust = laneTrust({ folder: good.folder, shippedRoot });
  const before = [...repository.files.keys()];
  assert.ok((await trust.refresh(repository.source())).ok);
  repository.publish();
  const changed = [...repository.files].filter(([name]) => !before.includes(name));
  const source = repository.source();
  const names = [...changed.map(([name]) => name), 'timestamp.json', '2.root.json'];
  return {
    name: 'metadata-refresh',
    form: 'json',
    samples: [...repository.files.values()],
    words: ['"signed"', '"signatures"', '"keyids"', '"threshold"', '"expires"'],
    millisecondsMax: 3_000,
    async check(input) {
      for (const name of names) {
        const answer = await trust.refresh(async (asked, bytesMax, signal) =>
          asked === name ? ok(Buffer.from(input)) : source(asked, bytesMax, signal),
        );
        if (!answer.ok) expectProblem(answer.because);
        // Nobody but the signers can put another target there.
        for (const target of await trust.targets()) assert.fail(`trusted ${target.name}`);
      }
    },
    close: good.close,
  };
}

async function intentFile(): Promise<Target> {
  const { folder, close } = await place();
  const file = join(folder, 'intent.log');
  const line = (value: object): string => {
    const text = JSON.stringify(value);
    return `${digestOfBytes(text).slice(0, 16)} ${text}\n`;
  };
  const lines = [{ type: 'asked', at: 1 }, { type: 'committed' }, {}].map(line);
  return {
    name: 'intent-file',
    form: 'bytes',
    samples: [bytesOf(lines.join(''))],
    async check(input) {
      await writeFile(file, input);
      const { lines: read, bytesGood, fault } = readIntentFile(file);
      assert.ok(bytesGood <= input.length);
      assert.equal(fault === 'none', bytesGood === input.length);
      assert.ok(read.length <= input.length);
    },
    close,
  };
}

async function runFiles(): Promise<Target> {
  const { folder, close } = await place();
  await mkdir(join(folder, 'run'));
  const addresses = { servers: 'http://127.0.0.1:4100', console: 'http://127.0.0.1:4101' };
  const run = { pid: 7, startedAt: 1_790_000_000_000, addresses };
  const services = { format: 1, services: [{ name: 'normal-server', track: 'program' }] };
  return {
    name: 'run-files',
    form: 'json',
    samples: [bytesOf(run), bytesOf(services)],
    async check(input) {
      await writeFile(join(folder, 'run/normal-server.json'), input);
      await writeFile(join(folder, 'launcher.json'), input);
      readRunFile(folder, 'normal-server');
      const read = readServices(folder);
      assert.ok(typeof read === 'string' || read.length > 0);
    },
    close,
  };
}

async function keyFile(): Promise<Target> {
  const { folder, close } = await place();
  const file = join(folder, 'a.key');
  const made = await makeKeyFile({ file, name: 'a person', passphrase: 'a long passphrase' });
  assert.ok(made.ok);
  const sample = await readFile(file);
  return {
    name: 'key-file',
    form: 'json',
    samples: [sample],
    async check(input) {
      await writeFile(file, input, { mode: 0o600 });
      expectAnswer(await readPublicKey(file));
    },
    close,
  };
}

export async function fileTargets(): Promise<readonly Target[]> {
  return [
    await unpackArchive(),
    await compressedArchive(),
    await releaseFile(),
    await refresh(),
    await intentFile(),
    await runFiles(),
    await keyFile(),
  ];
}
