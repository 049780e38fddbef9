#!/usr/bin/env node
/**
 * The one entry of the `dankai` program. A daemon, and `catalogue check`, are started before
 * anything else is loaded; every other command goes through the argument parser.
 */

import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { inspect, parseArgs } from 'node:util';
import type { Problem } from '#domain/problem.ts';

type Folders = { readonly root: string; readonly data: string };

/** Runs until it is told to end; answers its exit status. */
type Daemon = (folders: Folders) => Promise<number>;

/** Each names the track in whose generations its data lies. */
const daemons: Readonly<
  Record<string, { readonly track: 'program' | 'agent'; readonly run: Daemon }>
> = {
  'control-manager': {
    track: 'program',
    run: async (folders) => (await import('#control-manager/main.ts')).main(folders),
  },
  'information-server': {
    track: 'program',
    run: async (folders) => (await import('#information-server/main.ts')).main(folders),
  },
  'normal-server': {
    track: 'program',
    run: async (folders) => (await import('#normal-server/main.ts')).main(folders),
  },
  agent: {
    track: 'agent',
    run: async (folders) => (await import('#control-manager-agent/main.ts')).main(folders),
  },
};

type DaemonStart = { readonly run: Daemon; readonly root: string; readonly data: string | null };

/** `agent --root R` is the daemon; `agent stop --root R` is a command, and so is anything else. */
function daemonOf(typed: readonly string[]): DaemonStart | null {
  const [name = '', ...rest] = typed;
  const found = Object.hasOwn(daemons, name) ? daemons[name] : undefined;
  if (found === undefined) return null;
  try {
    const { values } = parseArgs({
      args: rest,
      options: { root: { type: 'string' }, data: { type: 'string' } },
    });
    const { root } = values;
    if (root === undefined) return null;
    const data = values.data ?? dataOf(join(root, 'tracks', found.track, 'current', 'data'));
    return { run: found.run, root, data };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) return null; // other words were typed
    throw error;
  }
}

/** A daemon started by hand finds the data of its current generation; null: there is none. */
function dataOf(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

async function ran({ run, root, data }: DaemonStart): Promise<number | void> {
  if (data !== null) return run({ root, data });
  const { refused } = await import('./command.ts');
  const { openPlainTerminal } = await import('./terminal/terminal-plain.ts');
  const { chooseLanguage } = await import('#words/language.ts');
  const { plainWords } = await import('#words/words-plain.ts');
  const words = plainWords(chooseLanguage(undefined, process.env));
  const because: Problem = { code: 'INSTALLATION_ABSENT', with: { folder: root } };
  return refused({ words, output: openPlainTerminal(false) }, because);
}

async function checkedCatalogue(typed: readonly string[]): Promise<number | null> {
  if (typed[0] !== 'catalogue' || typed[1] !== 'check') return null;
  const { parseCatalogueCheck, sayCatalogueFile } =
    await import('./commands/catalogue/catalogue-file.ts');
  const asked = parseCatalogueCheck(typed.slice(2));
  if (asked === null) return null;
  const { chooseLanguage, isLanguage } = await import('#words/language.ts');
  const { plainWords } = await import('#words/words-plain.ts');
  const { openPlainTerminal } = await import('./terminal/terminal-plain.ts');
  const { readCatalogueFile } = await import('#adapters/share/text-cp932.ts');
  if (asked.language !== undefined && !isLanguage(asked.language)) return null;
  const words = plainWords(chooseLanguage(asked.language, process.env));
  const output = openPlainTerminal(asked.isJson);
  return sayCatalogueFile({ words, output }, asked, readCatalogueFile);
}

async function answered(typed: readonly string[]): Promise<number> {
  const status = await checkedCatalogue(typed);
  if (status !== null) return status;
  const { runCommand } = await import('./run-command.ts');
  const loadContext = async () => (await import('./config.ts')).openContext;
  return runCommand(typed, loadContext, () => releaseVersion(typed));
}

/** Read only where it is asked for; a checkout belongs to no release. */
async function releaseVersion(typed: readonly string[]): Promise<string | null> {
  if (typed[0] !== '-V' && typed[0] !== '--version') return null;
  const { developmentRelease, readOwnRelease } = await import('#adapters/daemon/daemon-files.ts');
  const own = await readOwnRelease(realpathSync(process.argv[1] ?? ''));
  return own.ok && own.value.version !== developmentRelease.version ? own.value.version : null;
}

/** Expected failures are answers; whatever is thrown up to here is our bug. */
function isOurBug(error: unknown): never {
  process.stderr.write(`${inspect(error)}\n`);
  process.exit(70);
}

async function start(typed: readonly string[]): Promise<void> {
  try {
    const daemon = daemonOf(typed);
    // A daemon that has closed its work ends, whatever library still holds a timer or a socket.
    if (daemon !== null) process.exit((await ran(daemon)) ?? 0);
    // Thrown where nobody waits for it, such as at a socket's event, it would look like a 'no'.
    process.once('uncaughtException', isOurBug);
    process.exitCode = await answered(typed);
  } catch (error) {
    isOurBug(error);
  }
}

await start(process.argv.slice(2));
