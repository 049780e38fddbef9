/**
 * A whole installation folder with tiny daemons for the launcher's tests: real files, real
 * processes. A daemon does what `behaviour` in its slot says, shows what it hears in
 * `heard-<service>.json`, and passes on what `ask.json` says when it gets SIGUSR2.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entry } from '#launcher/entries.ts';
import { flagsFor } from '#launcher/lean.ts';
import { appendIntent, readIntentFile } from '#launcher/intent-file.ts';
import type { LauncherSelf, Track, TrackState } from '#protocol/launcher/messages.ts';

export type Behaviour =
  | 'proves'
  /** Healthy at once, proven only while ROOT/network exists. */
  | 'needs-network'
  | 'hangs'
  | 'exits'
  | 'refuses-settings'
  /** Says that it is healthy, then ends. */
  | 'crashes'
  /** Proves itself, but SIGTERM does not end it. */
  | 'ignores-sigterm'
  /** Proves itself if it has not the slot `new`; takes 10 MiB more every 50 ms from then on. */
  | 'leaks'
  /** Proves itself, says once that it is alive, and hangs; started again, it does not. */
  | 'hangs-once'
  /** Proves itself, and then says that it is answered, but not accepted. */
  | 'is-not-accepted';

/** What a test has a daemon ask of its launcher; `crash` is asked of the daemon itself. */
export type Request =
  | {
      readonly type: 'switch';
      readonly track: Track;
      readonly slot: string;
      readonly proveSeconds: number;
      readonly tag: string;
    }
  | { readonly type: 'want'; readonly track: Track; readonly wanted: 'running' | 'stopped' }
  | { readonly type: 'crash' }
  | { readonly type: 'renew' };

const launcherMain = fileURLToPath(new URL('../../src/launcher/main.ts', import.meta.url));
const ipc = new URL('../../src/adapters/daemon/launcher-ipc.ts', import.meta.url).href;

const daemon = `
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connectLauncher } from '${ipc}';
const [service, , root, , data] = process.argv.slice(2);
const slot = new URL('../..', import.meta.url).pathname.split('/').at(-2);
const behaviour = readFileSync(new URL('behaviour', import.meta.url), 'utf8');
appendFileSync(data + '/written-by', slot + '\\n');
appendFileSync(root + '/starts.log', [service, slot, process.pid].join(' ') + '\\n');
console.log('hello from ' + slot);
if (behaviour === 'exits') process.exit(1);
if (behaviour === 'refuses-settings') process.exit(78);
const link = connectLauncher();
process.on('SIGUSR2', () => {
  const { type, ...request } = JSON.parse(readFileSync(root + '/ask.json', 'utf8'));
  if (type === 'switch') link.requestSwitch(request);
  if (type === 'want') link.want(request);
  if (type === 'renew') link.renew();
  if (type === 'crash') process.exit(1);
});
link.onState((tracks) => {
  const file = root + '/heard-' + service + '.json';
  const launcher = link.self() ?? undefined;
  writeFileSync(file + '.part', JSON.stringify({ pid: process.pid, slot, tracks, launcher }));
  renameSync(file + '.part', file);
});
if (behaviour === 'ignores-sigterm') process.on('SIGTERM', () => undefined);
if (behaviour === 'proves' || behaviour === 'ignores-sigterm') link.proven();
if (behaviour === 'crashes') { link.healthy(); setTimeout(() => process.exit(1), 30); }
if (behaviour === 'leaks') {
  if (slot !== 'new') link.proven();
  else link.healthy();
  const held = [];
  setInterval(() => held.push(Buffer.alloc(10 * 1024 * 1024, 1)), 50);
}
if (behaviour === 'hangs-once') {
  link.proven();
  const isAgain = existsSync(root + '/hung');
  writeFileSync(root + '/hung', '');
  if (!isAgain) process.send({ v: 1, type: 'alive', session: 'accepted' }, () => { for (;;); });
}
if (behaviour === 'is-not-accepted') {
  link.proven();
  setInterval(() => process.send({ v: 1, type: 'alive', session: 'answered' }), 100);
}
if (behaviour === 'needs-network') {
  link.healthy();
  setInterval(() => { if (existsSync(root + '/network')) link.proven(); }, 20);
}
setInterval(() => undefined, 1_000);
`;

export type Heard = {
  readonly pid: number;
  readonly slot: string;
  readonly tracks: { readonly [Name in Track]?: TrackState };
  readonly launcher?: LauncherSelf;
};

export type Site = ReturnType<typeof makeSite>;

