/** Which function answers which console call. */

import type { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import {
  controlManagerCalls as calls,
  type ControlManagerCall,
} from '#protocol/console/contract.ts';
import { listCampaigns, passWave, sendCampaign, stopCampaign } from './campaigns.ts';
import type { By, Context } from './context.ts';
import { deliverNow, moveSite, pollFeed } from './deliveries.ts';
import { addHold, listHolds, releaseHold } from './holds.ts';
import { importNotices } from './organisation.ts';
import { listRecord, searchRecord, showRecord } from './record.ts';
import { admitContent, listRings, passRing, withdrawContent } from './rings.ts';
import { show } from './show.ts';

type Route = (context: Context, params: unknown, by: By) => Promise<Result<unknown>>;

/** Parses once more: only so the parameters have the type that belongs to their call. */
function route<Params extends z.ZodType>(
  params: Params,
  act: (context: Context, params: z.infer<Params>, by: By) => Promise<Result<unknown>>,
): Route {
  return (context, input, by) => act(context, params.parse(input), by);
}

const routes: Readonly<Record<ControlManagerCall, Route>> = {
  'control-manager.show': route(calls['control-manager.show'].params, show),
  'feed.poll': route(calls['feed.poll'].params, pollFeed),
  'deliver.now': route(calls['deliver.now'].params, deliverNow),
  'site.move': route(calls['site.move'].params, moveSite),
  'hold.add': route(calls['hold.add'].params, addHold),
  'hold.list': route(calls['hold.list'].params, listHolds),
  'record.list': route(calls['record.list'].params, listRecord),
  'record.search': route(calls['record.search'].params, searchRecord),
  'record.show': route(calls['record.show'].params, showRecord),
  'organisation.import': route(calls['organisation.import'].params, importNotices),
  'content.rings': route(calls['content.rings'].params, listRings),
  'content.pass': route(calls['content.pass'].params, passRing),
  'content.admit': route(calls['content.admit'].params, admitContent),
  'content.withdraw': route(calls['content.withdraw'].params, withdrawContent),
  'campaign.list': route(calls['campaign.list'].params, listCampaigns),
  'campaign.send': route(calls['campaign.send'].params, sendCampaign),
  'campaign.stop': route(calls['campaign.stop'].params, stopCampaign),
  'campaign.pass': route(calls['campaign.pass'].params, passWave),
  'hold.release': route(calls['hold.release'].params, releaseHold),
};

function isCall(call: string): call is ControlManagerCall {
  return Object.hasOwn(routes, call);
}

export async function answer(
  context: Context,
  asked: { readonly call: string; readonly params: unknown; readonly by: By },
): Promise<Result<unknown>> {
  const { call, params, by } = asked;
  return isCall(call)
    ? routes[call](context, params, by)
    : refuse(problem('CALL_UNKNOWN', { call }));
}
