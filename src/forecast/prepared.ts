/** A request made ready for many runs: what all of them share and none changes. */

import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { ForecastRequest, ForecastServer, Habits, Method, Spread } from '#ports/forecast.ts';
import { drawOf, switchFateOf, type Draw } from './draw.ts';

export type Prepared = {
  readonly request: ForecastRequest;
  readonly plan: UpgradePlan;
  readonly groups: readonly PreparedGroup[];
  readonly draws: { readonly [Habit in TimedHabit]: Draw };
  readonly switchFate: ReturnType<typeof switchFateOf>;
};

export type PreparedGroup = {
  readonly method: Method;
  readonly servers: readonly ForecastServer[];
};

/** Habits that are times. */
type TimedHabit = {
  [Name in keyof Habits]: Habits[Name] extends Spread ? Name : never;
}[keyof Habits];

const deployment: Method = { by: 'deployment' };
/** What a plan says of nothing but that installers are run. */
const byOnePerson: Method = { by: 'local-installation', minutesEach: 15, people: 1 };

export function prepare(request: ForecastRequest): Prepared {
  const { plan, habits, methods } = request;
  const known = new Map(request.servers.map((one) => [one.server, one]));
  const groups = plan.groups.map((group) => ({
    method: methods?.[group.name] ?? (group.local === 'all' ? byOnePerson : deployment),
    // Who is not known yet says nothing about itself, so it cannot be forecast.
    servers: group.servers.flatMap((server) => known.get(server) ?? []),
  }));
  return {
    request,
    plan: {
      ...plan,
      // L3: people say when they are done; then the group opens, and finds everything in place.
      // Single servers of a group are forecast as if they were sent to: few, and not much earlier.
      groups: plan.groups.map((group, place) => ({
        ...group,
        local: undefined,
        approve: group.approve || groups[place]?.method.by === 'local-installation',
      })),
    },
    groups,
    draws: drawsOf(habits),
    switchFate: switchFateOf(habits),
  };
}

function drawsOf(habits: Habits): Prepared['draws'] {
  return {
    begin: drawOf(habits.begin),
    unpack: drawOf(habits.unpack),
    prepare: drawOf(habits.prepare),
    switch: drawOf(habits.switch),
    prove: drawOf(habits.prove),
    catalogueCheck: drawOf(habits.catalogueCheck),
    informationServer: drawOf(habits.informationServer),
    agent: drawOf(habits.agent),
    returns: drawOf(habits.returns),
    decision: drawOf(habits.decision),
    repair: drawOf(habits.repair),
  };
}
