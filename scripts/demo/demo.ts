/**
 * What `npm start` shows: a real site on this machine, upgraded group by group as the operations guide
 * describes (D1–D13). Every process, file and byte is real; only the days last seconds.
 */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { callConsole } from '#adapters/link/console-client.ts';
import { peopleCalls, signInLink } from '#protocol/console/people-calls.ts';
import { plainWords } from '#words/words-plain.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { stopAllComputers, stopLeftOvers } from '../site/computer.ts';
import { LocalSite } from '../site/site.ts';
import { closingTable, diskFree, diskUsed, readRecord, refusedOf, verify } from './closing.ts';
import { openProgress, type Picture, type Progress } from './progress.ts';
import { makeReleases, newVersion } from './releases.ts';
import type { Words } from './words.ts';

const mebibyte = 1024 * 1024;
const diskBytesNeeded = 4_000_000_000;
/** A machine that is busy with other things takes its time; standing still is what this ends. */
const secondsMax = 900;

const siteName = brand<ServerId>('tokyo');
const servers = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'c2', 'c3'].map((name, place) => ({
  name,
  // Groups cross domains (S3).
  domain: place % 2 === 0 ? 'web' : 'database',
}));

const plan = `# Three groups, each with its 'day'.
release: { component: program, version: '${newVersion}' }
precautionsRead: true
inFlightMax: 3
lease: 60s
prove: 30s
link: 1Gbit/s
agent: { upgrade: true, stop: true }
groups:
  - { name: A, servers: [a1, a2, a3], hold: site, gate: { soak: 2s } }
  - { name: B, servers: [b1, b2, b3], from: now+5s, gate: { soak: 2s } }
  - { name: C, servers: [c1, c2, c3], from: now+10s, gate: { soak: 2s } }
`;

type Demo = {
  readonly folder: string;
  readonly words: Words;
  readonly progress: Progress;
  readonly startedAt: number;
  readonly reportFile: string | null;
};

export type Given = {
  readonly folder: string;
  readonly exit: boolean;
  readonly broken: string | null;
  readonly withRuntime: boolean;
  readonly report: string | null;
};

/** Answers the status with which the process ends. */
export async function demonstrate(given: Given, words: Words): Promise<number> {
  const { folder } = given;
  await stopLeftOvers(folder);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const freeBefore = await diskFree(folder);
  if (freeBefore < diskBytesNeeded) {
    process.stderr.write(`${words.diskShort((freeBefore / mebibyte).toFixed(0))}\n`);
    return 1;
  }
  const startedAt = performance.now();
  const progress = openProgress(words);
  const reportFile = given.report;
  const demo: Demo = { folder, words, progress, startedAt, reportFile };
  const clean = async (): Promise<void> => {
    process.stdout.write(`${words.cleaning}\n`);
    await stopAllComputers();
    // An unpacking that was interrupted may still be writing.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  const interrupted = new Promise<'interrupted'>((done) => {
    // `on`, not `once`: a library that watches signals too ends the process when it stands alone.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => done('interrupted'));
    }
  });
  const sites: LocalSite[] = [];
  const whole = (async (): Promise<number> => {
    const site = await begin(demo, {
      brokenOn: given.broken,
      withRuntime: given.withRuntime,
    });
    sites.push(site);
    return upgrade(demo, site);
  })();
  // After an interruption it fails somewhere, because everything is being stopped.
  whole.catch(() => undefined);
  try {
    const end = await Promise.race([whole, interrupted]);
    if (end === 'interrupted') return 130;
    if (!given.exit) {
      for (const site of sites) await stay(demo, site);
      await interrupted;
    }
    return end;
  } finally {
    demo.progress.end();
    await clean();
  }
}

