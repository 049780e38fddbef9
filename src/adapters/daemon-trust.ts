/** What a daemon shows and believes on its links, as it stands in ROOT. */

import { ok, refuse, type Result } from '#domain/result.ts';
import { openVerifier, readChain } from './certificate-chain.ts';
import { openLinkTrust, type LinkTrust } from './link-trust.ts';
import { readCredentials, readOrganisation, type TrustedService } from './trust-files.ts';

export async function readDaemonTrust(
  root: string,
  service: TrustedService,
): Promise<Result<LinkTrust>> {
  const organisation = await readOrganisation(root);
  if (!organisation.ok) return organisation;
  const credentials = await readCredentials(root, service);
  if (!credentials.ok) return credentials;
  const chain = readChain(credentials.value.chain) ?? [];
  const verifier = openVerifier(organisation.value.organisation);
  const verified = verifier.verify(chain, { now: Date.now() });
  if (!verified.ok) return refuse(verified.because);
  const { identity } = verified.value;
  return ok(
    openLinkTrust({
      identity,
      credentials: credentials.value,
      organisation: organisation.value,
    }),
  );
}
