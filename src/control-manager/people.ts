/** People at a control manager: which sites a call touches. */

import type { ApproverRule } from '#domain/people/approval.ts';
import type { Target } from '#domain/people/person.ts';
import { controlManagerRights } from '#domain/people/rights.ts';
import { ok, type Result } from '#domain/result.ts';
import type { PeopleWorld } from '#people/world.ts';
import type { PeopleStore } from '#ports/people.ts';
import type { Secrets } from '#ports/secrets.ts';
import { controlManagerCalls as calls } from '#protocol/console/contract.ts';
import type { ControlManager } from './program.ts';
import { releasable } from './routes/holds.ts';

export function peopleWorld(
  program: ControlManager,
  given: {
    readonly store: PeopleStore;
    readonly secrets: Secrets;
    readonly approvers: ApproverRule;
    readonly organisation: string | null;
    readonly timeZone: string;
  },
): PeopleWorld {
  const { organisation, timeZone, ...world } = given;
  const { name, version } = program.context.settings;
  return {
    ...world,
    place: { tier: 'control-manager', name, organisation, version, timeZone },
    clock: program.context.clock,
    rights: controlManagerRights,
    targetOf: async (call, params) => targetOf(program, call, params),
    settled: async (call, params) => settled(program, call, params),
    act: (call, params, by) => program.answer({ call, params, by }),
  };
}

function targetOf({ context }: ControlManager, call: string, given: unknown): Target {
  switch (call) {
    case 'site.move':
      return [calls[call].params.parse(given).site];
    case 'hold.add':
      return sitesOf(calls[call].params.parse(given).sites);
    case 'hold.release':
      return sitesOf(context.book.hold(calls[call].params.parse(given).hold)?.sites ?? 'all');
    default:
      return 'whole';
  }
}

function sitesOf(sites: 'all' | readonly string[]): Target {
  return sites === 'all' || sites.length === 0 ? 'whole' : sites;
}

function settled({ context }: ControlManager, call: string, given: unknown): Result<unknown> {
  if (call !== 'hold.release') return ok(given);
  const params = calls[call].params.parse(given);
  const hold = releasable(context, params);
  return hold.ok ? ok(params) : hold;
}
