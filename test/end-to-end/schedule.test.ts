/**
 * ServerProtect's own scheduled update task, every second: what it brings, what a hold keeps it
 * from bringing (D1), and that it may find nothing.
 */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import { oldVersion, SiteForTests } from './site-for-tests.ts';

/** Below the installation folder, as a relative path of settings.yaml always is. */
const updateSource = 'updates';

describe('updates by schedule', () => {
  let site: SiteForTests;
  let source = '';

  before(async () => {
    const settings = [`  updateSource: ${updateSource}`, "  updateSchedule: '* * * * * *'"];
    site = await SiteForTests.begin({ servers: ['a1'], settings: settings.join('\n') });
    source = join(site.site.informationServer.root, updateSource);
  });
  after(async () => {
    await site?.end();
  });

  async function everywhere(version: string): Promise<void> {
    await site.waitFor(`pattern ${version} on every server`, async () =>
      (await site.contentOfAll('pattern')).every((one) => one === version),
    );
  }

  async function taken(): Promise<readonly unknown[]> {
    return (await site.record('content-taken')).map(({ detail }) => detail['version']);
  }

  /** The log of the daemon grows by a line with that word: the task has run once more. */
  async function isLoggedAnew(word: string): Promise<void> {
    const file = join(site.site.informationServer.root, 'logs', 'information-server.log');
    const count = async (): Promise<number> => (await readFile(file, 'utf8')).split(word).length;
    const before = await count();
    await site.waitFor(`${word} is logged`, async () => (await count()) > before);
  }

  async function keptBack(hold: HoldView['id']): Promise<readonly string[]> {
    const { holds } = await site.ask('hold.list', {});
    const found = holds.find(({ id }) => id === hold);
    return (found?.keepsBack ?? []).map(({ component, version }) => `${component} ${version}`);
  }

  test('a source that is not there is logged, and looked for again', async () => {
    await isLoggedAnew('FEED_UNREADABLE');
    await isLoggedAnew('FEED_UNREADABLE');
    assert.deepEqual(await taken(), []);
  });

  test('content arrives by itself, once; programs of the source are refused, once (S1)', async () => {
    await site.site.offer(source, '201');
    await everywhere('201');
    await site.site.offer(source, '202');
    await everywhere('202');
    assert.deepEqual(await taken(), ['201', '202'], 'each once, however often the task runs');
    const refused = await site.record('delivery-refused');
    assert.deepEqual(
      refused.map(({ who }) => who),
      ['update', 'update'],
      'one for each catalogue',
    );
    assert.deepEqual(
      (await site.tree()).map(({ program }) => program),
      [oldVersion, oldVersion],
    );
    assert.equal((await site.ask('catalogue.diff', {})).clean, true);
  });

  test('under a hold it is kept back and listed, and the newest is caught up afterwards (D1)', async (t) => {
    const hold = await site.ask('hold.add', {
      reason: 'migration to 5.80',
      minutes: 10,
      servers: 'site',
      lanes: ['content'],
      components: [],
    });
    t.after(() => site.site.call('hold.release', { hold: hold.id }));
    for (const version of ['203', '204']) {
      await site.site.offer(source, version);
      await site.waitFor(`${version} alone is listed by the hold`, async () => {
        const listed = await keptBack(hold.id);
        return listed.length === 1 && listed[0] === `pattern ${version}`;
      });
    }
    assert.deepEqual(new Set(await site.contentOfAll('pattern')), new Set(['202']));
    await site.ask('hold.release', { hold: hold.id });
    await everywhere('204');
    assert.deepEqual(await taken(), ['201', '202', '204'], 'what was superseded was never taken');
    assert.equal((await site.ask('catalogue.diff', {})).clean, true);
  });
});
