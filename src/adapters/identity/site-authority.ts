/** The authority of a site as it stands in ROOT: the organisation, and the key that signs. */

import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { brand, type Digest } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { SiteAuthority } from '#ports/site-authority.ts';
import { readRehomeOrder } from './rehome-order.ts';
import { readAuthority, readOrganisation } from './trust-files.ts';

/** The library that signs is loaded when the first server asks. */
const signing = () => import('./authority-x509.ts');

export async function openSiteAuthority(
  root: string,
  options: { readonly lifetimeMs?: number | undefined } = {},
): Promise<Result<SiteAuthority>> {
  const organisation = await readOrganisation(root);
  if (!organisation.ok) return organisation;
  const authority = await readAuthority(root);
  if (!authority.ok) return authority;
  const { organisation: known, text, fingerprint } = organisation.value;
  const own = new X509Certificate(authority.value.certificate);
  const [site = ''] = own.subject.replace(/^CN=/, '').split('.');
  const { lifetimeMs } = options;
  return ok({
    organisation: { name: known.organisation, text, fingerprint },
    site,
    until: own.validToDate.getTime(),
    async sign({ identity, now, request }) {
      const { issueLeaf } = await signing();
      const issued = await issueLeaf(authority.value, { request, identity, now, lifetimeMs });
      if (!issued.ok) return issued;
      const { certificate, serial, from, until } = issued.value;
      return ok({
        chain: `${certificate}${authority.value.certificate}`,
        identity,
        serial,
        keyDigest: keyDigestOf(new X509Certificate(certificate)),
        from,
        until,
      });
    },
    readOrder: (order) => readRehomeOrder(order, known),
    async keyOf(request) {
      const { publicKeyOfRequest } = await signing();
      const key = await publicKeyOfRequest(request);
      return key.ok ? ok(sha256(key.value)) : key;
    },
    newSecret: () => ({
      id: randomBytes(8).toString('hex'),
      secret: randomBytes(32).toString('base64url'),
    }),
  });
}

function keyDigestOf({ publicKey }: X509Certificate): Digest {
  return sha256(publicKey.export({ type: 'spki', format: 'der' }));
}

function sha256(bytes: Uint8Array): Digest {
  return brand<Digest>(createHash('sha256').update(bytes).digest('hex'));
}
