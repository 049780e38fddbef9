/**
 * Replicas of a control manager over a real PostgreSQL: whatever happens to them, content goes
 * through its rings as it does with one control manager and its file.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { blankSite } from '#control-manager/book.ts';
import { brand } from '#domain/names.ts';
import { isOver } from '#domain/ring/download-rollout.ts';
import { openDeliveryStore } from '#adapters/database/delivery-database.ts';
import { RecordVerifier } from '#domain/record/verify.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { foundLine } from '#protocol/record/export.ts';
import { longer } from '../longer.ts';
import { postgresHere, type Postgres } from '../postgres-for-tests.ts';
import {
  decisions,
  die,
  FeedOfTest,
  openReplica,
  rings,
  SiteOfTest,
  sitesOfRing,
  type Replica,
} from './replicas-for-tests.ts';
import { until } from './site.ts';

type Place = { readonly url: string } | { readonly file: string };
type Scene = { readonly replicas: Replica[]; open(): Promise<Replica> };

/** So many downloads, each through all rings; `during` does harm while each but the first goes. */
async function run(
  place: Place,
  of: { replicas: number; downloads: number; during?: (scene: Scene) => Promise<void> },
): Promise<{ lines: string[]; offered: string[][] }> {
  const feed = new FeedOfTest();
  const replicas: Replica[] = [];
  const open = async (): Promise<Replica> => {
    const replica = await openReplica(place, feed);
    replicas.push(replica);
    return replica;
  };
  for (let number = 0; number < of.replicas; number++) await open();
  const sites = rings.flatMap(sitesOfRing).map((name) => new SiteOfTest(name, replicas));
  const isDone = (replica: Replica): boolean => {
    const rollouts = replica.program.context.book.rollouts();
    const isNewest = rollouts.at(-1)?.download === feed.number;
    return !replica.isDead && isNewest && rollouts.every(isOver);
  };
  try {
    for (let number = 1; number <= of.downloads; number++) {
      feed.number = number;
      const harm = number === 1 ? undefined : of.during?.({ replicas, open });
      const version = `1.${number}`;
      const arrived = () => sites.every((one) => one.offered.at(-1) === version);
      await until(`${version} everywhere`, () => arrived() && replicas.some(isDone), 90_000);
      await harm;
    }
  } finally {
    for (const site of sites) site.end();
    for (const replica of replicas) replica.program.end();
    for (const replica of replicas) await replica.program.close().catch(() => undefined);
  }
  const offered = sites.map((one) => [...new Set(one.offered)]);
  return { lines: await linesOf(place), offered };
}

async function linesOf(place: Place): Promise<string[]> {
  const store = await openDeliveryStore(place);
  assert.ok(store.ok);
  const genesis = await store.value.genesis();
  assert.ok(genesis);
  const lines = await store.value.record(0, 10_000);
  const verifier = new RecordVerifier(genesis, { digestOf: digestOfBytes, site: null, heads: [] });
  for (const line of lines) verifier.take(foundLine(line));
  assert.deepEqual(verifier.end(await store.value.recordHead()).problems, []);
  await store.value.close();
  return decisions(lines).toSorted();
}

async function alone(downloads: number): Promise<Awaited<ReturnType<typeof run>>> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-alone-'));
  try {
    return await run({ file: join(folder, 'cm.sqlite') }, { replicas: 1, downloads });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its way to the database is cut: the session by which it lives ends. */
async function cut(postgres: Postgres, url: string, replica: Replica): Promise<void> {
  await postgres.query(
    url,
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
       and objid = ${replica.program.context.book.epoch}`,
  );
}

async function kill(postgres: Postgres, url: string, replica: Replica): Promise<void> {
  die(replica);
  await cut(postgres, url, replica);
}

const leaderOf = (replicas: readonly Replica[]): Replica | undefined =>
  replicas.find(({ isDead, program }) => !isDead && program.context.loop.isLeading());

const follower = (replicas: readonly Replica[]): Replica | undefined =>
  replicas.find(({ isDead, program }) => !isDead && !program.context.loop.isLeading());

async function leaderInRing({ replicas }: Scene): Promise<Replica> {
  const leader = await until('a leader', () => leaderOf(replicas));
  const { book } = leader.program.context;
  await until('a ring of the new download', () => {
    const newest = book.rollouts().at(-1);
    return newest !== undefined && newest.beganAt !== null && !isOver(newest);
  });
  return leader;
}

test('a site that was connected when its control manager died is silent from then on, not from its last report', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-gone-'));
  const file = join(folder, 'cm.sqlite');
  const [site] = sitesOfRing('first');
  assert.ok(site);
  const before = await openDeliveryStore({ file });
  assert.ok(before.ok);
  const { epoch } = await before.value.load(0, brand('head-office'));
  const lastSeen = Date.now() - 3_600_000;
  await before.value.save({ sites: [{ ...blankSite(site), lastSeen, replica: epoch }] });
  await before.value.close();
  const opened = Date.now();
  const { program } = await openReplica({ file }, new FeedOfTest());
  const { book } = program.context;
  await until('noticed', () => book.site(site)?.replica === undefined);
  assert.ok((book.site(site)?.lastSeen ?? 0) >= opened);
  program.end();
  await program.close();
  await rm(folder, { recursive: true });
});

const postgres = await postgresHere();
if ('missing' in postgres) {
  test('replicas over PostgreSQL', { skip: `left out: ${postgres.missing}` });
} else {
  after(() => postgres.remove());

  describe('three replicas decide what one would', () => {
    test('while the leader dies in the middle of a ring, and another one is cut off', async () => {
      const expected = await alone(2);
      const url = await postgres.database();
      const harmed = await run(
        { url },
        {
          replicas: 3,
          downloads: 2,
          async during(scene) {
            await kill(postgres, url, await leaderInRing(scene));
            const leader = await until('another leader', () => leaderOf(scene.replicas));
            await scene.open();
            const other = scene.replicas.find((one) => !one.isDead && one !== leader);
            assert.ok(other);
            await cut(postgres, url, other);
            await until('it notices that it may decide nothing', () => other.isDead);
          },
        },
      );
      assert.deepEqual(harmed, expected);
    });

    test('while replicas and the database die again and again', longer, async () => {
      const downloads = 7;
      const expected = await alone(downloads);
      const url = await postgres.database();
      let number = 0;
      const harmed = await run(
        { url },
        {
          replicas: 3,
          downloads,
          async during(scene) {
            number += 1;
            const leader = await leaderInRing(scene);
            const other = follower(scene.replicas);
            if (number % 3 === 0) {
              await postgres.kill();
              await postgres.start();
              await until('all notice', () => scene.replicas.every(({ isDead }) => isDead));
            } else {
              await kill(postgres, url, leader);
              if (number % 2 === 0 && other !== undefined) await cut(postgres, url, other);
            }
            while (scene.replicas.filter(({ isDead }) => !isDead).length < 3) await scene.open();
          },
        },
      );
      assert.deepEqual(harmed, expected);
    });
  });
}
