/** Wires the world that a command may use: servers, disk, terminal, from options and surroundings. */

import { readFile, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import {
  callConsole,
  consoleAt,
  importRelease,
  placeOf,
  type ConsoleService,
} from '#adapters/link/console-client.ts';
import { openForecaster } from '#adapters/plan/forecast-worker.ts';
import { readLines } from '#adapters/files/text-lines.ts';
import { readCatalogueFile } from '#adapters/share/text-cp932.ts';
import { openPackages } from '#adapters/installation/packages-here.ts';
import { openLogins } from '#adapters/link/logins-file.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { controlManagerCalls, informationServerCalls } from '#protocol/console/contract.ts';
import { peopleCalls, sessionCalls } from '#protocol/console/people-calls.ts';
import type { Words } from '#words/words.ts';
import type { Context, Given, Output } from './command.ts';
import { text } from './given.ts';

const limits = { textBytesMax: 8_000_000 } as const;

const bothTiers: readonly ConsoleService[] = ['information-server', 'control-manager'];

export function openContext(options: {
  readonly given: Given;
  readonly words: Words;
  readonly output: Output;
}): Context {
  const { given, words, output } = options;
  const interrupt = new AbortController();
  // `on`, not `once`: a library that watches signals too ends the process when it stands alone.
  process.on('SIGINT', () => interrupt.abort());
  const logins = openLogins(process.env['XDG_CONFIG_HOME']);
  const loginAt = (address: string) => logins.at(address, Date.now());
  const at = (services: readonly ConsoleService[]): ReturnType<typeof consoleAt> =>
    consoleAt({ ...whereOf(given), services, loginAt });
  const ofKeys = {
    passphraseFile: text(given, 'passphraseFile'),
    questions: {
      existing: (key: string) => words.text('cli.keys.passphraseOf', { key }),
      first: words.text('cli.keys.passphraseNew'),
      again: words.text('cli.keys.passphraseAgain'),
    },
  };
  return {
    words,
    output,
    interrupted: interrupt.signal,
    packages: openPackages(process.argv[1] ?? '', async () => {
      const { passphraseSource, readPassphrase } = await import('#adapters/secrets/passphrase.ts');
      const source = passphraseSource(text(given, 'passphraseFile'));
      return readPassphrase(source, words.text('cli.install.passphraseOfKit'));
    }),
    backups: async () =>
      (await import('#adapters/backup/backups-terminal.ts')).backupsHere({
        passphraseFile: text(given, 'passphraseFile'),
        questions: {
          existing: words.text('cli.backup.passphrase'),
          first: words.text('cli.keys.passphraseNew'),
          again: words.text('cli.keys.passphraseAgain'),
        },
      }),
    databases: async () =>
      (await import('#adapters/backup/databases-here.ts')).databasesHere(process.env),
    removal: async () => {
      const [{ openRemoval }, { unitPlaces }] = await Promise.all([
        import('#adapters/removal/removal-disk.ts'),
        import('#adapters/installation/service-units.ts'),
      ]);
      return openRemoval(unitPlaces());
    },
    care: async () => (await import('#adapters/care/care.ts')).careHere,
    organisations: async () =>
      (await import('#adapters/organisation/organisations-terminal.ts')).organisationsHere({
        passphraseFile: text(given, 'passphraseFile'),
        kitPassphraseFile: text(given, 'kitPassphraseFile'),
        questions: {
          root: words.text('cli.organisation.passphraseOfRoot'),
          first: words.text('cli.keys.passphraseNew'),
          again: words.text('cli.keys.passphraseAgain'),
          kit: words.text('cli.organisation.passphraseOfKit'),
        },
      }),
    signing: async () =>
      (await import('#adapters/organisation/signing-terminal.ts')).signingHere(ofKeys),
    campaignFiles: async () =>
      (await import('#adapters/organisation/campaign-files.ts')).campaignFilesHere(ofKeys),
    now: () => Date.now(),
    pause: async (milliseconds) => {
      await pause(milliseconds, undefined, { signal: interrupt.signal }).catch(() => undefined);
    },
    readText,
    readLines,
    // YAML and time zones are loaded where they are needed only.
    readDescribedPlan: async (plan, file, facts) =>
      (await import('#adapters/plan/plan-file.ts')).readDescribedPlan(plan, file, facts),
    forecaster: openForecaster(),
    readCatalogue: readCatalogueFile,
    informationServer: {
      call: async (call, params) => {
        const where = await at(['information-server']);
        return where.ok
          ? callConsole(informationServerCalls, where.value, { call, params })
          : where;
      },
    },
    controlManager: {
      call: async (call, params) => {
        const where = await at(['control-manager']);
        return where.ok ? callConsole(controlManagerCalls, where.value, { call, params }) : where;
      },
    },
    people: {
      call: async (call, params) => {
        const where = await at(bothTiers);
        return where.ok ? callConsole(peopleCalls, where.value, { call, params }) : where;
      },
      consoleAddress: async () => {
        const where = await at(bothTiers);
        return where.ok ? ok(where.value.address) : where;
      },
    },
    session: {
      begin: async (person, password) => {
        const place = await placeOf({ ...whereOf(given), services: bothTiers });
        if (!place.ok) return place;
        const asked = {
          call: 'session.begin',
          params: { person, password, form: 'token' },
        } as const;
        const begun = await callConsole(sessionCalls, { ...place.value, token: null }, asked);
        if (!begun.ok) return begun;
        const { secret, ...others } = begun.value;
        const { until } = others;
        const login = { person, secret: secret ?? '', until, site: place.value.believed?.site };
        const written = await logins.put(place.value.address, login, Date.now());
        return written.ok ? ok({ ...others, file: logins.file }) : written;
      },
      end: async () => {
        const where = await at(bothTiers);
        if (!where.ok) return where;
        const asked = { call: 'session.end', params: {} } as const;
        const ended = await callConsole(sessionCalls, where.value, asked);
        const removed = await logins.remove(where.value.address);
        // What the server no longer knows is as good as ended.
        const isOver = ended.ok || ended.because.code === 'TOKEN_WRONG';
        return isOver ? removed : ended;
      },
    },
    readPassword,
    importRelease: async (file, progress) => {
      const where = await at(['information-server']);
      return where.ok ? importRelease(where.value, file, progress) : where;
    },
    tier: async () => {
      const where = await at(bothTiers);
      if (!where.ok) return where;
      if (where.value.service !== null) return ok(where.value.service);
      // An address does not tell which tier answers there, so it is asked.
      const site = await callConsole(informationServerCalls, where.value, {
        call: 'site.show',
        params: {},
      });
      if (site.ok) return ok('information-server');
      return site.because.code === 'CALL_UNKNOWN' ? ok('control-manager') : site;
    },
  };
}

/** What was typed counts before the surroundings; an address before a folder. */
function whereOf(given: Given): {
  readonly root?: string | undefined;
  readonly address?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly organisation?: string | undefined;
  readonly site?: string | undefined;
} {
  const typedRoot = text(given, 'root');
  const typedAddress = text(given, 'address');
  const { env } = process;
  const address = typedAddress ?? (typedRoot === undefined ? env['DANKAI_ADDRESS'] : undefined);
  const root = typedRoot ?? env['DANKAI_ROOT'];
  const tokenFile =
    text(given, 'tokenFile') ?? (typedRoot === undefined ? env['DANKAI_TOKEN_FILE'] : undefined);
  const organisation =
    text(given, 'organisation') ??
    (typedRoot === undefined ? env['DANKAI_ORGANISATION'] : undefined);
  const site = text(given, 'site') ?? (typedRoot === undefined ? env['DANKAI_SITE'] : undefined);
  return {
    root: root || undefined,
    address: address || undefined,
    tokenFile: tokenFile || undefined,
    organisation: organisation || undefined,
    site: site || undefined,
  };
}

async function readPassword(
  file: string | undefined,
  { first, again }: { readonly first: string; readonly again?: string },
): Promise<Result<string>> {
  const { askSilently, choosePassphrase, readPassphrase } =
    await import('#adapters/secrets/passphrase.ts');
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  const source = { file, ask: isTerminal ? askSilently : null };
  const answer =
    again === undefined
      ? await readPassphrase(source, first)
      : await choosePassphrase(source, { first, again });
  const isAbsent = !answer.ok && answer.because.code === 'PASSPHRASE_ABSENT';
  return isAbsent ? refuse(problem('PASSWORD_ABSENT', {})) : answer;
}

const readText: Context['readText'] = async (file) => {
  try {
    const { size } = await stat(file);
    if (size > limits.textBytesMax) {
      return refuse(problem('MESSAGE_TOO_LARGE', { bytesMax: limits.textBytesMax }));
    }
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    const detail = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
};
