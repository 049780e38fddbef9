/**
 * What a daemon shows and believes on its links, kept valid for as long as it runs. Upper tiers, and
 * who stands beside one, sign for themselves; a server alone is enrolled and renewed over the link.
 */

import type { Logger } from 'pino';
import { ok, type Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import { enrolledIdentity, type Enrolling } from './identity-enrolled.ts';
import { keepIdentity, type KeeperOptions } from './identity-keeper.ts';
import { signedIdentity, type Daemon } from './identity-signed.ts';
import { openLinkTrust, type LinkTrust } from './link-trust.ts';

export type KeptTrust = { readonly trust: LinkTrust; close(): void };

type Surroundings = { readonly clock: Clock; readonly log: Logger };

/** Nobody listens or dials without it, so the first identity is waited for. */
export async function keepSignedTrust(
  root: string,
  daemon: Daemon,
  { trust = openLinkTrust(), ...surroundings }: Surroundings & { readonly trust?: LinkTrust },
): Promise<Result<KeptTrust>> {
  const first = await signedIdentity(root, daemon, {
    now: surroundings.clock.now(),
    chance: Math.random(),
    refusals: trust.refusals,
  });
  if (!first.ok) return first;
  trust.stands(first.value);
  const obtain: KeeperOptions['obtain'] = async (moment) => {
    const { refusals } = trust;
    const standing = await signedIdentity(root, daemon, { ...moment, refusals });
    return standing.ok ? ok({ standing: standing.value, because: null }) : standing;
  };
  return ok(keepTrust(trust, obtain, surroundings));
}

/** Whoever is not enrolled yet shows nothing and dials nobody, until it is. */
export function keepEnrolledTrust(
  root: string,
  who: Enrolling,
  { trust, ...surroundings }: Surroundings & { readonly trust: LinkTrust },
): KeptTrust {
  return keepTrust(
    trust,
    (moment) => enrolledIdentity(root, who, { ...moment, refusals: trust.refusals }),
    surroundings,
  );
}

function keepTrust(
  trust: LinkTrust,
  obtain: KeeperOptions['obtain'],
  { clock, log }: Surroundings,
): KeptTrust {
  const stands = trust.stands.bind(trust);
  const keeper = keepIdentity({ obtain, stands, clock, chance: Math.random, log });
  return { trust, close: () => keeper.close() };
}
