/** What `download` promises, against a real HTTP server that cuts, stalls and lies. */

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { download, fetchBytes, type DownloadOptions } from '#adapters/link/download-http.ts';
import { brand, type Digest } from '#domain/names.ts';
import type { ProblemCode } from '#domain/problem.ts';

const content = randomBytes(300_000);
const digest = brand<Digest>(createHash('sha256').update(content).digest('hex'));
const limits = {
  stallMilliseconds: 150,
  backOffMillisecondsMin: 1,
  backOffMillisecondsMax: 5,
  fruitlessAttemptsMax: 3,
};

type Asked = { readonly attempt: number; readonly from: number };
type Answer = (response: ServerResponse, asked: Asked) => void;

/** Answers as a good server does, from `from` on, of `bytes`. */
const good = (response: ServerResponse, from: number, bytes = content): void => {
  if (from >= bytes.length) return void response.writeHead(416).end();
  const headers: Record<string, string | number> = { 'content-length': bytes.length - from };
  if (from > 0) {
    headers['content-range'] = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
  }
  response.writeHead(from > 0 ? 206 : 200, headers).end(bytes.subarray(from));
};

/** Sends so many bytes of the rest, then breaks the connection. */
const cutAfter = (response: ServerResponse, from: number, bytes: number): void => {
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': content.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
  });
  response.write(content.subarray(from, from + bytes), () =>
    setImmediate(() => response.destroy()),
  );
};

async function site(context: TestContext, answer: Answer) {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-download-'));
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push({ attempt: asked.length + 1, from });
    answer(response, { attempt: asked.length, from });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const url = `http://127.0.0.1:${address.port}/v1/archives/${digest}`;
  const file = join(folder, digest);
  let progress = 0;
  const fetch = (changes: Partial<DownloadOptions> = {}) =>
    download({
      url,
      security: null,
      file,
      digest,
      bytes: content.length,
      progress: (bytes) => {
        assert(bytes > progress, 'progress only goes forward');
        progress = bytes;
      },
      signal: new AbortController().signal,
      limits,
      ...changes,
    });
  return { fetch, file, url, asked, progress: () => progress };
}

const absent = (file: string) => assert.rejects(access(file));

function refusedWith(code: ProblemCode, outcome: Awaited<ReturnType<typeof download>>): void {
  assert(!outcome.ok);
  assert.equal(outcome.because.code, code);
}

test('at a stated pace it waits between what comes, longer than a stall may last, and counts all', async (t) => {
  const told: number[] = [];
  const pace = (bytes: number): number => {
    told.push(bytes);
    return told.length === 2 ? 400 : 1;
  };
  const { fetch } = await site(t, (response, { from }) => good(response, from));
  const began = performance.now();
  const done = await fetch({ pace });
  assert.deepEqual(done, { ok: true, value: { bytesReceived: content.length } });
  assert.equal(
    told.reduce((sum, bytes) => sum + bytes, 0),
    content.length,
  );
  assert(told.length >= 2 && performance.now() - began >= 400);
});

test('a whole file arrives, checked, and is not fetched twice', async (context) => {
  const { fetch, file, asked } = await site(context, (response, { from }) => good(response, from));
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: content.length } });
  assert.deepEqual(await readFile(file), content);
  await absent(`${file}.part`);
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: 0 } });
  assert.equal(asked.length, 1);
});

test('a file of that name with other bytes is replaced', async (context) => {
  const { fetch, file } = await site(context, (response, { from }) => good(response, from));
  await writeFile(file, randomBytes(content.length));
  assert.equal((await fetch()).ok, true);
  assert.deepEqual(await readFile(file), content);
});

