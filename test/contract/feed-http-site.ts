/** A legacy update site behind HTTP on loopback, as a web server and a proxy serve it. */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';

export type Served = { readonly path: string; readonly status: number; readonly range: string };

export class HttpSiteForTests {
  /** What was asked and answered, in order. */
  readonly served: Served[] = [];
  /** Answers are cut off after so many bytes of a body, as often as it says. */
  cut = { bytes: Number.POSITIVE_INFINITY, times: 0 };
  knowsRanges = true;
  /** Stands for a file, whatever the folder has. */
  readonly instead = new Map<
    string,
    (request: IncomingMessage, response: ServerResponse) => void
  >();
  readonly #folder: string;
  readonly #server: Server;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async over(folder: string): Promise<HttpSiteForTests> {
    const site = new HttpSiteForTests(folder);
    await listening(site.#server);
    return site;
  }

  get url(): string {
    return `${addressOf(this.#server)}/site/`;
  }

  async close(): Promise<void> {
    await closed(this.#server);
  }

  /** Of bodies, since it was last asked. */
  statuses(): readonly string[] {
    return this.served.splice(0).map(({ path, status, range }) => `${status} ${path}${range}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? '').replace(/^\/site\//, '');
    const note = (status: number, range = ''): void => {
      this.served.push({ path, status, range });
    };
    const instead = this.instead.get(path);
    if (instead !== undefined) {
      instead(request, response);
      note(response.statusCode);
      return;
    }
    const bytes = await readFile(join(this.#folder, path)).catch(() => null);
    if (bytes === null) {
      note(404);
      response.writeHead(404).end('not here');
      return;
    }
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
    if (request.headers['if-none-match'] === etag) {
      note(304);
      response.writeHead(304, { etag }).end();
      return;
    }
    const isSame = request.headers['if-range'] === etag;
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const mayBePart = isSame || request.headers['if-range'] === undefined;
    const isPart = mayBePart && first !== undefined && this.knowsRanges;
    const from = isPart ? Number(first) : 0;
    const until = isPart && last !== '' ? Math.min(Number(last) + 1, bytes.length) : bytes.length;
    const rest = bytes.subarray(from, until);
    const said = last === '' ? ` from ${from}` : ` ${from}-${last}`;
    note(isPart ? 206 : 200, isPart ? said : '');
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'content-length': rest.length,
      ...(isPart ? { 'content-range': `bytes ${from}-${until - 1}/${bytes.length}` } : {}),
    });
    if (this.cut.times > 0 && rest.length > this.cut.bytes) {
      this.cut.times -= 1;
      // Time enough to read what was sent: an error drops what is still in a buffer.
      response.write(rest.subarray(0, this.cut.bytes), () => {
        setTimeout(() => response.destroy(), 300);
      });
      return;
    }
    response.end(rest);
  }
}

/** A proxy that lets in who knows its password, and notes where it led. */
export async function proxyForTests(login: string | null): Promise<{
  readonly url: string;
  readonly led: string[];
  close(): Promise<void>;
}> {
  const led: string[] = [];
  const wanted = login === null ? null : `Basic ${Buffer.from(login).toString('base64')}`;
  const isLetIn = ({ headers }: IncomingMessage): boolean =>
    wanted === null || headers['proxy-authorization'] === wanted;
  const server = createServer((request, response) => {
    if (!isLetIn(request)) return void response.writeHead(407).end();
    led.push(request.url ?? '');
    const target = new URL(request.url ?? '');
    const onward = connect(Number(target.port), target.hostname, () => {
      onward.write(
        `${request.method} ${target.pathname} HTTP/1.1\r\nhost: ${target.host}\r\nconnection: close\r\n\r\n`,
      );
      onward.pipe(response.socket ?? onward);
    });
    onward.on('error', () => response.destroy());
  });
  await listening(server);
  return { url: addressOf(server), led, close: () => closed(server) };
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

function addressOf(server: Server): string {
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
}
