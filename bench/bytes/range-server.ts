/** Serves one folder with ranges, several in one answer too, and counts what it sent: for zsync. */

import { open, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { basename, join } from 'node:path';

const border = 'a-border-of-parts';

export type RangeServer = {
  readonly address: string;
  sent(): number;
  close(): void;
};

export async function serveRanges(folder: string): Promise<RangeServer> {
  let sent = 0;
  const server = createServer((request, response) => {
    void answer(folder, request, response).then((bytes) => (sent += bytes));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return {
    address: `http://127.0.0.1:${port}`,
    sent: () => sent,
    close: () => void server.close(),
  };
}

async function answer(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  const file = join(folder, basename(request.url ?? ''));
  const found = await stat(file).catch(() => null);
  if (found === null) {
    response.writeHead(404).end();
    return 0;
  }
  const ranges = rangesOf(request.headers.range, found.size);
  const pieces = await readPieces(file, ranges ?? [{ from: 0, until: found.size }]);
  const total = found.size;
  const [first] = ranges ?? [];
  if (ranges === null) response.writeHead(200, { 'content-length': total });
  else if (ranges.length === 1 && first !== undefined) {
    response.writeHead(206, {
      'content-range': `bytes ${first.from}-${first.until - 1}/${total}`,
      'content-length': first.until - first.from,
    });
  } else {
    const type = `multipart/byteranges; boundary=${border}`;
    const bodies = ranges.flatMap(({ from, until }, index) => [
      Buffer.from(
        `\r\n--${border}\r\nContent-Type: application/octet-stream\r\n` +
          `Content-Range: bytes ${from}-${until - 1}/${total}\r\n\r\n`,
      ),
      pieces[index] ?? Buffer.alloc(0),
    ]);
    const body = Buffer.concat([...bodies, Buffer.from(`\r\n--${border}--\r\n`)]);
    response.writeHead(206, { 'content-type': type, 'content-length': body.length });
    response.end(body);
    return body.length;
  }
  const body = Buffer.concat(pieces);
  response.end(body);
  return body.length;
}

type Range = { readonly from: number; readonly until: number };

function rangesOf(header: string | undefined, bytes: number): readonly Range[] | null {
  if (header === undefined) return null;
  return header
    .replace('bytes=', '')
    .split(',')
    .map((one) => {
      const [from = '0', last = ''] = one.trim().split('-');
      return { from: Number(from), until: last === '' ? bytes : Number(last) + 1 };
    });
}

async function readPieces(file: string, ranges: readonly Range[]): Promise<readonly Buffer[]> {
  const handle = await open(file);
  try {
    return await Promise.all(
      ranges.map(async ({ from, until }) => {
        const piece = Buffer.alloc(until - from);
        await handle.read(piece, 0, piece.length, from);
        return piece;
      }),
    );
  } finally {
    await handle.close();
  }
}
