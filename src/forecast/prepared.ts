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

export function prepare(request: ForecastRequest): Prepared {
  const { plan, habits, methods } = request;
  const known = new Map(request.servers.map((one) => [one.server, one]));
  const groups = plan.groups.map((group) => ({
    method: methods?.[group.name] ?? deployment,
    // Who is not known yet says nothing about itself, so it cannot be forecast.
    servers: group.servers.flatMap((server) => known.get(server) ?? []),
  }));
  return {
    request,
    plan: {
      ...plan,
      // L3: people say when they are done; then the group opens, and finds everything in place.
      groups: plan.groups.map((group, place) =>
        groups[place]?.method.by === 'local-installation' ? { ...group, approve: true } : group,
      ),
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
