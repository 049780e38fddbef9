/** Everything that the routes may ask; wired once in main.ts. */

import type { Keeper } from '#elsewhere/keeper.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { Person } from '#domain/people/person.ts';
import type { Result } from '#domain/result.ts';
import type { PackageSources } from '#ports/package-sources.ts';
import type { ShownSettings } from '#protocol/console/settings-calls.ts';
import type { Changes } from '#people/changes.ts';
import type { AgentLink } from './agent-link.ts';
import type { Catalogue } from './content/catalogue.ts';
import type { Behind } from './content/behind.ts';
import type { Deliveries, UpdateSource } from './content/deliveries.ts';
import type { ServedDeltas } from './content/deltas.ts';
import type { Enrolment } from './enrolment/enrolment.ts';
import type { FleetEvents } from './fleet/fleet-events.ts';
import type { FleetIndex } from './fleet/fleet-index.ts';
import type { Forecasts } from './forecast/forecasts.ts';
import type { Loop } from './loop.ts';
import type { OwnUpgrade } from './upgrade/own-upgrade.ts';
import type { Rings } from './content/rings.ts';
import type { Publisher } from './fleet/publisher.ts';
import type { Refused } from './enrolment/refused.ts';
import type { Sessions } from './fleet/sessions.ts';
import type { Site } from './site.ts';
import type { StandingNotices } from './fleet/standing-notices.ts';
import type { Updates } from './content/updates.ts';
import type { Budgets } from './traffic/budgets.ts';
import type { Traffic } from './traffic/traffic.ts';
import type { Campaigns } from './upgrade/campaigns.ts';
import type { Upgrades } from './upgrade/upgrades.ts';

/** Who asks, as it goes into the record, and whose servers he may see. */
export type By = Pick<Person, 'name' | 'scope'>;

export type Parts = {
  readonly site: Site;
  readonly loop: Loop;
  readonly sessions: Sessions;
  readonly publisher: Publisher;
  readonly upgrades: Upgrades;
  /** This site's parts of them. */
  readonly campaigns: Campaigns;
  readonly fleetEvents: FleetEvents;
  readonly fleetIndex: FleetIndex;
  /** Tells those who look that something changed. */
  readonly changes: Changes;
  readonly catalogue: Catalogue;
  readonly deliveries: Deliveries;
  /** null: servers get whole packages. */
  readonly deltas: ServedDeltas | null;
  readonly updates: Updates;
  /** Of content, inside this site. */
  readonly rings: Rings;
  readonly agent: AgentLink;
  readonly own: OwnUpgrade;
  readonly forecasts: Forecasts;
  /** null: none are set. */
  readonly sources: PackageSources | null;
  readonly budgets: Budgets;
  readonly traffic: Traffic;
  readonly enrolment: Enrolment;
  readonly notices: StandingNotices;
  /** Whose certificates count no more. */
  readonly refused: Refused;
  /** Servers that know newer metadata than this site. */
  readonly behind: Behind;
  /** What is kept where whoever breaks in here cannot reach. */
  readonly elsewhere: readonly Keeper[];
  /** No source of updates is set (S6); null: not known. */
  readonly contentOnlyFromControlManager: boolean | null;
  /** As people may read them. */
  readonly settings: ShownSettings;
  serversAddress(): string;
  /** Turns a plan file into a plan; YAML and time zones are an adapter's. */
  readPlan(
    text: string,
    file: string,
    context: {
      readonly now: number;
      readonly fleet: readonly FleetServer[];
      readonly releases: readonly Release[];
      readonly acknowledged: boolean;
    },
  ): Result<UpgradePlan>;
  readSource(source: string | undefined): Promise<Result<UpdateSource>>;
  /** A hold began or ended: the agent and the servers are told, updates catch up. */
  holdsChanged(): void;
};
