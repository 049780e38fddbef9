/** A call as a component asks it: the answer, or why there is none, and again when it changed. */

import { queryOptions, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type {
  ControlManagerTable,
  InformationServerTable,
  ParamsOf,
  ResultOf,
} from '#protocol/console/contract.ts';
import type { PeopleTable } from '#protocol/console/people-calls.ts';
import { callManager, callPeople, callSite } from './call.ts';
import { valueOf } from './query-client.ts';

type SiteCall = keyof InformationServerTable;
type ManagerCall = keyof ControlManagerTable;
type PeopleCall = keyof PeopleTable;

export function siteQuery<Call extends SiteCall>(
  call: Call,
  params: ParamsOf<InformationServerTable, Call>,
) {
  return queryOptions({
    queryKey: [call, params],
    queryFn: async () => valueOf(await callSite(call, params)),
  });
}

export function useSiteCall<Call extends SiteCall>(
  call: Call,
  params: ParamsOf<InformationServerTable, Call>,
): UseQueryResult<ResultOf<InformationServerTable, Call>> {
  return useQuery(siteQuery(call, params));
}

export function useManagerCall<Call extends ManagerCall>(
  call: Call,
  params: ParamsOf<ControlManagerTable, Call>,
): UseQueryResult<ResultOf<ControlManagerTable, Call>> {
  return useQuery({
    queryKey: [call, params],
    queryFn: async () => valueOf(await callManager(call, params)),
  });
}

export function usePeopleCall<Call extends PeopleCall>(
  call: Call,
  params: ParamsOf<PeopleTable, Call>,
): UseQueryResult<ResultOf<PeopleTable, Call>> {
  return useQuery({
    queryKey: [call, params],
    queryFn: async () => valueOf(await callPeople(call, params)),
  });
}