test('a cut connection is resumed where it broke, and every byte is counted once', async (context) => {
  const { fetch, file, asked, progress } = await site(context, (response, { attempt, from }) =>
    attempt <= 5 ? cutAfter(response, from, 40_000) : good(response, from),
  );
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: content.length } });
  assert.equal(progress(), content.length);
  assert.deepEqual(
    asked.map(({ from }) => from),
    [0, 40_000, 80_000, 120_000, 160_000, 200_000],
  );
  assert.deepEqual(await readFile(file), content);
});

test('what an earlier run left is taken up, not fetched again', async (context) => {
  const { fetch, file, asked } = await site(context, (response, { from }) => good(response, from));
  await writeFile(`${file}.part`, content.subarray(0, 123_456));
  const outcome = await fetch();
  assert.deepEqual(outcome, { ok: true, value: { bytesReceived: content.length - 123_456 } });
  assert.deepEqual(asked, [{ attempt: 1, from: 123_456 }]);
  assert.deepEqual(await readFile(file), content);
});

test('a whole part needs no request at all', async (context) => {
  const { fetch, file, asked } = await site(context, (response) => response.destroy());
  await writeFile(`${file}.part`, content);
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: 0 } });
  assert.deepEqual(asked, []);
});

test('a spoiled part costs one more copy from zero, and its bytes are counted', async (context) => {
  const { fetch, file, asked } = await site(context, (response, { from }) => good(response, from));
  await writeFile(`${file}.part`, Buffer.alloc(100_000));
  const received = content.length - 100_000 + content.length;
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: received } });
  assert.deepEqual(
    asked.map(({ from }) => from),
    [100_000, 0],
  );
  assert.deepEqual(await readFile(file), content);
});

test('a part longer than the file is thrown away', async (context) => {
  const { fetch, file } = await site(context, (response, { from }) => good(response, from));
  await writeFile(`${file}.part`, Buffer.alloc(content.length + 1));
  assert.equal((await fetch()).ok, true);
  assert.deepEqual(await readFile(file), content);
});

test('a server that knows no ranges is read from the beginning', async (context) => {
  const { fetch, file } = await site(context, (response, { attempt }) =>
    attempt === 1 ? cutAfter(response, 0, 50_000) : good(response, 0),
  );
  const received = content.length + 50_000;
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: received } });
  assert.deepEqual(await readFile(file), content);
});

test('a range that was not asked for is not believed', async (context) => {
  const { fetch, file } = await site(context, (response, { attempt, from }) => {
    if (attempt === 1) return cutAfter(response, from, 50_000);
    return good(response, attempt === 2 ? 60_000 : from);
  });
  assert.equal((await fetch()).ok, true);
  assert.deepEqual(await readFile(file), content);
});

test('other bytes of the right size are refused after two copies, and nothing stays', async (context) => {
  const lie = randomBytes(content.length);
  const { fetch, file, asked } = await site(context, (response, { from }) =>
    good(response, from, lie),
  );
  refusedWith('PACKAGE_DIGEST_WRONG', await fetch());
  assert.equal(asked.length, 2);
  await absent(file);
  await absent(`${file}.part`);
});

test('more bytes than stated are not written', async (context) => {
  const endless = Buffer.concat([content, randomBytes(1_000_000)]);
  const { fetch, file } = await site(context, (response, { from }) =>
    good(response, from, endless),
  );
  refusedWith('PACKAGE_TOO_LARGE', await fetch());
  await absent(file);
  await absent(`${file}.part`);
});

test('fewer bytes than stated are refused', async (context) => {
  const { fetch, file } = await site(context, (response, { from }) =>
    good(response, from, content.subarray(0, 200_000)),
  );
  refusedWith('PACKAGE_DIGEST_WRONG', await fetch());
  await absent(file);
});

test('a stalled answer is given up and resumed', async (context) => {
  const { fetch, asked } = await site(context, (response, { attempt, from }) => {
    if (attempt > 1) return good(response, from);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 10_000));
  });
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: content.length } });
  assert.equal(asked[1]?.from, 10_000);
});