async function begin(demo: Demo, how: Parameters<typeof makeReleases>[1]): Promise<LocalSite> {
  const { folder, words } = demo;
  const { say } = demo.progress;
  say(words.building);
  const releases = await makeReleases(join(folder, 'releases'), how);
  say(words.built(newVersion, (releases.bytes / mebibyte).toFixed(1)));
  say(words.begin);
  const site = await LocalSite.begin({
    folder,
    oldRelease: releases.oldFile,
    servers,
  });
  say(words.servers(servers.length));
  await site.addServers();
  await untilConnected(site, servers.length + 1);
  say(words.allThere(servers.length + 1));
  const imported = await site.import(releases.newFile);
  if (!imported.ok) throw new Error(`import: ${JSON.stringify(imported.because)}`);
  say(words.imported);
  return site;
}

async function untilConnected(site: LocalSite, count: number): Promise<void> {
  const deadline = performance.now() + 180_000;
  while (performance.now() < deadline) {
    const picture = await look(site);
    if (picture.servers.filter((one) => one.session.state !== 'none').length >= count) return;
    await sleep(200);
  }
  throw new Error('not every server connected within a minute');
}

async function look(site: LocalSite): Promise<Pick<Picture, 'upgrade' | 'servers'>> {
  const [tree, status] = await Promise.all([
    site.call('fleet.tree', {}),
    site.call('upgrade.status', {}),
  ]);
  const found = tree.ok
    ? tree.value.domains.flatMap(({ domain, servers: all }) =>
        all.map((one) => ({ ...one, domain })),
      )
    : [];
  const byGroup = found.toSorted((left, right) =>
    `${left.group ?? ''} ${left.server}` < `${right.group ?? ''} ${right.server}` ? -1 : 1,
  );
  return { upgrade: status.ok ? status.value : null, servers: byGroup };
}

async function upgrade(demo: Demo, site: LocalSite): Promise<number> {
  const { words, progress } = demo;
  const before = new Map((await look(site)).servers.map((one) => [one.server, one.program]));
  const archiveBytes = site.oldRelease.manifest.packages[0]?.archive.bytes ?? 0;
  await writeFile(join(demo.folder, 'plan.yaml'), plan);
  progress.say(`${words.planTitle}\n${plan.replaceAll(/^/gm, '    ')}`);
  const started = await site.call('upgrade.start', { file: 'plan.yaml', text: plan });
  if (!started.ok) throw new Error(`upgrade start: ${JSON.stringify(started.because)}`);
  progress.say(words.started);
  const kept = new Set<string>();
  const events = deliveries(demo, site, kept);
  for (;;) {
    const seconds = (performance.now() - demo.startedAt) / 1_000;
    const picture = await look(site);
    if (picture.servers.length > 0) progress.show({ ...picture, archiveBytes, seconds });
    const holds = await site.call('hold.list', {});
    for (const hold of holds.ok ? holds.value.holds : []) {
      for (const item of hold.keepsBack) kept.add(`${item.component} ${item.version}`);
    }
    if (picture.upgrade !== null) await events(picture.upgrade);
    const state = picture.upgrade?.state;
    if (state === 'finished' || state === 'paused' || state === 'stopped') break;
    if (seconds > secondsMax) {
      progress.say(words.tooLong);
      break;
    }
    await sleep(250);
  }
  await untilCaughtUp(site);
  return close(demo, site, { before, kept });
}

/** The deliveries of the story: one during the hold of A, one between A and B. */
function deliveries(
  demo: Demo,
  site: LocalSite,
  kept: Set<string>,
): (upgrade: NonNullable<Picture['upgrade']>) => Promise<void> {
  const { words, progress } = demo;
  const done = new Set<string>();
  const deliver = async (version: string, line: string): Promise<void> => {
    if (done.has(version)) return;
    done.add(version);
    progress.say(line);
    await site.publish({ version, bytes: 250_000 });
    await site.callManager('feed.poll', {});
    const delivered = await site.callManager('deliver.now', {});
    // The agent is stopped (D5) or the site is on hold: either way the control manager waits.
    if (delivered.ok && !delivered.value.offered.includes(siteName)) kept.add(`pattern ${version}`);
  };
  return async ({ groups }) => {
    const [first] = groups;
    if (first?.state === 'switching') await deliver('101', words.heldDelivery('101'));
    if (first?.state === 'passed') await deliver('102', words.betweenDelivery('102'));
  };
}

