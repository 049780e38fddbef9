/**
 * The command line as its users run it, for the tests of this folder: real processes against real
 * listeners of both upper tiers that answer by the contract. What the programs behind the calls do
 * is tested elsewhere.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { pino } from 'pino';
import { bearer } from '#adapters/listener/listener-asking.ts';
import { openListener, type Listener } from '#adapters/listener/listener-fastify.ts';
import { readPlan } from '#adapters/plan/plan-file.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type DomainName,
  type GroupName,
  type Platform,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  controlManagerCalls,
  informationServerCalls,
  type InformationServerTable,
  type ParamsOf,
  type UpgradeView,
} from '#protocol/console/contract.ts';
import { importPath } from '#protocol/console/share-import.ts';
import { compiled } from '../compiled.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
const digest = brand<Digest>('a'.repeat(64));
const log = pino({ level: 'silent' });
export const token = 'a-token';

export type Run = { readonly status: number | null; readonly out: string; readonly err: string };

type Here = {
  folder: string;
  root: string;
  managerRoot: string;
  siteAddress: string;
  managerAddress: string;
  statusLooks: number;
  statusAtEnd: string;
  imported: number;
  treeOf: (() => Result<unknown>) | null;
};

/** What tests of one file look at and set. */
export const here: Here = {
  folder: '',
  root: '',
  managerRoot: '',
  siteAddress: '',
  managerAddress: '',
  /** How often `upgrade.status` was asked for, and what it answers from the third time on. */
  statusLooks: 0,
  statusAtEnd: 'finished',
  /** Bytes. */
  imported: 0,
  /** Instead of the usual tree. */
  treeOf: null,
};
export const asked: { call: string; params: unknown }[] = [];

export async function dankai(
  words: readonly string[],
  surroundings: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const child = spawn(process.execPath, [main, ...words], {
    cwd: here.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      LANG: 'en_US.UTF-8',
      // Fifty starts of the same program: what one has compiled serves the others.
      NODE_COMPILE_CACHE: compiled,
      ...surroundings,
    },
  });
  const pieces = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (pieces.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (pieces.err += text));
  await once(child, 'close');
  return { status: child.exitCode, ...pieces };
}

export const atSite = (...words: string[]): Promise<Run> => dankai([...words, '--root', here.root]);

export const server = {
  server: brand<ServerId>('ファイルサーバ-01'),
  program: '5.70.1000',
  programs: [{ component: brand<ComponentName>('program'), version: '5.70.1000' }],
  contents: [{ component: brand<ComponentName>('pattern'), version: '1234' }],
  session: { state: 'old' as const, since: null },
  lastSeen: 1_795_000_000_000,
  platform: brand<Platform>('linux-x64'),
  os: 'Linux',
  state: 'waiting',
  group: brand<GroupName>('A'),
  rebootRecommended: null,
  bytesReceived: 0,
  bytesTotal: 0,
};

function upgrade(state: string): UpgradeView {
  return {
    upgrade: brand<UpgradeId>('to-5.80'),
    form: 'upgrade',
    component: brand<ComponentName>('program'),
    version: '5.80.1179',
    state,
    because: null,
    startedAt: 1_795_000_000_000,
    finishedAt: state === 'finished' ? 1_795_000_100_000 : null,
    mixedUntil: null,
    inFlight: 0,
    inFlightMax: 20,
    leaseSeconds: 600,
    bytesReceived: 53_166_776,
    groups: [],
  };
}

const drift = {
  clean: false,
  fields: [
    { section: 'Info_2_50000_4_1', field: 'Version', expected: '5.80', found: '5.58' },
    { section: 'Info_2_50000_4_1', field: 'Path', expected: 'a.zip,1', found: null },
  ],
  packages: [],
};
const clean = { clean: true, fields: [], packages: [] };

/** A plan is read as the information server reads it, then refused or let go by one rule. */
function planned(params: { file: string; text: string; acknowledged?: boolean }): Result<unknown> {
  const read = readPlan(params.text, params.file, {
    now: 1_795_000_000_000,
    fleet: [{ server: brand<ServerId>('a1'), domain: brand<DomainName>('tokyo') }],
    release: (component, version) =>
      version === '5.80.1179'
        ? ({ digest, manifest: { component, version } } as ReturnType<
            Parameters<typeof readPlan>[2]['release']
          >)
        : null,
    acknowledged: params.acknowledged,
  });
  if (!read.ok) return read;
  const because = problem('PRECAUTIONS_UNREAD', { version: '5.80.1179' });
  const reasons = read.value.precautionsRead
    ? []
    : [{ because, goAheadPossible: false, accepted: false }];
  return ok({
    go: reasons.length === 0,
    reasons,
    precautions: ['Reboot at the next maintenance.'],
    groups: [{ name: 'A', servers: 1, bytes: 53_166_776, linkSeconds: 42.5 }],
    unassigned: [],
  });
}

