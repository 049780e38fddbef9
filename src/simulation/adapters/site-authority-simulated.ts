/**
 * The authority of a site without cryptography: what it signs is a text that says so. A request is
 * `request <key>`; whoever names a key holds it.
 */

import { hash } from 'node:crypto';
import { brand, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { identityText } from '#domain/trust/identity.ts';
import { validity } from '#domain/trust/validity.ts';
import type { SiteAuthority } from '#ports/site-authority.ts';

export function openSiteAuthoritySimulated(options: {
  readonly organisation: string;
  readonly site: string;
  readonly lifetimeMs?: number;
}): SiteAuthority {
  const { organisation, site, lifetimeMs = validity.leafMs } = options;
  const text = `{"organisation":"${organisation}"}`;
  let serials = 0;
  let secrets = 0;
  const keyOf = (request: string): Result<Digest> => {
    const [, key] = /^request (\S+)$/.exec(request) ?? [];
    return key === undefined
      ? refuse(problem('CERTIFICATE_REQUEST_WRONG', { detail: 'unreadable' }))
      : ok(digestOfText(key));
  };
  return {
    organisation: { name: organisation, text, fingerprint: digestOfText(text) },
    site,
    until: validity.siteMs,
    async sign({ request, identity, now }) {
      const keyDigest = keyOf(request);
      if (!keyDigest.ok) return keyDigest;
      serials += 1;
      const serial = serials.toString(16).padStart(32, '0');
      const until = now + lifetimeMs;
      const chain = `certificate ${serial} of ${identityText(identity)}, below ${site}`;
      const from = now - Math.min(validity.behindMs, lifetimeMs / 10);
      return ok({ chain, identity, serial, keyDigest: keyDigest.value, from, until });
    },
    async keyOf(request) {
      return keyOf(request);
    },
    readOrder: () => refuse(problem('REHOME_UNREADABLE', { detail: 'nobody signs orders here' })),
    newSecret() {
      secrets += 1;
      const id = secrets.toString(16).padStart(16, '0');
      return { id, secret: `secret-${id}`.padEnd(43, '-') };
    },
  };
}

function digestOfText(text: string): Digest {
  return brand<Digest>(hash('sha256', text));
}
