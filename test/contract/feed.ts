/** What every feed promises, wherever its folder is. Contents are short texts in both. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Feed } from '#ports/feed.ts';

export type FeedFixture = {
  readonly feed: Feed;
  /** null: there is none. */
  writeCatalogue(text: string | null): Promise<void>;
  writeFile(path: string, text: string | null): Promise<void>;
  removeFolder(): Promise<void>;
  /** What is told when all of it is gone. */
  readonly withoutFolder?: string;
  /** The names of what is kept, half copies included. */
  kept(): Promise<readonly string[]>;
  /** A copy that was killed on its way. */
  leaveHalf(): Promise<void>;
  /** Waits for it; where time is simulated, lets it pass. */
  settled<Answer>(promise: Promise<Answer>): Promise<Answer>;
};

const programs = '[Info_2_50000_4_1]\r\nVersion=5.58\r\n';
const catalogue = (...lines: string[]): string =>
  `${programs}[PATTERN]\r\n${lines.join('\r\n')}\r\n`;

/** `component version` of each item, or `CODE detail` of each problem. */
async function polled({ feed, settled }: FeedFixture): Promise<string[]> {
  const answer = await settled(feed.download());
  if (answer.ok) return answer.download.items.map((one) => `${one.component} ${one.version}`);
  return answer.problems.map(
    (one) => `${one.code} ${one.with['detail'] ?? one.with['found'] ?? ''}`,
  );
}

export function feedContract(name: string, make: () => Promise<FeedFixture>): void {
  async function fixture(): Promise<FeedFixture> {
    const made = await make();
    await made.writeFile('pattern/lpt.123', 'pattern 123');
    await made.writeFile('pattern/ssa.7', 'spyware 7');
    await made.writeCatalogue(catalogue('P.2=pattern/lpt.123,1.23,11', 'P.4=pattern/ssa.7,7,9'));
    return made;
  }
  const digestsOf = async ({ feed, settled }: FeedFixture): Promise<string[]> => {
    const answer = await settled(feed.download());
    assert.ok(answer.ok);
    return answer.download.items.map((one) => one.digest);
  };

  describe(`a feed: ${name}`, () => {
    test('every file is kept under its digest, and the whole catalogue is told', async () => {
      const one = await fixture();
      const answer = await one.settled(one.feed.download());
      assert.ok(answer.ok);
      assert.deepEqual(
        answer.download.items.map(({ component, version, path, bytes }) => {
          return { component, version, path, bytes };
        }),
        [
          { component: 'pattern', version: '1.23', path: 'pattern/lpt.123', bytes: 11 },
          { component: 'spyware-pattern', version: '7', path: 'pattern/ssa.7', bytes: 9 },
        ],
      );
      assert.deepEqual(
        [...(await one.kept())].toSorted(),
        answer.download.items.map((item): string => item.digest).toSorted(),
      );
      assert.match(answer.download.catalogue, /Info_2_50000_4_1/);
    });

    test('names are found without case', async () => {
      const one = await fixture();
      await one.writeCatalogue(catalogue('P.2=pattern\\LPT.123, 1.23, 11'));
      assert.deepEqual(await polled(one), ['pattern 1.23']);
    });

    test('one wrong size, and nothing is taken; the size found is told', async () => {
      const one = await fixture();
      await one.writeFile('pattern/ssa.7', 'spyware 7 and more');
      assert.deepEqual(await polled(one), ['CONTENT_SIZE_WRONG 18']);
    });

    test('every reason is told at once', async () => {
      const one = await fixture();
      await one.writeFile('pattern/lpt.123', null);
      await one.writeFile('pattern/ssa.7', '');
      assert.deepEqual(await polled(one), [
        'FEED_UNREADABLE pattern/lpt.123: no such file',
        'CONTENT_SIZE_WRONG 0',
      ]);
    });

    test('no server.ini, no folder, a line that is none', async () => {
      const one = await fixture();
      await one.writeCatalogue(catalogue('what is this'));
      assert.match((await polled(one)).join(), /^CATALOGUE_LINE_UNREADABLE/);
      await one.writeCatalogue(null);
      assert.deepEqual(await polled(one), ['FEED_UNREADABLE no server.ini']);
      await one.removeFolder();
      const gone = one.withoutFolder ?? 'no such folder';
      assert.deepEqual(await polled(one), [`FEED_UNREADABLE ${gone}`]);
    });

    test('another file of the same name and size is noticed', async () => {
      const one = await fixture();
      const [before] = await digestsOf(one);
      assert.equal((await digestsOf(one))[0], before);
      await one.writeFile('pattern/lpt.123', 'PATTERN 123');
      const [after] = await digestsOf(one);
      assert.notEqual(after, before);
    });

    test('what no download names is forgotten, half copies included', async () => {
      const one = await fixture();
      const answer = await one.settled(one.feed.download());
      assert.ok(answer.ok);
      const [kept] = answer.download.items;
      assert.ok(kept);
      await one.leaveHalf();
      assert.equal((await one.kept()).length, 3);
      await one.settled(one.feed.keepOnly(new Set([kept.digest])));
      assert.deepEqual(await one.kept(), [kept.digest]);
      assert.deepEqual(await polled(one), ['pattern 1.23', 'spyware-pattern 7']);
      assert.equal((await one.kept()).length, 2, 'the forgotten file is copied anew');
    });
  });
}
