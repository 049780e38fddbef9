/**
 * Floods and slow senders at a real listener: many connections, many requests, half requests. Each
 * comes from an address of this machine that the test gives it.
 */

import { once } from 'node:events';
import { connect as connectPlainly, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { WebSocket } from 'ws';
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

/** Seconds until each of those who take their time is cut off. */
export async function slowSenders(places: {
  readonly servers: Place;
  readonly people: Place;
}): Promise<Record<string, number>> {
  const seconds: Record<string, number> = {};
  const timed = async (what: string, cut: Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await Promise.race([cut, sleep(60_000, undefined, { ref: false })]);
    seconds[what] = Math.round((performance.now() - began) / 100) / 10;
  };
  const ends = Object.entries(places).flatMap(([name, place]) => [
    timed(`headers to ${name}`, dribbledHeaders(place)),
    timed(`handshake to ${name}`, once(silent(place), 'close')),
  ]);
  const { socket } = await session(places.servers);
  await Promise.all([...ends, timed('session without a word', once(socket, 'close'))]);
  return seconds;
}

function silent(place: Place): Socket {
  const socket = connectPlainly(endsOf(place));
  socket.on('error', () => undefined);
  return socket.resume();
}

async function dribbledHeaders(place: Place): Promise<void> {
  const socket = await open(place);
  socket.write('POST /v1/whoami HTTP/1.1\r\nhost: x\r\n');
  const timer = setInterval(() => socket.write('x: 1\r\n'), 1_000);
  socket.resume();
  if (!socket.destroyed) await once(socket, 'close');
  clearInterval(timer);
}