/** Content flows again after the last hold: every server gets the newest pattern. */
async function untilCaughtUp(site: LocalSite): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    const { servers: all } = await look(site);
    if (all.every((one) => one.contents.some(({ version }) => version === '102'))) return;
    await sleep(250);
  }
}

async function close(
  demo: Demo,
  site: LocalSite,
  seen: { readonly before: ReadonlyMap<string, string | null>; readonly kept: ReadonlySet<string> },
): Promise<number> {
  const { words, progress } = demo;
  const { servers: all, upgrade: ended } = await look(site);
  const verified = await verify(site, all, words);
  const record = await readRecord(site);
  progress.end();
  const { say } = progress;
  say(`\n${words.closing}`);
  say(closingTable({ servers: all, verified, before: seen.before, words }));
  say(words.kept([...seen.kept].join(', ') || words.nothing));
  say(words.refused(refusedOf(record).join(', ') || words.nothing));
  const bytes = all.reduce((sum, one) => sum + one.bytesReceived, 0);
  const disk = await diskUsed(demo.folder);
  const seconds = ((performance.now() - demo.startedAt) / 1_000).toFixed(0);
  say(words.took(seconds, (bytes / mebibyte).toFixed(0), (disk / mebibyte).toFixed(0)));
  if (demo.reportFile !== null) {
    const report = {
      seconds: Number(seconds),
      bytesPerServer: Math.max(...all.map((one) => one.bytesReceived)),
      bytes,
      diskBytes: disk,
      state: ended?.state ?? null,
      servers: verified,
      keptBack: [...seen.kept],
      refused: refusedOf(record),
    };
    await writeFile(demo.reportFile, `${JSON.stringify(report, null, 2)}\n`);
  }
  const bad = verified.filter((one) => !one.isGood).map((one) => one.server);
  const isGood = bad.length === 0 && ended?.state === 'finished' && all.length > servers.length;
  if (isGood) say(words.good);
  else {
    say(`${words.bad} ${bad.join(' ')}`);
    const sentences = plainWords(words.language);
    for (const server of all) {
      const why = await site.call('upgrade.why', { server: server.server });
      if (why.ok && bad.includes(server.server)) {
        const { sentence } = sentences.problem(why.value.because);
        say(`  ${server.server}: ${why.value.state}. ${sentence}`);
      }
    }
  }
  return isGood ? 0 : 1;
}

/** The console was made anew with the release that the demo brought the site to. */
async function sayConsole({ words, progress }: Demo, site: LocalSite): Promise<void> {
  const where = site.address();
  const link = await callConsole(peopleCalls, where, { call: 'session.link', params: {} });
  if (!link.ok) return;
  progress.say(`\n${words.console}\n  ${signInLink(where.address, link.value.secret)}`);
}

async function stay(demo: Demo, site: LocalSite): Promise<void> {
  await sayConsole(demo, site);
  const root = relative(process.cwd(), join(demo.folder, 'information-server'));
  const manager = relative(process.cwd(), join(demo.folder, 'control-manager'));
  const { say } = demo.progress;
  say(`\n${demo.words.stays}`);
  const plan = relative(process.cwd(), join(demo.folder, 'plan.yaml'));
  const commands = [
    'fleet tree',
    'upgrade status',
    'upgrade report',
    `upgrade plan ${plan} --forecast`,
    'catalogue diff',
    'audit show',
    'evidence',
  ];
  for (const command of commands) {
    say(`  npm run -s dankai -- ${command} --root ${root}`);
  }
  say(`  npm run -s dankai -- sites --root ${manager}`);
  say(demo.words.end);
}
