/** The example configuration of docs/operating, in a real nginx of Debian's, before a real listener. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { download } from '#adapters/link/download-http.ts';
import { openListener } from '#adapters/listener/listener-fastify.ts';
import { brand, type Digest } from '#domain/names.ts';
import { debianPackages, librariesIn } from '../debian-packages.ts';
import { freePort } from '../../scripts/site/free-port.ts';

const content = randomBytes(10_000_000);
const digest = brand<Digest>(createHash('sha256').update(content).digest('hex'));

const binary = (folder: string): string => join(folder, 'usr/sbin/nginx');
const environment = (folder: string) => ({ ...process.env, LD_LIBRARY_PATH: librariesIn(folder) });

const nginx = await debianPackages('nginx', ['nginx'], (folder) => {
  const { status, stderr } = spawnSync(binary(folder), ['-v'], { env: environment(folder) });
  return status === 0 ? null : String(stderr);
});

test(
  'nginx keeps packages by the example configuration, and asks for metadata each time',
  { skip: 'missing' in nginx ? `left out: ${nginx.missing}` : false },
  async (context) => {
    assert('folder' in nginx);
    const work = await mkdtemp(join(tmpdir(), 'dankai-nginx-'));
    const file = join(work, 'origin');
    await writeFile(file, content);
    let sent = 0;
    let versions = 0;
    const listener = await openListener({
      host: '127.0.0.1',
      port: 0,
      security: { kind: 'insecure-loopback' },
      log: pino({ enabled: false }),
      files: [
        {
          prefix: '/v1/archives/',
          admit: () => null,
          locate: async (named) => (named === digest ? file : null),
          transfers: {
            begin: () => ({
              allow: async (bytesMax) => bytesMax,
              sent: (bytes) => void (sent += bytes),
              end: () => undefined,
            }),
          },
        },
      ],
      documents: [
        {
          prefix: '/v1/metadata/program/',
          admit: () => null,
          read: async () => Buffer.from(String((versions += 1))),
        },
      ],
    });
    const port = await freePort();
    const example = await readFile('docs/operating/nginx-cache.conf', 'utf8');
    const told = {
      '192.0.2.10:4483': new URL(listener.address).host,
      'listen 8080': `listen 127.0.0.1:${port}`,
      '/var/cache/nginx/dankai': join(work, 'cache'),
    };
    let configuration = example;
    for (const [from, to] of Object.entries(told)) {
      assert(configuration.includes(from), `${from} stands in the example`);
      configuration = configuration.replaceAll(from, to);
    }
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const temporary = paths.map((one) => `${one}_temp_path ${work}/${one};`).join('\n');
    await mkdir(join(work, 'logs'));
    await writeFile(
      join(work, 'nginx.conf'),
      `daemon off; master_process off; pid ${work}/pid; error_log ${work}/error.log;
       events {} http { access_log off; ${temporary}\n${configuration} }`,
    );
    const child = spawn(binary(nginx.folder), ['-p', work, '-c', join(work, 'nginx.conf')], {
      env: environment(nginx.folder),
      stdio: 'ignore',
    });
    context.after(async () => {
      child.kill('SIGKILL');
      await listener.close();
      await rm(work, { recursive: true, force: true });
    });
    const address = `http://127.0.0.1:${port}`;
    const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${address}${path}`, { headers });
    for (let attempt = 0; attempt < 100; attempt += 1) {
      if ((await ask('/').catch(() => null)) !== null) break;
      await sleep(50);
    }
    const path = `/v1/archives/${digest}`;
    const get = (name: string) =>
      download({
        url: `${address}${path}`,
        security: null,
        file: join(work, name),
        digest,
        bytes: content.length,
        progress: () => undefined,
        signal: new AbortController().signal,
      });
    // Twenty at once, and one that goes on in the middle: the origin gives each slice once.
    await writeFile(join(work, 'half.part'), content.subarray(0, 6_000_000));
    const names = ['half', ...Array.from({ length: 19 }, (_, number) => `file-${number}`)];
    for (const one of await Promise.all(names.map(get))) assert(one.ok, JSON.stringify(one));
    assert.equal(sent, content.length);
    const half = await ask(path, { range: 'bytes=9999990-', 'if-range': `"${digest}"` });
    assert.equal(half.status, 206);
    assert.equal(half.headers.get('x-cache'), 'HIT');
    assert.equal(half.headers.get('etag'), `"${digest}"`);
    assert.deepEqual(Buffer.from(await half.arrayBuffer()), content.subarray(-10));
    const known = await ask(path, { 'if-none-match': `"${digest}"` });
    assert.equal(known.status, 304);
    assert.equal(sent, content.length);
    // What is not there is not remembered as absent.
    const absent = `/v1/archives/${'a'.repeat(64)}`;
    assert.equal((await ask(absent)).status, 404);
    assert.equal((await ask(absent)).headers.get('x-cache'), 'MISS');
    for (const version of ['1', '2']) {
      assert.equal(await (await ask('/v1/metadata/program/timestamp.json')).text(), version);
    }
    assert.equal((await ask('/v1/session')).status, 404);
  },
);
