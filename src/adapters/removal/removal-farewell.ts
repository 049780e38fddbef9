/**
 * A normal server that is taken away tells its information server, with the certificate that it
 * has, so that the tree shows it gone. Nothing depends on an answer: a dead one is told as such.
 */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problem, type Problem } from '#domain/problem.ts';
import type { Farewell } from '#ports/removal.ts';
import { leave } from '../identity/enrolment-client.ts';
import { readRefusals } from '../identity/refusals-file.ts';
import { readEnrolledAt } from '../identity/identity-enrolled.ts';
import { standingIdentity, type Standing } from '../identity/identity-signed.ts';
import { validity } from '#domain/trust/validity.ts';
import { readOrganisation } from '../identity/trust-files.ts';

export async function sayFarewell(
  root: string,
  services: readonly string[] | null,
): Promise<Farewell> {
  const isUpper =
    existsSync(join(root, 'secrets', 'authority.pem')) ||
    services?.some((one) => one === 'information-server' || one === 'control-manager') === true;
  if (isUpper) return { state: 'not-needed' };
  const named = nameInSettings(root);
  const untold = (because: Problem, server = named): Farewell => ({
    state: 'untold',
    server,
    because,
  });
  const standing = await identityIn(root);
  const { identity } = standing ?? {};
  if (standing === null || identity?.role !== 'normal-server') {
    return untold(problem('IDENTITY_ABSENT', { folder: join(root, 'secrets') }));
  }
  const address = readEnrolledAt(root)?.address;
  if (address === undefined) {
    return untold(problem('ADDRESS_WRONG', { address: '' }), identity.server);
  }
  const { organisation, credentials } = standing;
  const { server, site } = identity;
  const known = await readRefusals([join(root, 'trust')], organisation.organisation);
  if (!known.ok) return untold(known.because, server);
  const left = await leave({ address, site, organisation, refusals: known.value }, credentials);
  return left.ok ? { state: 'told', server, site } : untold(left.because, server);
}

/** One that expired lately still says who it was. */
async function identityIn(root: string): Promise<Standing | null> {
  const organisation = await readOrganisation(root).catch(() => null);
  if (organisation?.ok !== true) return null;
  return standingIdentity(root, 'normal-server', {
    organisation: organisation.value,
    now: Date.now(),
    isIt: () => true,
    expiredMsMax: validity.renewableMs,
  }).catch(() => null);
}

/** As `install` writes it; for a sentence to a person only, so what cannot be read is left out. */
function nameInSettings(root: string): string | null {
  try {
    const text = readFileSync(join(root, 'settings.yaml'), 'utf8');
    return /^normalServer:\n(?: .*\n)*? {2}server: "?([\w.-]+)"?/m.exec(text)?.[1] ?? null;
  } catch {
    return null;
  }
}