/** A little now and then, for ever: no single wait is ever long. */
const dribble = (response: ServerResponse, from: number): void => {
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': content.length - from,
    'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
  });
  let sent = from;
  const timer = setInterval(() => response.write(content.subarray(sent, (sent += 2))), 20);
  response.on('close', () => clearInterval(timer));
};

test('slow retrieval: a source that dribbles is one that stands still, and its end is a stated one', async (context) => {
  const { fetch, asked, url } = await site(context, (response, { from }) =>
    dribble(response, from),
  );
  const began = performance.now();
  refusedWith('ADDRESS_UNREACHABLE', await fetch());
  assert.equal(asked.length, limits.fruitlessAttemptsMax);
  assert((asked.at(-1)?.from ?? 0) > 0, 'what came is not asked for again');
  const signal = new AbortController().signal;
  const short = { ...limits, wholeMilliseconds: 300 };
  const options = { url, security: null, signal, limits: short, bytesMax: content.length };
  const whole = await fetchBytes(options);
  assert(!whole.ok);
  assert.equal(whole.because.code, 'ADDRESS_UNREACHABLE');
  assert(performance.now() - began < 5_000);
});

test('a server that never answers ends after its bounded attempts', async (context) => {
  const { fetch, asked } = await site(context, () => undefined);
  refusedWith('ADDRESS_UNREACHABLE', await fetch());
  assert.equal(asked.length, limits.fruitlessAttemptsMax);
});

test('a refusal and an absent file are not asked for again', async (context) => {
  for (const [status, code] of [
    [401, 'PEER_NOT_ADMITTED'],
    [403, 'PEER_NOT_ADMITTED'],
    [404, 'PACKAGE_ABSENT'],
  ] as const) {
    const { fetch, asked } = await site(context, (response) =>
      response.writeHead(status).end('no'),
    );
    refusedWith(code, await fetch());
    assert.equal(asked.length, 1);
  }
});

test('a busy server is asked again', async (context) => {
  const { fetch } = await site(context, (response, { attempt, from }) =>
    attempt === 1 ? response.writeHead(503).end('busy') : good(response, from),
  );
  assert.deepEqual(await fetch(), { ok: true, value: { bytesReceived: content.length } });
});

test('an abort ends at once and keeps the part for the next run', async (context) => {
  const { fetch, file } = await site(context, (response, { attempt, from }) => {
    if (attempt > 1) return good(response, from);
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 10_000));
  });
  const abort = new AbortController();
  const outcome = await fetch({ signal: abort.signal, progress: () => abort.abort() });
  refusedWith('ADDRESS_UNREACHABLE', outcome);
  assert((await readFile(`${file}.part`)).length > 0);
  assert.equal((await fetch()).ok, true);
});

test('an address that is none is the fault of who gave it', async (context) => {
  const { fetch } = await site(context, () => undefined);
  refusedWith('ADDRESS_WRONG', await fetch({ url: 'http://' }));
});

test('a disk that refuses is said as a problem of the file', async (context) => {
  const { fetch, file } = await site(context, (response, { from }) => good(response, from));
  await writeFile(file, 'a file where a folder should be');
  const outcome = await fetch({ file: join(file, digest) });
  refusedWith('FILE_UNREADABLE', outcome);
});

test('few bytes are fetched into memory, more than the limit are not', async (context) => {
  const { url } = await site(context, (response, { attempt, from }) =>
    attempt === 1 ? response.writeHead(500).end() : good(response, from),
  );
  const options = { url, security: null, signal: new AbortController().signal, limits };
  const whole = await fetchBytes({ ...options, bytesMax: content.length });
  assert(whole.ok);
  assert.deepEqual(whole.value, content);
  const tooMuch = await fetchBytes({ ...options, bytesMax: content.length - 1 });
  assert(!tooMuch.ok);
  assert.equal(tooMuch.because.code, 'PACKAGE_TOO_LARGE');
});
