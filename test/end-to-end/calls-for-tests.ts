/**
 * Every call that a role may ask for, by the table of rights, with parameters that its contract reads:
 * a call that is added is asked by itself, or fails here until it is known what to ask.
 */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { isAtLeast, type Role } from '#domain/people/person.ts';
import {
  controlManagerRights,
  informationServerRights,
  type Rights,
} from '#domain/people/rights.ts';
import { controlManagerCalls, informationServerCalls } from '#protocol/console/contract.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';

type Shapes = Readonly<Record<string, { readonly params: z.ZodType } | undefined>>;

const tiers: Readonly<Record<Tier, { readonly rights: Rights; readonly shapes: Shapes }>> = {
  'information-server': {
    rights: informationServerRights,
    shapes: { ...informationServerCalls, ...peopleCalls },
  },
  'control-manager': {
    rights: controlManagerRights,
    shapes: { ...controlManagerCalls, ...peopleCalls },
  },
};
export type Tier = 'information-server' | 'control-manager';

const plan = "release: {version: '9.9'}\ngroups:\n  - {name: A, servers: [a1]}\n";

/** By the name of a parameter; what changes something names nothing that is there. */
const samples: Readonly<Record<string, unknown>> = {
  preview: true,
  filter: {},
  sort: { by: 'server', descending: false },
  from: 0,
  limit: 500,
  log: 'normal-server',
  after: 0,
  of: { kind: 'upgrade', name: 'none' },
  bitsPerSecond: 1e9,
  rollout: 'none',
  ring: 'first',
  campaign: 'none',
  wave: 'first',
  lines: 100,
  server: 'a1',
  domain: 'web',
  reason: 'a trial',
  texts: {},
  component: 'program',
  version: '5.70.1000',
  servers: ['a1'],
  minutes: 1,
  lanes: ['content'],
  components: [],
  hold: 'hold-none',
  runs: 1,
  seed: 1,
  plans: [{ file: 'plan.yaml', text: plan }],
  forecast: 'none',
  upgrade: 'none',
  group: 'A',
  file: 'plan.yaml',
  text: plan,
  current: 'a wrong guess that nobody should read',
  next: 'another that nobody should read',
  request: 'request-none',
  site: 'tokyo',
  folder: 'japan',
  sites: 'all',
};

const required = z.object({ required: z.array(z.string()).default([]) });

/** A server that is there is not to be shut out or taken away while it is looked at. */
const ofNobody = ['fleet.revoke', 'fleet.remove', 'rollback', 'fleet.approve'];

function paramsOf(call: string, shape: z.ZodType): object {
  const { required: names } = required.parse(
    z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }),
  );
  const chosen = names.map((name) => {
    assert.ok(Object.hasOwn(samples, name), `${call}: what would one ask with as ${name}?`);
    return [name, samples[name]] as const;
  });
  const params = {
    ...Object.fromEntries(chosen),
    ...(ofNobody.includes(call) && { server: 'x9' }),
  };
  const parsed = shape.safeParse(params);
  assert.ok(parsed.success, `${call}: ${parsed.error?.message}`);
  return params;
}

/** What that role is answered, as it came, call by call; an administrator's calls are refused. */
export async function everyAnswer(
  tier: Tier,
  {
    address,
    token,
    role,
  }: { readonly address: string; readonly token: string; readonly role: Role },
): Promise<ReadonlyMap<string, string>> {
  const { rights, shapes } = tiers[tier];
  const answers = new Map<string, string>();
  for (const [call, right] of Object.entries(rights)) {
    const shape = shapes[call];
    // The one that is an upload and no call.
    if (shape === undefined) continue;
    const isAllowed = isAtLeast(role, right.role);
    const params = isAllowed ? paramsOf(call, shape.params) : {};
    const sent = request(`${address}/v1/${call}`, {
      method: 'POST',
      rejectUnauthorized: false,
      agent: false,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    }).end(JSON.stringify(params));
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    const said = await text(response);
    const isUnread = /"code":"(MESSAGE_UNREADABLE|CALL_UNKNOWN|TOKEN_WRONG)"/.test(said);
    assert.ok(!isAllowed || !isUnread, `${call}: ${said}`);
    answers.set(call, `${said}${JSON.stringify(response.headers)}`);
  }
  return answers;
}
