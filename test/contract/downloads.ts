/** What ROOT/downloads and the transfers into it promise, whatever carries the bytes. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Digest } from '#domain/names.ts';
import type { Downloads, Packages } from '#ports/installer.ts';

export type DownloadsFixture = {
  /** As any later process finds them. */
  open(): Promise<{ readonly downloads: Downloads; readonly packages: Packages }>;
  digestOf(text: string): Digest;
  /** The information server has this text under that digest; null: nothing. */
  offer(digest: Digest, text: string | null): void;
  /** The first bytes of what is fetched now have arrived, not all. */
  someArrived(file: string): Promise<void>;
  /** Body bytes of archives that have left the information server. */
  bytesServed(): number;
  /** Waits for it; where time is simulated, lets it pass. */
  settled<Answer>(promise: Promise<Answer>): Promise<Answer>;
  end(): Promise<void>;
};

const text = 'archive '.repeat(1_000);
const bytes = text.length;
const going = (): AbortSignal => new AbortController().signal;

type Opened = Awaited<ReturnType<DownloadsFixture['open']>>;
type Fetched = { readonly code: string; readonly received: number; readonly told: number[] };

function fetching(
  { downloads, packages }: Opened,
  of: { readonly release: Digest; readonly archive: Digest; readonly signal?: AbortSignal },
): Promise<Fetched> {
  const told: number[] = [];
  return packages
    .archive({
      archive: { digest: of.archive, bytes },
      file: downloads.file(of.release),
      progress: (received) => void told.push(received),
      signal: of.signal ?? going(),
    })
    .then((fetched) =>
      fetched.ok
        ? { code: 'ok', received: fetched.value.bytesReceived, told }
        : { code: fetched.because.code, received: 0, told },
    );
}

export function downloadsContract(name: string, make: () => Promise<DownloadsFixture>): void {
  const check = (title: string, act: (fixture: DownloadsFixture) => Promise<void>): void =>
    void test(title, async () => {
      const fixture = await make();
      try {
        await act(fixture);
      } finally {
        await fixture.end();
      }
    });

  describe(`downloads: ${name}`, () => {
    check(
      'an archive is fetched once, counted as it comes, and found by a later process',
      async (site) => {
        const { open, digestOf, offer, settled, bytesServed } = site;
        const of = { release: digestOf('release'), archive: digestOf(text) };
        offer(of.archive, text);
        const opened = await open();
        assert.equal(await opened.downloads.bytes(of.release), 0);
        const fetched = await settled(fetching(opened, of));
        assert.equal(fetched.code, 'ok');
        assert.equal(fetched.received, bytes);
        assert.equal(fetched.told.at(-1), bytes);
        assert.deepEqual(
          fetched.told,
          fetched.told.toSorted((left, right) => left - right),
        );
        const later = await open();
        assert.equal(await later.downloads.bytes(of.release), bytes);
        assert.equal((await settled(fetching(later, of))).received, 0);
        assert.equal(bytesServed(), bytes);
      },
    );

    check('what was stopped goes on where it was, in a later process', async (site) => {
      const { open, digestOf, offer, settled, someArrived, bytesServed } = site;
      const of = { release: digestOf('release'), archive: digestOf(text) };
      offer(of.archive, text);
      const opened = await open();
      const stop = new AbortController();
      const stopped = fetching(opened, { ...of, signal: stop.signal });
      await someArrived(opened.downloads.file(of.release));
      stop.abort();
      assert.equal((await settled(stopped)).code, 'ADDRESS_UNREACHABLE');
      const later = await open();
      const half = await later.downloads.bytes(of.release);
      assert.ok(half > 0 && half < bytes, `${half}`);
      assert.equal((await settled(fetching(later, of))).received, bytes - half);
      assert.equal(bytesServed(), bytes, 'no byte twice');
    });

    check(
      'an archive that is not there is said at once; a wrong one never stands there',
      async (site) => {
        const { open, digestOf, offer, settled } = site;
        const of = { release: digestOf('release'), archive: digestOf(text) };
        const opened = await open();
        assert.equal((await settled(fetching(opened, of))).code, 'PACKAGE_ABSENT');
        offer(of.archive, text.toUpperCase());
        assert.equal((await settled(fetching(opened, of))).code, 'PACKAGE_DIGEST_WRONG');
        assert.equal(await opened.downloads.bytes(of.release), 0);
      },
    );

    check('a manifest is handed over as it is, or said to be absent', async (site) => {
      const { open, digestOf, offer, settled } = site;
      const { packages } = await open();
      const digest = digestOf('manifest');
      const absent = await settled(packages.manifest(digest, going()));
      assert.equal(absent.ok ? 'ok' : absent.because.code, 'PACKAGE_ABSENT');
      offer(digest, 'manifest');
      const found = await settled(packages.manifest(digest, going()));
      assert.equal(found.ok ? new TextDecoder().decode(found.value) : '', 'manifest');
    });

    check(
      'metadata is handed over by its name, or null, and never more than asked',
      async (site) => {
        const { open, digestOf, offer, settled } = site;
        const { packages } = await open();
        const ask = (bytesMax: number) =>
          settled(packages.metadata('content', '7.targets.json', bytesMax));
        assert.deepEqual(await ask(100), { ok: true, value: null });
        offer(digestOf('content/7.targets.json'), 'signed');
        const found = await ask(100);
        assert.equal(
          found.ok && found.value ? new TextDecoder().decode(found.value) : '',
          'signed',
        );
        const large = await ask(5);
        assert.equal(large.ok ? 'ok' : large.because.code, 'METADATA_TOO_LARGE');
      },
    );

    check('what is removed, or not named, is gone; the rest stays', async (site) => {
      const { open, digestOf, offer, settled } = site;
      const archive = digestOf(text);
      offer(archive, text);
      const opened = await open();
      const [kept, other, removed] = ['kept', 'other', 'removed'].map(digestOf);
      assert.ok(kept && other && removed);
      for (const release of [kept, other, removed]) {
        assert.equal((await settled(fetching(opened, { release, archive }))).code, 'ok');
      }
      const { downloads } = opened;
      await downloads.remove(removed);
      await downloads.remove(removed);
      assert.equal(await downloads.bytes(removed), 0);
      await downloads.keepOnly([kept]);
      assert.equal(await downloads.bytes(kept), bytes);
      assert.equal(await downloads.bytes(other), 0);
    });
  });
}
