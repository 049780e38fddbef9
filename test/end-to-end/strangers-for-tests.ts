/**
 * Who comes to a real process without being whom he says: with another protocol, no certificate, or
 * the keys of somebody else. Believes whoever answers, and shows what the test gives him.
 */

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { WebSocket } from 'ws';
import { z } from 'zod';

/** A key and its chain, both PEM. */
export type Shown = { readonly key: string; readonly chain: string };

/** What a server says first; of a release that nobody has. */
export const helloOf = (server: string, change: object = {}) => ({
  type: 'hello',
  protocol: 1,
  server,
  installId: 'another-installation',
  machineId: 'another-machine',
  platform: 'linux-x64',
  os: 'Linux',
  domain: 'web',
  memoryBytes: 1,
  diskBytesFree: 1,
  running: { digest: 'd'.repeat(64), version: '9.0', proof: [], pid: 1, startedAt: 1 },
  programs: [],
  contents: [],
  rebootRecommended: null,
  withInformationServer: false,
  fence: { epoch: 1, number: 1 },
  ...change,
});

const refusal = z.object({ problem: z.object({ code: z.string() }) });

/** The status and the code of the refusal. */
export async function fetched(
  url: string,
  shown: Shown | null,
  body?: object,
): Promise<readonly [status: number | undefined, code: string]> {
  const tls = shown === null ? {} : { key: shown.key, cert: shown.chain };
  const sent = request(url, {
    ...tls,
    rejectUnauthorized: false,
    agent: false,
    method: body === undefined ? 'GET' : 'POST',
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
  }).end(body === undefined ? undefined : JSON.stringify(body));
  const [response]: IncomingMessage[] = await once(sent, 'response');
  if (response === undefined) throw new Error(`${url} says nothing`);
  const { statusCode } = response;
  if (statusCode === 200) {
    response.destroy();
    return [statusCode, ''];
  }
  return [statusCode, refusal.parse(await json(response)).problem.code];
}

/** Says that one thing on a session; the answers until the other side closes. */
export async function spoken(
  url: string,
  { shown, message }: { readonly shown: Shown; readonly message: object },
): Promise<readonly unknown[]> {
  const { key, chain: cert } = shown;
  const socket = new WebSocket(url.replace('https:', 'wss:'), {
    key,
    cert,
    rejectUnauthorized: false,
  });
  const answers: unknown[] = [];
  await new Promise<void>((done, fail) => {
    socket.on('open', () => socket.send(JSON.stringify(message)));
    socket.on('message', (data: Buffer) => answers.push(JSON.parse(data.toString())));
    socket.on('close', () => done());
    socket.on('error', fail);
  });
  return answers;
}

/** What ends a handshake that offers nothing newer; null: it is accepted. */
export async function refusalOf(
  address: string,
  maxVersion: SecureVersion,
): Promise<string | null> {
  const { hostname, port } = new URL(address);
  const socket = connect({
    host: hostname,
    port: Number(port),
    minVersion: 'TLSv1.2',
    maxVersion,
    rejectUnauthorized: false,
  });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(null));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  }).finally(() => socket.destroy()) as Promise<string | null>;
}

/** Listens in somebody's place with other keys; counts who came, and what they said to it. */
export async function impostor(port: number, { key, chain }: Shown, authority: string) {
  const heard = { connections: 0, bytes: 0 };
  const server = createServer(
    {
      key,
      cert: chain,
      ca: authority,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
    },
    (socket) => {
      heard.connections += 1;
      socket.on('data', (bytes: Buffer) => (heard.bytes += bytes.length));
      socket.on('error', () => undefined);
    },
  );
  server.on('tlsClientError', () => (heard.connections += 1));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    heard,
    async close(): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}

/**
 * Stands between a server and its information server with the keys of both, and keeps every byte
 * that the server sent: what a thief of both has recorded.
 */
export async function recorder(
  to: string,
  keys: { readonly above: Shown; readonly below: Shown; readonly authority: string },
) {
  const { hostname: host, port } = new URL(to);
  const recorded: Buffer[][] = [];
  const { key, chain: cert } = keys.above;
  const open = new Set<TLSSocket>();
  const server = createServer(
    { key, cert, ca: keys.authority, requestCert: true, minVersion: 'TLSv1.3' },
    (socket) => {
      const pieces: Buffer[] = [];
      recorded.push(pieces);
      const onward = connect({ host, port: Number(port), ...shownBy(keys.below) });
      for (const one of [socket, onward]) {
        open.add(one);
        one.on('error', () => undefined);
      }
      socket.on('data', (piece: Buffer) => pieces.push(piece));
      socket.pipe(onward).pipe(socket);
      socket.on('close', () => onward.destroy());
      onward.on('close', () => socket.destroy());
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    address: `https://127.0.0.1:${address.port}`,
    /** Of the connection that became a session. */
    session(): Buffer {
      const all = recorded.map((pieces) => Buffer.concat(pieces));
      const found = all.find((one) => one.toString('latin1').startsWith('GET /v1/session'));
      if (found === undefined) throw new Error('no session was recorded');
      return found;
    },
    close(): void {
      for (const one of open) one.destroy();
      server.close();
    },
  };
}

/** The same bytes once more, on a connection of whoever these keys are; what was said to them. */
export async function replayed(to: string, bytes: Buffer, shown: Shown): Promise<string> {
  const { hostname: host, port } = new URL(to);
  const socket = connect({ host, port: Number(port), ...shownBy(shown) });
  socket.on('error', () => undefined);
  let heard = '';
  socket.on('data', (piece: Buffer) => (heard += piece.toString('latin1')));
  socket.write(bytes);
  await Promise.race([once(socket, 'close'), sleep(3_000)]);
  socket.destroy();
  return heard;
}

const shownBy = ({ key, chain: cert }: Shown) => ({ key, cert, rejectUnauthorized: false });
