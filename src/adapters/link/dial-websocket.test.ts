import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { pino } from 'pino';
import { WebSocketServer } from 'ws';
import type { Clock } from '#ports/clock.ts';
import { systemClock } from '../daemon/clock-system.ts';
import { backOffMilliseconds } from '#protocol/shared/redial.ts';
import { dial, dialLimits } from './dial-websocket.ts';
import type { SocketLink } from './socket-link.ts';

/** Time goes a hundred times as fast for the dialler. */
const quickClock: Clock = {
  now: () => systemClock.now(),
  monotonic: () => systemClock.monotonic() * 100,
  after: (milliseconds, act) => systemClock.after(milliseconds / 100, act),
};

function start(context: TestContext, address: () => string | null) {
  const links: SocketLink[] = [];
  const lines: string[] = [];
  const heard: unknown[] = [];
  const waiting: (() => void)[] = [];
  const handle = dial({
    address,
    path: '/v1/session',
    security: null,
    messageBytesMax: 1_000,
    clock: quickClock,
    chance: () => 0.5,
    log: pino({}, { write: (line: string) => void lines.push(line) }),
    opened: (link) => {
      links.push(link);
      link.onMessage((input) => heard.push(input));
      for (const act of waiting.splice(0)) act();
    },
  });
  context.after(() => handle.close());
  const nextLink = (number: number): Promise<SocketLink> =>
    new Promise((resolve) => {
      const look = (): void => {
        const link = links[number];
        if (link === undefined) waiting.push(look);
        else resolve(link);
      };
      look();
    });
  return { handle, links, lines, heard, nextLink };
}

const closed = (link: SocketLink): Promise<void> =>
  new Promise((resolve) => link.onClose(() => resolve()));

async function webSocketServer(context: TestContext, port = 0) {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  await once(server, 'listening');
  const stop = (): void => {
    for (const client of server.clients) client.terminate();
    server.close();
  };
  context.after(stop);
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return { server, stop, port: address.port, address: `http://127.0.0.1:${address.port}` };
}

async function tcpServer(context: TestContext, serve: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  return { address: `http://127.0.0.1:${address.port}`, sockets };
}

test('the back-off doubles from 0.2 s to 15 s, half of it by chance', () => {
  assert.equal(backOffMilliseconds(1, 0), 100);
  assert.equal(backOffMilliseconds(1, 1), 200);
  assert.equal(backOffMilliseconds(3, 1), 800);
  assert.equal(backOffMilliseconds(7, 1), 12_800);
  assert.equal(backOffMilliseconds(50, 1), dialLimits.backOffMillisecondsMax);
});

test('a half-open connection is given up within 30 s', () => {
  assert(2 * dialLimits.pingMilliseconds <= 30_000);
});

test('messages go both ways', async (context) => {
  const { server, address } = await webSocketServer(context);
  server.on('connection', (socket, request) => {
    assert.equal(request.url, '/v1/session');
    assert.equal(request.headers['sec-websocket-extensions'], undefined);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  const { nextLink } = start(context, () => address);
  const link = await nextLink(0);
  const echo = new Promise((resolve) => link.onMessage(resolve));
  link.send({ type: 'hello', text: '配信' });
  assert.deepEqual(await echo, { type: 'hello', text: '配信' });
});

test('it dials again when the server went away and came back', async (context) => {
  const first = await webSocketServer(context);
  const { nextLink, lines } = start(context, () => first.address);
  const ended = closed(await nextLink(0));
  first.stop();
  await ended;
  await webSocketServer(context, first.port);
  await nextLink(1);
  assert(lines.some((line) => line.includes('link-ended')));
});

test('an address that is not known yet is asked for again', async (context) => {
  const { address } = await webSocketServer(context);
  let asked = 0;
  const { nextLink } = start(context, () => (++asked < 4 ? null : address));
  await nextLink(0);
  assert.equal(asked, 4);
});

test('an address that is no address is said, and asked for again', async (context) => {
  const { address } = await webSocketServer(context);
  let asked = 0;
  const { nextLink, lines } = start(context, () => (++asked < 3 ? 'not an address' : address));
  await nextLink(0);
  assert(lines.some((line) => line.includes('ADDRESS_WRONG')));
});

test('a peer that answers no ping is noticed', async (context) => {
  const { address, sockets } = await tcpServer(context, (socket) => {
    socket.once('data', (head) => {
      const key = /sec-websocket-key: (.*)\r/i.exec(String(head))?.[1] ?? '';
      const accept = createHash('sha1')
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        'HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
          `sec-websocket-accept: ${accept}\r\n\r\n`,
      );
    });
  });
  const { nextLink, lines } = start(context, () => address);
  await closed(await nextLink(0));
  assert(lines.some((line) => line.includes('no sound from the other side')));
  await nextLink(1);
  assert(sockets.length >= 2);
});

test('a quiet connection that answers pings stays', async (context) => {
  const { server, address } = await webSocketServer(context);
  let pings = 0;
  const enough = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('ping', () => {
        if (++pings === 4) resolve();
      });
    });
  });
  const { links } = start(context, () => address);
  await enough;
  assert.equal(links.length, 1);
});

test('a refusal is said once and tried slowly', async (context) => {
  let attempts = 0;
  const answered = Promise.withResolvers<void>();
  const { address } = await tcpServer(context, (socket) => {
    attempts += 1;
    if (attempts === 3) answered.resolve();
    socket.end('HTTP/1.1 403 Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  const began = performance.now();
  const { lines } = start(context, () => address);
  await answered.promise;
  // Two waits of at least half of 30 s, on a clock that is a hundred times as fast.
  assert(performance.now() - began >= 2 * 150);
  assert.equal(lines.filter((line) => line.includes('link-refused')).length, 1);
});

test('what is not JSON, or too long, ends the session', async (context) => {
  const { server, address } = await webSocketServer(context);
  const bad = ['{"type":', 'x'.repeat(2_000)];
  server.on('connection', (socket) => {
    const text = bad.shift();
    if (text !== undefined) socket.send(text);
  });
  const { nextLink, lines, heard } = start(context, () => address);
  await nextLink(2);
  assert.deepEqual(heard, []);
  assert.equal(lines.filter((line) => line.includes('"event":"link-ended"')).length, 2);
});

test('after close nothing dials any more', async (context) => {
  const { server, address } = await webSocketServer(context);
  const { handle, nextLink, links } = start(context, () => address);
  const gone = closed(await nextLink(0));
  handle.close();
  await gone;
  const again = once(server, 'connection', { signal: AbortSignal.timeout(100) });
  await assert.rejects(again);
  assert.equal(links.length, 1);
});
