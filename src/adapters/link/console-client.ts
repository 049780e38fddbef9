/**
 * Asks a console listener by the contract: one `POST` with the token, one parsed answer. Tells
 * apart who did not answer, who is not of this organisation, and who refused.
 */

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { callPath, type ParamsOf, type ResultOf } from '#protocol/console/contract.ts';
import { importPath, importResult } from '#protocol/console/share-import.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { problem as problemSchema } from '#protocol/shared/primitives.ts';
import { believedAt, requestTo, type Believed } from './console-client-tls.ts';
import { readRunFile, readToken } from '../daemon/daemon-files.ts';
import { PeerRefused } from '../identity/link-trust.ts';

export const consoleClientLimits = {
  answerBytesMax: 256 * 1024 * 1024,
  /** A silent server for so long is not answering. */
  silenceMs: 120_000,
  /** A restore or an import of a large release is checked byte by byte before it is answered. */
  importSilenceMs: 900_000,
} as const;

export type ConsoleTable = Record<
  string,
  { readonly params: z.ZodType; readonly result: z.ZodType }
>;

export type ConsoleAddress = {
  readonly address: string;
  /** null: nobody is known yet, as before a login. */
  readonly token: string | null;
  /** Who must answer there; null: an insecure loopback. */
  readonly believed: Believed;
};
export type ConsoleService = 'information-server' | 'control-manager';

/** The services of which one stands for a whole installation, the uppermost first. */
const tiers = ['control-manager', 'information-server', 'normal-server'] as const;

type Where = {
  readonly root?: string | undefined;
  readonly address?: string | undefined;
  readonly tokenFile?: string | undefined;
  /** organisation.json; needed with an address. */
  readonly organisation?: string | undefined;
  /** Whose upper tier must answer; default: of the installation, or of the login. */
  readonly site?: string | undefined;
  readonly services: readonly ConsoleService[];
  /** What an earlier login got at this address; null: nothing. */
  readonly loginAt?: (address: string) => Promise<LoginThere | null>;
};

type LoginThere = { readonly secret: string; readonly site?: string | undefined };

type Place = Omit<ConsoleAddress, 'token'> & { readonly service: ConsoleService | null };

/** Where to ask, and whom to believe there. */
export async function placeOf(where: Where): Promise<Result<Place>> {
  const found = where.address === undefined ? await addressInRoot(where) : named(where.address);
  if (!found.ok) return found;
  const { address } = found.value;
  const believed = await believedAt(address, {
    root: where.root,
    organisationFile: where.organisation,
    site: where.site ?? (await where.loginAt?.(address))?.site,
    isOwn: where.address === undefined,
  });
  return believed.ok ? ok({ ...found.value, believed: believed.value }) : believed;
}

/** Where to ask and with which token; nothing is asked yet. */
export async function consoleAt(
  where: Where,
): Promise<Result<ConsoleAddress & { readonly service: ConsoleService | null }>> {
  const place = await placeOf(where);
  if (!place.ok) return place;
  // A file that was named goes before a login, and a login before the installation's own token.
  const login =
    where.tokenFile === undefined ? await where.loginAt?.(place.value.address) : undefined;
  const token = login ? ok(login.secret) : await tokenOf(where);
  return token.ok ? ok({ ...place.value, token: token.value }) : token;
}

type Found = { readonly address: string; readonly service: ConsoleService | null };

function named(text: string): Result<Found> {
  const url = URL.parse(text);
  const isWhole =
    /^https?:$/.test(url?.protocol ?? '') && url?.hostname !== '' && url?.pathname === '/';
  return url !== null && isWhole
    ? ok({ address: url.origin, service: null })
    : refuse(problem('ADDRESS_WRONG', { address: text }));
}

async function addressInRoot(where: {
  readonly root?: string | undefined;
  readonly services: readonly ConsoleService[];
}): Promise<Result<Found>> {
  const { root, services } = where;
  if (root === undefined) return refuse(problem('ADDRESS_ABSENT', {}));
  if (!(await exists(join(root, 'settings.yaml')))) {
    return refuse(problem('INSTALLATION_ABSENT', { folder: root }));
  }
  for (const service of services) {
    const address = readRunFile(root, service)?.addresses.console;
    if (address !== undefined) return ok({ address, service });
  }
  const tier = tiers.find((one) => readRunFile(root, one) !== null);
  if (tier !== undefined) {
    return refuse(problem('OTHER_TIER', { folder: root, tier, wanted: services.join(', ') }));
  }
  const address = join(root, 'run', `${services[0]}.json`);
  return refuse(problem('ADDRESS_UNREACHABLE', { address, detail: 'ENOENT' }));
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null)) !== null;
}

async function tokenOf(where: {
  readonly root?: string | undefined;
  readonly tokenFile?: string | undefined;
}): Promise<Result<string>> {
  const { root, tokenFile } = where;
  if (tokenFile === undefined) {
    if (root !== undefined) return readToken(root, 'console');
    return refuse(problem('TOKEN_ABSENT', { file: '--token-file' }));
  }
  const token = (await readFile(tokenFile, 'utf8').catch(() => '')).trim();
  // A token is one line of plain characters; anything else would break the header it goes into.
  const isToken = /^[\x21-\x7e]{1,4096}$/.test(token);
  return isToken ? ok(token) : refuse(problem('TOKEN_ABSENT', { file: tokenFile }));
}

