/** What every inbox promises, whatever carries the bytes. Files are short texts in both. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { Inbox } from '#ports/inbox.ts';

export type InboxFixture = {
  readonly inbox: Inbox;
  digestOf(text: string): Digest;
  /** The control manager has this text under that digest; null: nothing. */
  offer(digest: Digest, text: string | null): void;
  /** Nobody answers any more. */
  end(): Promise<void>;
  /** The first bytes of what is fetched now have arrived, not all. */
  someArrived(digest: Digest): Promise<void>;
  /** Bytes that have left the control manager. */
  bytesServed(): number;
  /** The names of complete files, then those of half ones. */
  names(): Promise<{ readonly whole: readonly string[]; readonly half: readonly string[] }>;
  /** Waits for it; where time is simulated, lets it pass. */
  settled<Answer>(promise: Promise<Answer>): Promise<Answer>;
};

const text = 'pattern '.repeat(1_000);
const bytes = text.length;
const codeOf = (result: Result<null>): string => (result.ok ? 'ok' : result.because.code);
const going = (): AbortSignal => new AbortController().signal;

export function inboxContract(name: string, make: () => Promise<InboxFixture>): void {
  describe(`an inbox: ${name}`, () => {
    test('a file stands complete under its digest, and is then asked of nobody', async () => {
      const { inbox, digestOf, offer, bytesServed, names, settled, end } = await make();
      const digest = digestOf(text);
      offer(digest, text);
      assert.equal(codeOf(await settled(inbox.fetch({ digest, bytes }, going()))), 'ok');
      assert.deepEqual(await names(), { whole: [digest], half: [] });
      assert.equal(codeOf(await settled(inbox.fetch({ digest, bytes }, going()))), 'ok');
      assert.equal(bytesServed(), bytes);
      await end();
    });

    test('what the control manager does not have is said at once', async () => {
      const { inbox, digestOf, names, settled, end } = await make();
      const fetched = await settled(inbox.fetch({ digest: digestOf(text), bytes }, going()));
      assert.equal(codeOf(fetched), 'PACKAGE_ABSENT');
      assert.deepEqual((await names()).whole, []);
      await end();
    });

    test('other bytes than those of the digest never stand there', async () => {
      const { inbox, digestOf, offer, bytesServed, names, settled, end } = await make();
      const digest = digestOf(text);
      offer(digest, text.toUpperCase());
      const fetched = await settled(inbox.fetch({ digest, bytes }, going()));
      assert.equal(codeOf(fetched), 'PACKAGE_DIGEST_WRONG');
      assert.deepEqual((await names()).whole, []);
      assert.equal(bytesServed(), 2 * bytes, 'it was tried once more from the beginning');
      offer(digest, text);
      assert.equal(codeOf(await settled(inbox.fetch({ digest, bytes }, going()))), 'ok');
      await end();
    });

    test('what was stopped goes on where it was', async () => {
      const { inbox, digestOf, offer, someArrived, bytesServed, names, settled, end } =
        await make();
      const digest = digestOf(text);
      offer(digest, text);
      const stop = new AbortController();
      const stopped = inbox.fetch({ digest, bytes }, stop.signal);
      await someArrived(digest);
      stop.abort();
      assert.notEqual(codeOf(await settled(stopped)), 'ok');
      assert.deepEqual(await names(), { whole: [], half: [digest] });
      assert.equal(codeOf(await settled(inbox.fetch({ digest, bytes }, going()))), 'ok');
      assert.deepEqual(await names(), { whole: [digest], half: [] });
      assert.equal(bytesServed(), bytes, 'no byte twice');
      await end();
    });

    test('what is not named is forgotten, half files included', async () => {
      const { inbox, digestOf, offer, someArrived, names, settled, end } = await make();
      const stop = new AbortController();
      const [kept, other, half] = ['kept', 'other', text].map((one) => digestOf(one));
      assert.ok(kept && other && half);
      for (const [digest, content] of [
        [kept, 'kept'],
        [other, 'other'],
      ] as const) {
        offer(digest, content);
        await settled(inbox.fetch({ digest, bytes: content.length }, going()));
      }
      offer(half, text);
      const stopped = inbox.fetch({ digest: half, bytes }, stop.signal);
      await someArrived(half);
      stop.abort();
      await settled(stopped);
      await settled(inbox.keepOnly(new Set([kept])));
      assert.deepEqual(await names(), { whole: [kept], half: [] });
      await end();
    });
  });
}
