/**
 * Floods and slow senders at a real listener: many connections, many requests, half requests. Each
 * comes from an address of this machine that the test gives it.
 */

import { once } from 'node:events';
import { connect as connectPlainly, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
import { organisationPath } from '#protocol/shared/organisation.ts';
import type { Shown } from './strangers-for-tests.ts';

export type Place = {
  readonly url: string;
  readonly localAddress: string;
  /** Absent: no certificate is shown. */
  readonly shown?: Shown;
};

const endsOf = ({ url, localAddress }: Place) => {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port), localAddress };
};

async function open(place: Place): Promise<Socket> {
  const { shown } = place;
  const proof = shown === undefined ? {} : { key: shown.key, cert: shown.chain };
  const socket = connect({ ...endsOf(place), ...proof, rejectUnauthorized: false });
  socket.setMaxListeners(0);
  socket.on('error', () => undefined);
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  return socket;
}

type Asked = {
  readonly path: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** A body of that many bytes, instead. */
  readonly bodyBytes?: number;
  readonly isChunked?: boolean;
  /** Only that it is there, not what it is. */
  readonly isHead?: boolean;
};

/** One request on a connection of its own; its status, and the code of a refusal. */
export async function answered(
  place: Place,
  asked: Asked,
): Promise<{ readonly status: number; readonly code: string }> {
  const socket = await open(place);
  const text = new Promise<string>((done) => {
    let heard = '';
    socket.on('data', (piece: Buffer) => {
      heard += piece.toString('latin1');
      if (isWhole(heard, asked.isHead === true)) done(heard);
    });
    socket.on('close', () => done(heard));
  });
  void send(socket, asked);
  const heard = await text;
  socket.destroy();
  return {
    status: Number(heard.slice(9, 12)),
    code: /"code":"(\w+)"/.exec(heard)?.[1] ?? '',
  };
}

function isWhole(heard: string, isHead: boolean): boolean {
  const end = heard.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = Number(/^content-length: (\d+)/im.exec(heard)?.[1] ?? 0);
  return isHead || heard.length >= end + 4 + length;
}

async function send(socket: Socket, asked: Asked): Promise<void> {
  const { path, headers = [], body = '', bodyBytes, isChunked = false } = asked;
  const method = path.startsWith('/v1/archives') ? 'GET' : 'POST';
  const bytes = bodyBytes ?? Buffer.byteLength(body);
  const length = isChunked ? 'transfer-encoding: chunked' : `content-length: ${bytes}`;
  socket.write([`${method} ${path} HTTP/1.1`, 'host: x', length, ...headers, '', ''].join('\r\n'));
  if (bodyBytes === undefined) return void socket.write(body);
  // What is announced is refused before it comes.
  if (!isChunked) return;
  const piece = Buffer.alloc(1024 * 1024, ' ');
  for (let sent = 0; sent <= bodyBytes && !socket.destroyed; sent += piece.length) {
    socket.write(`${piece.length.toString(16)}\r\n`);
    if (!socket.write(Buffer.concat([piece, Buffer.from('\r\n')]))) {
      await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
    }
  }
}

const lanes = 8;

/** So many requests on a few connections, each as soon as the one before is answered. */
export async function plainly(
  place: Place,
  { path, times }: { readonly path: string; readonly times: number },
): Promise<readonly number[]> {
  const statuses: number[] = [];
  const method = path.startsWith('/v1/metadata') ? 'GET' : 'POST';
  const one = `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`;
  let left = times;
  const lane = async (): Promise<void> => {
    const socket = await open(place);
    let heard = '';
    await new Promise<void>((done) => {
      const ask = (): void => {
        left -= 1;
        if (left < 0) done();
        else socket.write(one);
      };
      socket.on('data', (piece: Buffer) => {
        heard += piece.toString('latin1');
        if (!isWhole(heard, false)) return;
        statuses.push(Number(heard.slice(9, 12)));
        heard = '';
        ask();
      });
      socket.on('close', () => done());
      ask();
    });
    socket.destroy();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return statuses;
}

/** So many connections; `isPlain`: they never begin their handshake. */
export async function floodOf(
  place: Place,
  count: number,
  { isPlain = false }: { readonly isPlain?: boolean } = {},
): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let number = 0; number < count; number++) {
    if (!isPlain) sockets.push(await open(place));
    else {
      const socket = connectPlainly(endsOf(place));
      socket.on('error', () => undefined);
      // Else its end is not noticed.
      socket.resume();
      sockets.push(socket);
      if (number % 50 === 49)
        await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
    }
  }
  return sockets;
}