const offersProgram = problem('DELIVERY_OFFERS_PROGRAM', {
  section: 'Info_2_50000_4_1',
  version: '5.58',
});

export type Deployed = ParamsOf<InformationServerTable, 'deploy'>;

const answers: Readonly<Record<string, (params: never) => Result<unknown>>> = {
  'fleet.tree': () =>
    here.treeOf?.() ?? ok({ site: 'tokyo', domains: [{ domain: '東京', servers: [server] }] }),
  'fleet.move': () => ok({ done: true }),
  'catalogue.diff': () => ok(drift),
  'catalogue.restore': ({ preview }: { preview: boolean }) =>
    ok({ before: drift, restored: !preview, after: preview ? drift : clean }),
  deploy: (params: Deployed) => {
    const precautions = ['Reboot at the next maintenance.'];
    const because = problem('PRECAUTIONS_UNREAD', { version: '5.80.1179' });
    const go = params.acknowledged === true;
    const reasons = go ? [] : [{ because, goAheadPossible: false, accepted: false }];
    const preflight = { go, reasons, precautions, groups: [], unassigned: [] };
    const upgrade = params.preview === true ? null : 'deploy-1';
    return ok({ upgrade, servers: 2, bytes: 53_166_776, preflight });
  },
  'update.now': ({ source }: { source: string }) => {
    const [standing = '', refused = ''] = source.split('/').slice(1);
    return ok({
      taken: [],
      keptBack: [],
      standing: standing === '' ? [] : [{ component: standing, version: '100' }],
      refused: refused === '' ? [] : [offersProgram],
    });
  },
  'upgrade.plan': planned,
  'upgrade.start': () => ok(upgrade('groups')),
  'upgrade.status': () => ok(upgrade(++here.statusLooks < 3 ? 'groups' : here.statusAtEnd)),
  'upgrade.approve': () => ok(upgrade('groups')),
  'upgrade.pause': () => ok(upgrade('paused')),
  'upgrade.resume': () => ok(upgrade('groups')),
  'upgrade.stop': () => ok(upgrade('stopped')),
  'upgrade.why': () =>
    ok({
      server: 'a1',
      state: 'held',
      because: problem('DISK_TOO_SMALL', { server: 'a1', bytesFree: 1024, bytesNeeded: 2 ** 30 }),
    }),
  'hold.list': () => ok({ holds: [] }),
  'content.pass': () => ok({ done: true }),
  'content.admit': () => ok({ done: true }),
  'agent.status': () =>
    ok({
      state: 'stopped',
      because: 'by hand',
      version: '5.0',
      consequence: null,
      controlManager: null,
    }),
  'feed.poll': () =>
    ok({
      downloaded: [],
      problems: [problem('FEED_UNREADABLE', { feed: '/f', detail: 'ENOENT' })],
    }),
};

async function answer(call: string, params: unknown): Promise<Result<unknown>> {
  asked.push({ call, params });
  const found = answers[call];
  return found === undefined ? refuse(problem('CALL_UNKNOWN', { call })) : found(params as never);
}

async function layRoot(name: string, service: string, console: string): Promise<string> {
  const path = join(here.folder, name);
  await mkdir(join(path, 'run'), { recursive: true });
  await mkdir(join(path, 'secrets'));
  await writeFile(join(path, 'settings.yaml'), '{}\n');
  await writeFile(join(path, 'secrets/console.token'), `${token}\n`);
  const run = { pid: 1, startedAt: 1, addresses: { console } };
  await writeFile(join(path, `run/${service}.json`), JSON.stringify(run));
  return path;
}

/** For the whole file that calls it. */
export function answerCommands(): void {
  let site: Listener;
  let manager: Listener;
  before(async () => {
    here.folder = await mkdtemp(join(tmpdir(), 'dankai-cli-'));
    const security = { kind: 'insecure-loopback' } as const;
    const common = { host: '127.0.0.1', port: 0, security, log };
    site = await openListener({
      ...common,
      calls: { table: informationServerCalls, authenticate: bearer(token), answer },
      uploads: [
        {
          path: importPath,
          authenticate: bearer(token),
          bytesMax: 2 ** 30,
          receive: async (stream) => {
            for await (const piece of stream) here.imported += (piece as Buffer).length;
            return ok({ component: 'program', version: '5.80.1179', digest });
          },
        },
      ],
    });
    manager = await openListener({
      ...common,
      calls: { table: controlManagerCalls, authenticate: bearer(token), answer },
    });
    [here.siteAddress, here.managerAddress] = [site.address, manager.address];
    here.root = await layRoot('site', 'information-server', site.address);
    here.managerRoot = await layRoot('manager', 'control-manager', manager.address);
  });

  after(async () => {
    await site.close();
    await manager.close();
    await rm(here.folder, { recursive: true, force: true });
  });
}
