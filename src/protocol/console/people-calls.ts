/** Calls of both tiers about people, their tokens, their sessions and what waits for approval. */

import { z } from 'zod';
import { namePattern, type CredentialId, type PersonName, type RequestId } from '#domain/names.ts';
import { credentialLimits } from '#domain/people/credential.ts';
import { approverRules } from '#domain/people/approval.ts';
import { roles } from '#domain/people/person.ts';
import { instant, named, version } from '../shared/primitives.ts';

export const personName = named<PersonName>(namePattern);
export const credentialId = named<CredentialId>(/^[a-z0-9-]{1,32}$/);
export const requestId = named<RequestId>(/^request-[a-z0-9]{1,32}$/);
export const role = z.enum(roles);
/** Domains of a site, or sites of an organisation. */
export const scope = z.union([
  z.literal('whole'),
  z.array(z.string().regex(namePattern)).min(1).max(1_000),
]);
/** Longer than anybody types, shorter than what would take long to hash. */
export const password = z.string().max(1_024);
const tokenName = z.string().min(1).max(100);

const nothing = z.strictObject({});
const done = z.object({ done: z.literal(true) });

const personView = z.object({
  person: personName,
  role,
  scope,
  /** false: comes in by tokens only. */
  hasPassword: z.boolean(),
  at: instant,
});

const tokenView = z.object({
  token: credentialId,
  person: personName,
  name: z.string(),
  role,
  scope,
  at: instant,
  /** null: the installation's own, which stands as long as its file. */
  until: instant.nullable(),
  usedAt: instant.nullable(),
});

const requestView = z.object({
  request: requestId,
  call: z.string(),
  params: z.unknown(),
  by: personName,
  at: instant,
  until: instant,
  approvedBy: z.array(personName),
  /** How many people are still wanted. */
  missing: z.int(),
  /** Whose account another made or changed, or made a token for, in the last 30 days. */
  ties: z.array(z.object({ person: personName, by: personName, at: instant })).default([]),
});

export const peopleCalls = {
  'people.list': {
    params: nothing,
    result: z.object({
      people: z.array(personView),
      /** The organisation's rule, and what it comes to for what concerns the whole. */
      approvers: z.object({ rule: z.literal(approverRules), required: z.int() }),
    }),
  },
  'people.add': {
    params: z.strictObject({
      person: personName,
      role,
      scope: scope.default('whole'),
      /** Absent: comes in by tokens only. */
      password: password.optional(),
    }),
    result: personView,
  },
  'people.change': {
    params: z.strictObject({
      person: personName,
      role: role.optional(),
      scope: scope.optional(),
      password: password.optional(),
    }),
    result: personView,
  },
  'people.remove': { params: z.strictObject({ person: personName }), result: done },
  /** One's own. */
  'password.change': {
    params: z.strictObject({ current: password, next: password }),
    result: done,
  },
  'token.add': {
    params: z.strictObject({
      person: personName,
      name: tokenName,
      /** Absent: those of the person. */
      role: role.optional(),
      scope: scope.optional(),
      days: z.number().positive().max(credentialLimits.tokenDaysMax).optional(),
    }),
    /** The secret is shown this once. */
    result: z.object({ ...tokenView.shape, secret: z.string() }),
  },
  'token.list': { params: nothing, result: z.object({ tokens: z.array(tokenView) }) },
  'token.revoke': { params: z.strictObject({ token: credentialId }), result: done },
  /** A link that signs in once, in a browser, within minutes. */
  'session.link': {
    /** Absent: for whoever asks. */
    params: z.strictObject({ person: personName.optional() }),
    result: z.object({ person: personName, secret: z.string(), until: instant }),
  },
  whoami: {
    params: nothing,
    result: z.object({ person: personName, role, scope }),
  },
  /** Where a viewer is: what the web console asks first. */
  'console.show': {
    params: nothing,
    result: z.object({
      tier: z.enum(['information-server', 'control-manager']),
      /** Of the site, or of the control manager. */
      name: z.string(),
      /** null: an insecure loopback, which belongs to nobody. */
      organisation: z.string().nullable(),
      version,
      /** Of the computer that answers: times of the site are said in it. */
      timeZone: z.string(),
      now: instant,
    }),
  },
  'approval.list': { params: nothing, result: z.object({ requests: z.array(requestView) }) },
  'approval.give': {
    params: z.strictObject({ request: requestId }),
    result: z.object({
      request: requestId,
      call: z.string(),
      by: personName,
      /** What the call that was asked for answered. */
      answer: z.unknown(),
    }),
  },
} as const;

/** Asked before anybody is known, and to be known no more. */
export const sessionCalls = {
  'session.begin': {
    params: z.strictObject({
      person: z.string().min(1).max(64),
      password,
      /** `cookie`: for a browser, which never sees the secret. */
      form: z.enum(['token', 'cookie']),
    }),
    result: z.object({
      person: personName,
      role,
      scope,
      until: instant,
      /** null: it went into the cookie. */
      secret: z.string().nullable(),
    }),
  },
  /** By the secret of a link, which is over with that. Always a cookie. */
  'session.redeem': {
    params: z.strictObject({ secret: z.string().min(1).max(200) }),
    result: z.object({ person: personName, role, scope, until: instant }),
  },
  'session.end': { params: nothing, result: done },
} as const;

export type PeopleTable = typeof peopleCalls;
export type PeopleCall = keyof PeopleTable;
export type SessionTable = typeof sessionCalls;
export type PersonView = z.infer<typeof personView>;
export type TokenView = z.infer<typeof tokenView>;
export type RequestView = z.infer<typeof requestView>;

/** Where a link leads: the secret stands behind the mark, so it is sent nowhere with the address. */
export const signInMark = '#sign-in=';
export const signInLink = (origin: string, secret: string): string =>
  `${origin}/${signInMark}${secret}`;