/** All of them within two seconds. */
export async function ended(sockets: readonly Socket[]): Promise<boolean> {
  return arrives(async () => sockets.every(({ destroyed }) => destroyed), 2);
}

export async function arrives(look: () => Promise<boolean>, secondsMax = 5): Promise<boolean> {
  const deadline = performance.now() + secondsMax * 1_000;
  while (!(await look())) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

/** A waiting connection of a server; it emits `closed-or-last` at the answer to a ping `last`. */
export async function session(place: Place): Promise<{ readonly socket: WebSocket }> {
  const { shown, localAddress, url } = place;
  const proof = shown === undefined ? {} : { key: shown.key, cert: shown.chain };
  const options = { ...proof, localAddress, rejectUnauthorized: false };
  const socket = new WebSocket(`${url.replace('https:', 'wss:')}/v1/session`, options);
  socket.on('error', () => undefined);
  socket.on('pong', (data: Buffer) => {
    if (data.toString() === 'last') socket.emit('closed-or-last');
  });
  socket.on('close', () => socket.emit('closed-or-last'));
  await once(socket, 'open');
  return { socket };
}

type Cuts = Readonly<Record<string, Promise<unknown>>>;

/** Seconds until each of those who take their time is cut off. */
async function secondsOf(cuts: Cuts): Promise<Record<string, number>> {
  const began = performance.now();
  const entries = Object.entries(cuts).map(async ([what, cut]) => {
    await Promise.race([cut, sleep(90_000, undefined, { ref: false })]);
    return [what, Math.round((performance.now() - began) / 100) / 10] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

export async function slowSenders(places: {
  readonly servers: Place;
  readonly people: Place;
}): Promise<Record<string, number>> {
  const { servers, people } = places;
  const { socket } = await session(servers);
  return secondsOf({
    'headers to servers': dribbled(servers, halfHead),
    'headers to people': dribbled(people, halfHead),
    'handshake to servers': once(silent(servers), 'close'),
    'handshake to people': once(silent(people), 'close'),
    'session without a word': once(socket, 'close'),
  });
}

/** The same of those who may take longer. */
export async function verySlowSenders(at: {
  readonly servers: string;
  readonly people: string;
  readonly token: string;
}): Promise<Record<string, number>> {
  const localAddress = '127.0.2.1';
  const [servers, people] = [at.servers, at.people].map((url) => ({ url, localAddress }));
  if (servers === undefined || people === undefined) throw new Error('both are given');
  const head = [
    'POST /v1/whoami HTTP/1.1',
    'host: x',
    `authorization: Bearer ${at.token}`,
    'content-type: application/json',
    'content-length: 10000',
  ];
  const asking = `GET ${organisationPath} HTTP/1.1\r\nhost: x\r\n\r\n`;
  const half = { begins: `${head.join('\r\n')}\r\n\r\n`, goesOn: ' ' };
  return secondsOf({
    'a body to people': dribbled(people, half),
    'a stranger': dribbled(servers, { begins: asking, goesOn: asking }),
  });
}

function silent(place: Place): Socket {
  const socket = connectPlainly(endsOf(place));
  socket.on('error', () => undefined);
  return socket.resume();
}

type Dribble = { readonly begins: string; readonly goesOn: string };

const halfHead: Dribble = {
  begins: 'POST /v1/whoami HTTP/1.1\r\nhost: x\r\n',
  goesOn: 'x: 1\r\n',
};

/** A little every second, until somebody has had enough. */
async function dribbled(place: Place, { begins, goesOn }: Dribble): Promise<void> {
  const socket = await open(place);
  socket.write(begins);
  const timer = setInterval(() => socket.write(goesOn), 1_000);
  socket.resume();
  if (!socket.destroyed) await once(socket, 'close');
  clearInterval(timer);
}
