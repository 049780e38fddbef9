/**
 * ClamAV as an engine: content is a folder of signature databases, which the daemon reads through the
 * link `current`. New ones are tried by `clamscan` in a process of its own, with limits: they load,
 * still find the EICAR test file, and flag nothing of the system. What the daemon says is proof of it:
 * it finds the test file, and the canary of that very content where it brings one.
 */

import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContentEngine } from '#ports/content-engine.ts';
import type { CommandEnd } from '#ports/installer.ts';
import { errorCode } from '../files/atomic-file.ts';
import type { EngineCommand, RunIn } from './engine-commands.ts';

/** In two pieces, so that no scanner flags this file. */
export const eicar = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR',
  '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
].join('');

/** A file of the content that its own signatures flag: by it is seen that they are in use. */
const canaryName = 'canary';

export const clamavLimits = {
  answerMilliseconds: 2_000,
  lookMilliseconds: 100,
} as const;

export type Clamav = {
  /** Where the daemon listens: `LocalSocket` of its configuration. */
  readonly socket: string;
  readonly scanner: string;
  /** Starts the daemon again where it is gone. */
  readonly start?: EngineCommand | undefined;
  /** Databases that the daemon reads as well, each content of its own; new ones are tried with them. */
  readonly besides: readonly string[];
  /** Files of the system that no content may flag. */
  readonly knownGood: readonly string[];
  readonly trySecondsMax: number;
  readonly tryMemoryMebibytesMax: number;
  readonly reloadSecondsMax: number;
};

export function engineClamav(
  settings: Clamav,
  facts: {
    readonly run: RunIn;
    readonly current: string;
    readonly times: number;
    readonly intervalSeconds: number;
  },
): ContentEngine {
  const { run, current, times, intervalSeconds } = facts;
  const { socket } = settings;

  async function isWell(): Promise<CommandEnd> {
    const canary = await readOrNull(join(current, canaryName));
    for (const [what, bytes] of [
      ['the EICAR test file', Buffer.from(eicar)],
      ['the canary of this content', canary],
    ] as const) {
      if (bytes === null) continue;
      const said = await scanned(socket, bytes).catch((error: unknown) => String(error));
      if (!said.endsWith('FOUND')) return no(`${what} is not found: ${said}`);
    }
    return { ok: true };
  }

  return {
    times,
    intervalSeconds,
    isWell,
    tries: (folder) => tryBeside(settings, { run, folder }),
    async takes() {
      const until = performance.now() + settings.reloadSecondsMax * 1_000;
      const asked = await ask(socket, 'zRELOAD\0').catch((error: unknown) => String(error));
      if (asked !== 'RELOADING') {
        const started = await startAgain(settings, run, current);
        if (!started.ok) return started;
      }
      for (;;) {
        const well = await isWell();
        // Started anew with what ended it, it would end again: the content before is what helps.
        const isGone = !(await answers(socket));
        if (well.ok || isGone || performance.now() >= until) return well;
        await sleep(clamavLimits.lookMilliseconds);
      }
    },
  };
}

const no = (detail: string): CommandEnd => ({ ok: false, timeout: false, detail });

/** The daemon does not answer: it is started anew, with what is current. */
async function startAgain(
  { socket, start, reloadSecondsMax }: Clamav,
  run: RunIn,
  folder: string,
): Promise<CommandEnd> {
  if (start === undefined) return no(`nobody answers at ${socket}`);
  const started = await run(folder, start);
  if (!started.ok) return started;
  const until = performance.now() + reloadSecondsMax * 1_000;
  while (performance.now() < until) {
    if (await answers(socket)) return { ok: true };
    await sleep(clamavLimits.lookMilliseconds);
  }
  return no(`nobody answers at ${socket}, though it was started`);
}

async function answers(socket: string): Promise<boolean> {
  return (await ask(socket, 'zPING\0').catch(() => '')) === 'PONG';
}

/** One load for all: the test file must be found, and nothing else. */
async function tryBeside(
  { scanner, besides, knownGood, trySecondsMax, tryMemoryMebibytesMax }: Clamav,
  { run, folder }: { readonly run: RunIn; readonly folder: string },
): Promise<CommandEnd> {
  const work = await mkdtemp(join(tmpdir(), 'dankai-clamav-'));
  try {
    const [bad, log] = [join(work, 'eicar'), join(work, 'log')];
    await writeFile(bad, eicar);
    const bytes = tryMemoryMebibytesMax * 1024 * 1024;
    const limited = ['prlimit', `--as=${bytes}`, '--', scanner];
    const databases = [folder, ...besides].map((one) => `--database=${one}`);
    const how = [...databases, '--no-summary', '--infected', '--stdout', `--log=${log}`];
    const argv = [...limited, ...how, bad, ...knownGood.filter((file) => existsSync(file))];
    const end = await run(folder, { argv, secondsMax: trySecondsMax });
    const found = (await readOrNull(log))?.toString('utf8') ?? '';
    const flagged = found.split('\n').filter((line) => line.endsWith(' FOUND'));
    const wrong = flagged.filter((line) => !line.startsWith(`${bad}: `));
    if (wrong.length > 0) return no(`it flags what is known to be good: ${wrong.join(', ')}`);
    // Its status is 1 where it found something, as it must.
    if (flagged.length > 0 && isFound(end)) return { ok: true };
    return end.ok ? no('it does not find the EICAR test file') : end;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function isFound(end: CommandEnd): boolean {
  return !end.ok && !end.timeout && end.detail.startsWith('status 1');
}

async function readOrNull(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** What the daemon says of these bytes. */
export function scanned(socket: string, bytes: Uint8Array): Promise<string> {
  const length = (count: number): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(count);
    return head;
  };
  const body = Buffer.concat([Buffer.from('zINSTREAM\0'), length(bytes.length), bytes, length(0)]);
  return ask(socket, body);
}

/** One question, one answer, in time. */
function ask(socket: string, question: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const link = connect(socket);
    link.setTimeout(clamavLimits.answerMilliseconds, () =>
      link.destroy(new Error('no answer in time')),
    );
    link.on('connect', () => link.write(question));
    link.on('data', (piece: Buffer) => {
      said += piece.toString('utf8');
    });
    link.on('error', reject);
    link.on('close', () => resolve(said.replaceAll('\0', '').trim()));
  });
}
