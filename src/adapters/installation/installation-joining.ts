/**
 * A server that is to enrol never runs ahead of its information server (L1), unless a person says why.
 * That one is asked before anything is laid down, if it answers; if not, it asks when the server enrols.
 */

import type { Problem } from '#domain/problem.ts';
import type { InstallRequest } from '#ports/packages.ts';
import { parseEnrolmentToken } from '#protocol/shared/organisation.ts';
import { askJoining, fetchOrganisation } from '../identity/enrolment-client.ts';
import { aheadReasonFile, enrolmentTokenFile } from '../identity/identity-enrolled.ts';

export async function againstJoining(
  { trust }: Pick<InstallRequest, 'trust'>,
  version: string,
): Promise<Problem | null> {
  const text = trust?.secrets[enrolmentTokenFile];
  if (text === undefined || trust?.secrets[aheadReasonFile] !== undefined) return null;
  const token = parseEnrolmentToken(text, enrolmentTokenFile);
  if (!token.ok) return token.because;
  const { address, site, organisation: fingerprint } = token.value;
  const organisation = await fetchOrganisation(address, fingerprint);
  if (!organisation.ok) return null;
  const above = { address, site, organisation: organisation.value };
  const asked = await askJoining(above, { token: token.value, version });
  // Whatever else is wrong with the token is told when the server enrols.
  return !asked.ok && asked.because.code === 'INFORMATION_SERVER_BEHIND' ? asked.because : null;
}
