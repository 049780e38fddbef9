/** What an information server may expect of the authority of its site. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import type { Identity } from '#domain/trust/identity.ts';
import type { SiteAuthority } from '#ports/site-authority.ts';

export type SiteAuthorityFixture = {
  readonly authority: SiteAuthority;
  readonly lifetimeMs: number;
  /** A request for a key that was made now. */
  request(): string;
  /** One whose signature is of another key than it names; null: requests are not signed here. */
  forged(): string | null;
  /** Who the chain says stands there; null: nobody believes it. */
  believed(chain: string, now: number): Identity | null;
  end(): Promise<void>;
};

const now = Date.now();

export function siteAuthorityContract(
  name: string,
  open: () => Promise<SiteAuthorityFixture>,
): void {
  describe(`the authority of a site: ${name}`, () => {
    const withAuthority = (act: (fixture: SiteAuthorityFixture) => Promise<void>) => async () => {
      const fixture = await open();
      try {
        await act(fixture);
      } finally {
        await fixture.end();
      }
    };
    const server = ({ authority }: SiteAuthorityFixture): Identity => ({
      role: 'normal-server',
      site: authority.site,
      organisation: authority.organisation.name,
      server: brand<ServerId>('files-01'),
    });

    test(
      'signs a chain that says who it is for, until when, and of which key',
      withAuthority(async (fixture) => {
        const { authority, lifetimeMs } = fixture;
        const [request, identity] = [fixture.request(), server(fixture)];
        const signed = await authority.sign({ request, identity, now });
        assert.ok(signed.ok, JSON.stringify(signed));
        const { from, until, chain, keyDigest } = signed.value;
        assert.deepEqual(fixture.believed(chain, now), identity);
        assert.deepEqual(signed.value.identity, identity);
        assert.ok(from <= now && Math.abs(until - now - lifetimeMs) <= 1_000);
        assert.equal(fixture.believed(chain, until + 1_000), null);
        const key = await authority.keyOf(request);
        assert.ok(key.ok && key.value === keyDigest);
      }),
    );

    test(
      'gives every certificate a number of its own, also for the same key',
      withAuthority(async (fixture) => {
        const { authority } = fixture;
        const asked = { request: fixture.request(), identity: server(fixture), now };
        const [one, two] = [await authority.sign(asked), await authority.sign(asked)];
        assert.ok(one.ok && two.ok);
        assert.notEqual(one.value.serial, two.value.serial);
        assert.equal(one.value.keyDigest, two.value.keyDigest);
      }),
    );

    test(
      'signs nothing for who does not hold the key, or asks for nothing that can be read',
      withAuthority(async (fixture) => {
        const { authority } = fixture;
        for (const request of [fixture.forged(), 'no-request']) {
          if (request === null) continue;
          const identity = server(fixture);
          const signed = await authority.sign({ request, identity, now });
          assert.equal(signed.ok ? null : signed.because.code, 'CERTIFICATE_REQUEST_WRONG');
          const key = await authority.keyOf(request);
          assert.equal(key.ok ? null : key.because.code, 'CERTIFICATE_REQUEST_WRONG');
        }
      }),
    );

    test(
      'what it signs for another site is believed nowhere',
      withAuthority(async (fixture) => {
        const { authority } = fixture;
        const identity = { ...server(fixture), site: 'elsewhere' };
        const signed = await authority.sign({ request: fixture.request(), identity, now });
        assert.equal(signed.ok ? fixture.believed(signed.value.chain, now) : null, null);
      }),
    );

    test(
      'makes secrets that are never the same twice',
      withAuthority(async ({ authority }) => {
        const made = Array.from({ length: 100 }, () => authority.newSecret());
        assert.equal(new Set(made.map(({ id }) => id)).size, 100);
        assert.equal(new Set(made.map(({ secret }) => secret)).size, 100);
        for (const { id, secret } of made)
          assert.match(`${id} ${secret}`, /^[0-9a-f]{16} [\w-]{43}$/);
      }),
    );
  });
}
