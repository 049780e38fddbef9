/**
 * Who comes to a real process without being whom he says: with another protocol, no certificate, or
 * the keys of somebody else. Believes whoever answers, and shows what the test gives him.
 */

import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { connect, createServer, type SecureVersion } from 'node:tls';
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