export async function callConsole<Table extends ConsoleTable, Name extends keyof Table & string>(
  table: Table,
  where: ConsoleAddress,
  asked: { readonly call: Name; readonly params: ParamsOf<Table, Name> },
): Promise<Result<ResultOf<Table, Name>>> {
  const { call, params } = asked;
  const body = Buffer.from(JSON.stringify(params));
  const answer = await exchange(where, {
    path: callPath(call),
    type: 'application/json',
    silenceMs: consoleClientLimits.silenceMs,
    length: body.length,
    send: async (outgoing) => {
      outgoing.end(body);
    },
  });
  if (!answer.ok) return answer;
  const shape: z.ZodType | undefined = table[call]?.result;
  const parsed = shape?.safeParse(answer.value);
  if (parsed?.success === true) return ok(parsed.data as ResultOf<Table, Name>);
  return refuse(unreadable(call, parsed?.error));
}

function unreadable(call: string, error: z.ZodError | undefined): Problem {
  return problem('ANSWER_UNREADABLE', { call, detail: detailOf(error) });
}

/** Streams a release file into the share; whole files never stand in memory. */
export async function importRelease(
  where: ConsoleAddress,
  file: string,
  progress: (bytesSent: number, bytesTotal: number) => void,
): Promise<Result<z.infer<typeof importResult>>> {
  const facts = await stat(file).catch((error: unknown) => String(error));
  if (typeof facts === 'string' || !facts.isFile()) {
    const detail = typeof facts === 'string' ? facts : 'EISDIR';
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
  if (await isCompressed(file)) {
    const detail = 'a compressed archive; the .release file of the same version is wanted here';
    return refuse(problem('PACKAGE_UNREADABLE', { file, detail }));
  }
  let bytesSent = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      bytesSent += piece.length;
      progress(bytesSent, facts.size);
      done(null, piece);
    },
  });
  const answer = await exchange(where, {
    path: importPath,
    type: 'application/octet-stream',
    silenceMs: consoleClientLimits.importSilenceMs,
    length: facts.size,
    send: (outgoing) => pipeline(createReadStream(file), counted, outgoing),
  });
  if (!answer.ok) return answer;
  const parsed = importResult.safeParse(answer.value);
  return parsed.success ? ok(parsed.data) : refuse(unreadable('share.import', parsed.error));
}

/** What the first computer is installed from, .tar.gz, is taken for a release only too easily. */
async function isCompressed(file: string): Promise<boolean> {
  const source = createReadStream(file, { end: 1 });
  const start: Buffer[] = [];
  try {
    for await (const piece of source as AsyncIterable<Buffer>) start.push(piece);
  } catch {
    return false; // said when it is sent
  }
  return Buffer.concat(start).equals(Buffer.from([0x1f, 0x8b]));
}

type Exchange = {
  readonly path: string;
  readonly type: string;
  readonly length: number;
  readonly silenceMs: number;
  send(outgoing: ClientRequest): Promise<void>;
};

/** One request, one JSON answer: the value, or the problem that the other side names. */
async function exchange(where: ConsoleAddress, asked: Exchange): Promise<Result<unknown>> {
  const { address, token, believed } = where;
  const outgoing = requestTo(new URL(asked.path, address), believed, {
    method: 'POST',
    agent: false,
    timeout: asked.silenceMs,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      'content-type': asked.type,
      'content-length': asked.length,
    },
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('ETIMEDOUT')));
  const incoming = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
  });
  // A server may refuse before it has read everything; then its answer counts, not our pipe.
  asked.send(outgoing).catch(() => undefined);
  try {
    const response = await incoming;
    const text = await readAll(response);
    return valueOf(response.statusCode ?? 0, text, address);
  } catch (error) {
    if (error instanceof PeerRefused) return refuse(error.because);
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    // The parser's own codes: whoever answers does not speak HTTP.
    if (code.startsWith('HPE_')) return refuse(problem('NOT_DANKAI', { address }));
    const detail = code === '' && error instanceof Error ? error.message : code;
    return refuse(problem('ADDRESS_UNREACHABLE', { address, detail }));
  } finally {
    outgoing.destroy();
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > consoleClientLimits.answerBytesMax) throw new Error('EMSGSIZE');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

const refusalSchema = z.object({ problem: z.object({ code: z.string() }).loose() });

function valueOf(status: number, text: string, address: string): Result<unknown> {
  const value = parseJson(text);
  if (status === 200 && value !== undefined) return ok(value);
  const refusal = refusalSchema.safeParse(value);
  if (!refusal.success) return refuse(problem('NOT_DANKAI', { address }));
  const known = problemSchema.safeParse(refusal.data.problem);
  if (known.success) return refuse(known.data);
  const { code } = refusal.data.problem;
  return refuse(problem('ANSWER_UNREADABLE', { call: address, detail: code }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
