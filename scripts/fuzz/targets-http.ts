/**
 * The listener of a tier with bytes of HTTP from a stranger and from one who has the token: heads,
 * bodies, ranges, uploads. Whatever comes, it answers with what HTTP and the catalogue know, or
 * closes, and goes on serving others; it never says that it broke.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { bearer } from '#adapters/listener/listener-asking.ts';
import { openListener } from '#adapters/listener/listener-fastify.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import { informationServerCalls } from '#protocol/console/contract.ts';
import { bytesOf, type Target } from './target.ts';

const token = 'the-token-of-the-fuzz';
const mine = `authorization: Bearer ${token}`;
/** A listener that says nothing for so long was asked for nothing. */
const quietMilliseconds = 25;

const request = (first: string, lines: readonly string[], body = ''): Uint8Array =>
  bytesOf([first, 'host: x', 'connection: close', ...lines, '', body].join('\r\n'));

const logins = [
  ['session.begin', '{"person":"ann","password":"correct horse battery","form":"cookie"}'],
  ['session.redeem', `{"secret":"${'A'.repeat(43)}"}`],
  ['session.end', '{}'],
] as const;

function samplesFor(digest: string): Uint8Array[] {
  const json = 'content-type: application/json';
  const length = (body: string): string => `content-length: ${Buffer.byteLength(body)}`;
  const body = '{"name":"x","servers":["a1"],"reason":"because"}';
  const get = `GET /v1/archives/${digest} HTTP/1.1`;
  return [
    ...Object.keys(informationServerCalls)
      .slice(0, 6)
      .map((call) => request(`POST /v1/${call} HTTP/1.1`, [mine, json, length(body)], body)),
    ...logins.map(([call, said]) =>
      request(`POST /v1/${call} HTTP/1.1`, ['cookie: __Host-dankai=x', json, length(said)], said),
    ),
    request('POST /v1/fleet.list HTTP/1.1', [json, length('{}')], '{}'),
    request(
      'POST /v1/x HTTP/1.1',
      [mine, json, 'transfer-encoding: chunked'],
      '2\r\n{}\r\n0\r\n\r\n',
    ),
    request(get, [mine]),
    request(get, [mine, 'range: bytes=5-9']),
    request(get, [mine, 'range: bytes=99-']),
    request(
      'POST /v1/upload HTTP/1.1',
      [mine, 'content-type: application/octet-stream', length('abc')],
      'abc',
    ),
    request('GET /v1/metadata/timestamp.json HTTP/1.1', []),
    request('POST /v1/enrol HTTP/1.1', [json, length('{}')], '{}'),
    request('GET /v1/session HTTP/1.1', [mine, 'upgrade: websocket', 'connection: upgrade']),
  ];
}

const words = (
  'range: bytes=-5|range: bytes=9-5|range: bytes=0-,1-|content-length: -1|content-length: 5|' +
  'transfer-encoding: chunked|expect: 100-continue|content-type: text/plain|' +
  'content-encoding: gzip|/../|?|#|//|HTTP/1.0|:|%|%ff|\r\n|\r\n\r\n'
).split('|');

export async function httpTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-fuzz-http-'));
  const archive = join(folder, 'archive');
  await writeFile(archive, 'the bytes of an archive');
  const digest = digestOfBytes('the bytes of an archive');
  const broken: string[] = [];
  const log = pino({ level: 'error' }, { write: (line: string) => void broken.push(line) });
  const listener = await openListener({
    host: '127.0.0.1',
    port: 0,
    security: { kind: 'insecure-loopback' },
    log,
    // Nothing is refused here for coming too often: then nothing else would be tried.
    limits: { strangerRequests: { perSecond: 1e9, burst: 1e9 } },
    waits: { bodyMs: 100, firstMessageMs: 100 },
    calls: {
      table: informationServerCalls,
      authenticate: bearer(token),
      answer: async () => refuse(problem('CALL_UNKNOWN', { call: 'none' })),
    },
    files: [
      {
        prefix: '/v1/archives/',
        admit: () => null,
        locate: async (asked) => (asked === digest ? archive : null),
      },
    ],
    sockets: [
      { path: '/v1/session', admit: () => null, messageBytesMax: 1_000, accept: () => undefined },
    ],
    documents: [
      {
        prefix: '/v1/metadata/',
        admit: () => null,
        read: async (name) => (name === 'timestamp.json' ? Buffer.from('{}') : null),
      },
    ],
    openCalls: [
      {
        path: '/v1/enrol',
        method: 'POST',
        bytesMax: 1_000,
        answer: async () => ok('{}'),
      },
    ],
    logins: {
      begin: async () => refuse(problem('TOKEN_WRONG', {})),
      redeem: async () => refuse(problem('TOKEN_WRONG', {})),
      end: async () => ok(null),
    },
    uploads: [
      {
        path: '/v1/upload',
        authenticate: bearer(token),
        bytesMax: 1_000,
        async receive(stream) {
          let bytes = 0;
          for await (const piece of stream) bytes += Buffer.byteLength(piece);
          return ok({ bytes });
        },
      },
    ],
  });
  const { port } = new URL(listener.address);
  return {
    name: 'http',
    form: 'bytes',
    samples: samplesFor(digest),
    words,
    bytesMax: 16 * 1024,
    async check(input) {
      for (const answer of answersIn(await said(Number(port), input))) {
        assert.ok(answer < 500, `an answer of ${answer}`);
      }
      assert.deepEqual(broken, [], 'nothing that a stranger sends is our error');
    },
    async close() {
      await listener.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Everything that is answered until it closes or falls silent. */
async function said(port: number, input: Uint8Array): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  const done = new Promise<void>((resolve) => {
    socket.setTimeout(quietMilliseconds, resolve);
    socket.once('close', () => resolve());
    socket.on('error', () => resolve());
  });
  socket.on('data', (piece) => (heard += piece.toString('latin1')));
  await Promise.race([once(socket, 'connect'), done]).catch(() => undefined);
  socket.end(input);
  await done;
  socket.destroy();
  return heard;
}

function answersIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
