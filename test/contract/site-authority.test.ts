import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVerifier, readChain } from '#adapters/identity/certificate-chain.ts';
import { certificateRequest, newPrivateKey } from '#adapters/identity/certificate-request.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { openSiteAuthority } from '#adapters/identity/site-authority.ts';
import { writeAuthority, writeOrganisation } from '#adapters/identity/trust-files.ts';
import { parseIdentity } from '#domain/trust/identity.ts';
import { openSiteAuthoritySimulated } from '#simulation/adapters/site-authority-simulated.ts';
import { siteAuthorityContract } from './site-authority.ts';

const organisation = testOrganisation();
const lifetimeMs = 3_600_000;

function forged(): string {
  const lines = certificateRequest(newPrivateKey()).trim().split('\n');
  const bytes = Buffer.from(lines.slice(1, -1).join(''), 'base64');
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) ^ 1;
  return [lines[0], bytes.toString('base64'), lines.at(-1), ''].join('\n');
}

siteAuthorityContract('as it stands in ROOT', async () => {
  const { text, site, organisation: known } = await organisation;
  const root = await mkdtemp(join(tmpdir(), 'dankai-authority-'));
  await writeOrganisation(root, text);
  await writeAuthority(root, site.authority);
  const opened = await openSiteAuthority(root, { lifetimeMs });
  assert.ok(opened.ok);
  const verifier = openVerifier(known);
  return {
    authority: opened.value,
    lifetimeMs,
    request: () => certificateRequest(newPrivateKey()),
    forged,
    believed(chain, now) {
      const verified = verifier.verify(readChain(chain) ?? [], { now });
      return verified.ok ? verified.value.identity : null;
    },
    end: () => rm(root, { recursive: true }),
  };
});

siteAuthorityContract('simulated', async () => {
  const authority = openSiteAuthoritySimulated({ organisation: 'acme', site: 'tokyo', lifetimeMs });
  const ends = new Map<string, number>();
  let keys = 0;
  return {
    authority: {
      ...authority,
      async sign(asked) {
        const signed = await authority.sign(asked);
        if (signed.ok) ends.set(signed.value.chain, signed.value.until);
        return signed;
      },
    },
    lifetimeMs,
    request: () => `request key-${(keys += 1)}`,
    forged: () => null,
    believed(chain, now) {
      const [, text = '', below] = / of (\S+), below (\S+)$/.exec(chain) ?? [];
      const identity = parseIdentity(text);
      return identity?.site === below && now <= (ends.get(chain) ?? 0) ? identity : null;
    },
    end: async () => undefined,
  };
});