/** Lays down a folder in which slot `old` is committed as generation 1 of every track. */
export function makeSite(options: {
  readonly services: readonly {
    readonly name: string;
    readonly track: Track;
    readonly memoryMebibytesMax?: number;
  }[];
  readonly old?: Behaviour;
  /** Of launcher.json, besides. */
  readonly limits?: {
    readonly silenceSecondsMax?: number;
    readonly unacceptedHoursMax?: number;
    readonly renewalSecondsMax?: number;
  };
}) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'dankai-launcher-')));
  const launchers = new Set<ChildProcess>();
  writeFileSync(
    join(root, 'launcher.json'),
    JSON.stringify({ format: 1, services: options.services, ...options.limits }),
  );

  function addSlot(slot: string, behaviour: Behaviour): void {
    const app = join(root, 'slots', slot, 'tree', 'app');
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'main.mjs'), daemon);
    writeFileSync(join(app, 'behaviour'), behaviour);
  }

  function addGeneration(track: Track, generation: number, slot: string): void {
    const folder = join(root, 'tracks', track, 'generations', String(generation));
    mkdirSync(join(folder, 'data', 'deeper'), { recursive: true });
    writeFileSync(join(folder, 'data', 'deeper', 'kept'), 'from the beginning');
    symlinkSync(join('..', '..', '..', '..', 'slots', slot), join(folder, 'slot'));
  }

  function pointCurrent(track: Track, generation: number): void {
    const current = join(root, 'tracks', track, 'current');
    rmSync(current, { force: true });
    symlinkSync(join('generations', String(generation)), current);
  }

  addSlot('old', options.old ?? 'proves');
  for (const track of new Set(options.services.map((service) => service.track))) {
    addGeneration(track, 1, 'old');
    pointCurrent(track, 1);
  }

  const intentFile = (track: Track): string => join(root, 'tracks', track, 'intent.log');

  /** With its flags from the beginning, unless `plain`: then it begins itself again with them. */
  function launch(how: 'lean' | 'plain' = 'lean', variables: NodeJS.ProcessEnv = {}): ChildProcess {
    return launchAt(launcherMain, how, variables);
  }

  function launchAt(
    program: string,
    how: 'lean' | 'plain' = 'plain',
    variables: NodeJS.ProcessEnv = {},
  ): ChildProcess {
    const flags = how === 'lean' ? flagsFor('launcher') : [];
    const child = spawn(process.execPath, [...flags, program, '--root', root], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...variables },
    });
    launchers.add(child);
    return child;
  }

  function heard(service: string): Heard | null {
    const file = join(root, `heard-${service}.json`);
    if (!existsSync(file)) return null;
    const found = JSON.parse(readFileSync(file, 'utf8')) as Heard;
    return isAlive(found.pid) ? found : null;
  }

  return {
    root,
    addSlot,
    addGeneration,
    pointCurrent,
    launch,
    launchAt,
    heard,
    /** What a live daemon heard, as soon as it is so. */
    hears: (service: string, matches: (heard: Heard) => boolean, within?: number) =>
      until(
        `${service} in ${root}`,
        () => {
          const found = heard(service);
          return found !== null && matches(found) ? found : null;
        },
        within,
      ),
    ask(service: string, message: Request): void {
      const found = heard(service);
      if (found === null) throw new Error(`${service} does not run`);
      writeFileSync(join(root, 'ask.json'), JSON.stringify(message));
      process.kill(found.pid, 'SIGUSR2');
    },
    write: (entries: readonly Entry[], track: Track = 'program') => {
      for (const entry of entries) appendIntent(intentFile(track), entry);
    },
    writeLines: (file: string, lines: readonly object[]) => {
      for (const line of lines) appendIntent(file, line);
    },
    intentFile,
    entries: (track: Track = 'program') => readIntentFile(intentFile(track)).lines as Entry[],
    current: (track: Track = 'program') => readlinkSync(join(root, 'tracks', track, 'current')),
    generations: (track: Track = 'program') =>
      readdirSync(join(root, 'tracks', track, 'generations')).toSorted(),
    writtenBy: (generation: number) =>
      readFileSync(
        join(root, 'tracks', 'program', 'generations', String(generation), 'data', 'written-by'),
        'utf8',
      )
        .trim()
        .split('\n'),
    starts: () =>
      existsSync(join(root, 'starts.log'))
        ? readFileSync(join(root, 'starts.log'), 'utf8').trim().split('\n')
        : [],
    log: () => readFileSync(join(root, 'logs', 'launcher.log'), 'utf8'),
    /** Live processes that were started for this folder, launchers left out. */
    daemons: () => daemonsOf(root),
    clean(): void {
      for (const launcher of launchers) launcher.kill('SIGKILL');
      for (const pid of [...daemonsOf(root), ...triedIn(root)]) process.kill(pid, 'SIGKILL');
      rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z');
  } catch {
    return false;
  }
}

export const daemonsOf = (root: string): number[] => startedWith('--data', root);

/** Launchers that are tried. */
export const triedIn = (root: string): number[] => startedWith('--trial', root);

function startedWith(word: string, root: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        return line.includes(word) && line.includes(root);
      } catch {
        return false;
      }
    })
    .map(Number)
    .filter(isAlive);
}

export async function until<Found>(
  what: string,
  look: () => Found | null | undefined | false,
  within = 20_000,
): Promise<Found> {
  const deadline = performance.now() + within;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

export function ended(child: ChildProcess): Promise<{ status: number | null; talk: string }> {
  const { promise, resolve } = Promise.withResolvers<{ status: number | null; talk: string }>();
  let talk = '';
  child.stderr?.on('data', (chunk: Buffer) => (talk += String(chunk)));
  child.on('close', (status) => resolve({ status, talk }));
  return promise;
}
