/** How a site's part of a campaign becomes an upgrade: by the way that a person's plan takes. */

import { planFileOf, type Campaign } from '#domain/campaign/campaign.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { forecastBeforeStart } from '../forecast/start-forecast.ts';
import type { Parts } from '../parts.ts';
import { begin, noGo, prepare } from '../routes/upgrades.ts';

/** Why it could not begin, or null. A preflight that says no is asked again later. */
export async function startPart(
  parts: Parts,
  campaign: Campaign,
  by: { readonly who: string; stillMay(): Problem | null },
): Promise<Problem | null> {
  const { campaign: name, release } = campaign;
  const text = JSON.stringify(planFileOf(campaign, parts.site.name));
  const prepared = await prepare(parts, { text, file: name, acknowledged: false });
  if (!prepared.ok) return prepared.because;
  const { plan, preflight: found } = prepared.value;
  if (plan.release.digest !== release.digest) {
    const digests = { expected: release.digest, found: plan.release.digest };
    return problem('CAMPAIGN_RELEASE_OTHER', { campaign: name, ...digests });
  }
  if (!found.go) return noGo(found).because;
  const made = await forecastBeforeStart(parts, prepared.value);
  // What was heard meanwhile counts.
  const against = by.stillMay();
  if (against !== null) return against;
  return (await begin(parts, prepared.value, { who: by.who, made }))?.because ?? null;
}
