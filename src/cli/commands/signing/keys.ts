/** Keys of signers: made, shown, and given or taken a role. Asks no server. */

import { join } from 'node:path';
import { z } from 'zod';
import { namePattern, type Lane } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  signingRoles,
  type PublicKey,
  type SigningOutcome,
  type SigningRequest,
} from '#ports/signing.ts';
import { answered, refused, type Command, type Context, type Given } from '../../command.ts';
import { argument, flag, list, parsed, parsedAll, text } from '../../given.ts';
import { lanes, laneOf, placeOf } from './signing-options.ts';
import { keyText, rolesTable, showOutcome } from './show-signing.ts';

const keyName = z.string().regex(namePattern);
const number = z.coerce.number().int().min(1).max(32);

function showMade(context: Context, key: PublicKey, file: string): void {
  const { output, words } = context;
  output.data(words.text('cli.keys.made', { file, key: keyText(key) }));
}

export const makeKey: Command = async (context, given) => {
  const { output, words } = context;
  const name = parsed(keyName, argument(given, 0), { option: 'name', expected: 'name' });
  if (!name.ok) return refused(context, name.because);
  const online = flag(given, 'online');
  const folder = text(given, 'organisationFolder');
  const inFolder = join(folder ?? '', 'keys', `${name.value}.${online ? 'pem' : 'key'}`);
  const file = text(given, 'out') ?? (folder === undefined ? null : inFolder);
  if (file === null) return refused(context, problem('OPTION_ABSENT', { option: '--out' }));
  const signing = await context.signing();
  const key = await signing.makeKey({ file, name: name.value, online });
  const answer: Result<PublicKey & { file: string }> = key.ok ? ok({ ...key.value, file }) : key;
  return answered(context, answer, (made) => {
    showMade(context, made, file);
    const next = online ? 'cli.keys.nextOnline' : 'cli.keys.nextSealed';
    const handOn = `${file.replace(/\.(key|pem)$/, '')}.pub`;
    output.talk(words.text(next, { file, handOn }));
  });
};

export const showKey: Command = async (context, given) => {
  const answer = await (await context.signing()).showKey(argument(given, 0));
  return answered(context, answer, (key) => context.output.data(keyText(key)));
};

export const listKeys: Command = async (context, given) => {
  const signing = await context.signing();
  const folder = text(given, 'organisationFolder') ?? '';
  const answer = await bothLanes((lane) => signing.state(folder, lane));
  return answered(context, answer, (states) => {
    for (const lane of lanes) rolesTable(context, states[lane]);
  });
};

async function bothLanes<Value>(
  ask: (lane: Lane) => Promise<Result<Value>>,
): Promise<Result<Record<Lane, Value>>> {
  const program = await ask('program');
  if (!program.ok) return program;
  const content = await ask('content');
  return content.ok ? ok({ program: program.value, content: content.value }) : content;
}

export const rotateKeys: Command = async (context, given) => {
  const lane = laneOf(given);
  if (!lane.ok) return refused(context, lane.because);
  const roles = parsedAll(z.enum(signingRoles), list(given, 'role'), {
    option: '--role',
    expected: 'signing-role',
  });
  if (!roles.ok) return refused(context, roles.because);
  const change = changeOf(given, list(given, 'remove'));
  if (!change.ok) return refused(context, change.because);
  const request: SigningRequest = {
    ...change.value,
    roles: roles.value.length === 0 ? signingRoles : roles.value,
  };
  const signing = await context.signing();
  const answer = await signing.act(request, placeOf(given, lane.value));
  return answered(context, answer, (outcome) => showOutcome(context, outcome, given));
};

type KeysRequest = Extract<SigningRequest, { type: 'keys' }>;

function changeOf(given: Given, remove: readonly string[]): Result<Omit<KeysRequest, 'roles'>> {
  const typed = text(given, 'threshold');
  const threshold =
    typed === undefined
      ? ok(null)
      : parsed(number, typed, { option: '--threshold', expected: 'threshold' });
  if (!threshold.ok) return threshold;
  const add = list(given, 'add');
  if (add.length === 0 && remove.length === 0 && threshold.value === null) {
    return refuse(problem('OPTION_ABSENT', { option: '--add, --remove, --threshold' }));
  }
  return ok({ type: 'keys', add, remove, threshold: threshold.value });
}

/** From every role of both lanes that it has; what is added takes its places. */
export const revokeKey: Command = async (context, given) => {
  const revoked = argument(given, 0);
  const folder = text(given, 'organisationFolder') ?? '';
  const change = changeOf(given, [revoked]);
  if (!change.ok) return refused(context, change.because);
  const signing = await context.signing();
  const outcomes: SigningOutcome[] = [];
  for (const lane of lanes) {
    const state = await signing.state(folder, lane);
    if (!state.ok) return refused(context, state.because);
    const roles = state.value.roles.filter(({ keys }) => keys.some((key) => isMeant(key, revoked)));
    if (roles.length === 0) continue;
    const request = { ...change.value, roles: roles.map(({ role }) => role) };
    const outcome = await signing.act(request, placeOf(given, lane));
    if (!outcome.ok) return refused(context, outcome.because);
    outcomes.push(outcome.value);
  }
  if (outcomes.length === 0) return refused(context, problem('KEY_UNKNOWN', { key: revoked }));
  return answered(context, ok({ outcomes }), () => {
    for (const outcome of outcomes) showOutcome(context, outcome, given);
  });
};

function isMeant({ name, keyId }: PublicKey, typed: string): boolean {
  return name === typed || (typed.length >= 8 && keyId.startsWith(typed));
}
