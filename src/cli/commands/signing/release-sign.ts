/** Signing releases: staged, signed by one after another, published. Asks no server. */

import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, type Result } from '#domain/result.ts';
import type { SigningOutcome, SigningRequest, StagedCopy } from '#ports/signing.ts';
import { componentName, version } from '#protocol/shared/primitives.ts';
import {
  answered,
  refused,
  unconfirmed,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import { argument, list, parsed, text } from '../../given.ts';
import { formatTime } from '#words/format.ts';
import { laneOf, placeOf } from './signing-options.ts';
import { printable, rolesTable, showChanges, showOutcome, showSignatures } from './show-signing.ts';

const reason = z.string().trim().min(3).max(500);

/** A file: the whole way for one person. None: what is staged, here or on a stick. */
export const signRelease: Command = async (context, given) => {
  const lane = laneOf(given);
  if (!lane.ok) return refused(context, lane.because);
  const file = argument(given, 0);
  const staged = text(given, 'staged');
  if (staged !== undefined) {
    const organisation = text(given, 'organisation') ?? null;
    return signCopy(context, given, { staged, lane: lane.value, organisation });
  }
  if (text(given, 'organisationFolder') === undefined) {
    return refused(context, problem('OPTION_ABSENT', { option: '--organisation-folder' }));
  }
  if (file !== '') {
    return act(context, given, { type: 'release', file, out: text(given, 'out') ?? null });
  }
  const place = placeOf(given, lane.value);
  const signing = await context.signing();
  const state = await signing.state(place.folder, place.lane);
  if (!state.ok) return refused(context, state.because);
  if (state.value.staged !== null) showChanges(context, state.value.staged);
  const declined = await unconfirmed(context, given, asked(context));
  if (declined !== null) return refused(context, declined);
  return told(context, given, await signing.act({ type: 'sign' }, place));
};

function asked({ words }: Context): { readonly command: string; readonly question: string } {
  return { command: 'release sign', question: words.text('cli.signing.ask') };
}

/** On a signer's own computer, where nothing but the copy and his key are. */
async function signCopy(context: Context, given: Given, copy: StagedCopy): Promise<number> {
  const keys = list(given, 'key');
  if (keys.length === 0) return refused(context, problem('OPTION_ABSENT', { option: '--key' }));
  const signing = await context.signing();
  const before = await signing.copy(copy);
  if (!before.ok) return refused(context, before.because);
  showChanges(context, before.value);
  const declined = await unconfirmed(context, given, asked(context));
  if (declined !== null) return refused(context, declined);
  const answer = await signing.signCopy(copy, keys);
  return answered(context, answer, (state) => {
    showSignatures(context, state);
    const folder = copy.staged;
    context.output.talk(context.words.text('cli.signing.nextBack', { folder }));
  });
}

function told(context: Context, given: Given, answer: Result<SigningOutcome>): number {
  return answered(context, answer, (outcome) => showOutcome(context, outcome, given));
}

async function act(context: Context, given: Given, request: SigningRequest): Promise<number> {
  const lane = laneOf(given);
  if (!lane.ok) return refused(context, lane.because);
  const signing = await context.signing();
  return told(context, given, await signing.act(request, placeOf(given, lane.value)));
}

export const publishStaged: Command = async (context, given) => {
  const lane = laneOf(given);
  if (!lane.ok) return refused(context, lane.because);
  const signing = await context.signing();
  const from = { copies: list(given, 'take'), releases: list(given, 'release') };
  return told(context, given, await signing.publish(placeOf(given, lane.value), from));
};

export const refreshTimestamp: Command = (context, given) =>
  act(context, given, { type: 'refresh' });

export const withdrawRelease: Command = async (context, given) => {
  const which = namedRelease(given);
  if (!which.ok) return refused(context, which.because);
  const why = reasonOf(given);
  if (!why.ok) return refused(context, why.because);
  return act(context, given, { type: 'withdraw', ...which.value, reason: why.value });
};

export const removeRelease: Command = async (context, given) => {
  const which = namedRelease(given);
  if (!which.ok) return refused(context, which.because);
  return act(context, given, { type: 'remove', ...which.value });
};

export const permitReturn: Command = async (context, given) => {
  const component = componentOf(given);
  if (!component.ok) return refused(context, component.because);
  const from = versionOf(text(given, 'from') ?? '', '--from');
  if (!from.ok) return refused(context, from.because);
  const to = versionOf(text(given, 'to') ?? '', '--to');
  if (!to.ok) return refused(context, to.because);
  // Which of two is older is known to the component's ordering alone, and that is not signed.
  if (from.value === to.value) {
    const expected = 'other-version';
    return refused(context, problem('OPTION_WRONG', { option: '--to', value: to.value, expected }));
  }
  const why = reasonOf(given);
  if (!why.ok) return refused(context, why.because);
  return act(context, given, {
    type: 'permit-return',
    component: component.value,
    from: from.value,
    to: to.value,
    reason: why.value,
  });
};

export const permitApprover: Command = (context, given) =>
  act(context, given, { type: 'permit-approver', file: argument(given, 0) });

export const removeApprover: Command = (context, given) =>
  act(context, given, { type: 'remove-approver', name: argument(given, 0) });

function componentOf(given: Given): Result<string> {
  return parsed(componentName, argument(given, 0), { option: 'component', expected: 'name' });
}

function versionOf(typed: string, option: string): Result<string> {
  return parsed(version, typed, { option, expected: 'version' });
}

function namedRelease(given: Given): Result<{ component: string; version: string }> {
  const component = componentOf(given);
  if (!component.ok) return component;
  const which = versionOf(argument(given, 1), 'version');
  if (!which.ok) return which;
  return ok({ component: component.value, version: which.value });
}

function reasonOf(given: Given): Result<string> {
  return parsed(reason, text(given, 'reason') ?? '', { option: '--reason', expected: 'reason' });
}

export const discardStaged: Command = async (context, given) => {
  const lane = laneOf(given);
  if (!lane.ok) return refused(context, lane.because);
  const { folder } = placeOf(given, lane.value);
  const signing = await context.signing();
  const command = 'release discard';
  const question = context.words.text('cli.signing.askDiscard');
  const declined = await unconfirmed(context, given, { command, question });
  if (declined !== null) return refused(context, declined);
  const discarded = await signing.discard({ folder, lane: lane.value });
  const answer = discarded.ok ? ok({ lane: lane.value }) : discarded;
  const { output, words } = context;
  return answered(context, answer, () => output.talk(words.text('cli.signing.discarded')));
};

export const showStatus: Command = async (context, given) => {
  const { output, words } = context;
  const lane = laneOf(given);
  if (!lane.ok) return refused(context, lane.because);
  const signing = await context.signing();
  const { folder } = placeOf(given, lane.value);
  const answer = await signing.state(folder, lane.value);
  return answered(context, answer, (state) => {
    rolesTable(context, state);
    for (const { target: name, withdrawn } of state.targets) {
      const target = printable(name);
      const isWithdrawn = withdrawn !== null;
      const line = isWithdrawn
        ? words.text('cli.signing.targetWithdrawn', { target, reason: printable(withdrawn) })
        : target;
      output.data(isWithdrawn ? output.paint('warning', line) : line);
    }
    const soon = state.roles.find(({ expires }) => isSoon(expires, context.now()));
    if (soon !== undefined && soon.expires !== null) {
      const until = formatTime(soon.expires);
      const which =
        soon.role === 'root' ? 'cli.signing.rootExpiresSoon' : 'cli.signing.expiresSoon';
      const text = words.text(which, { role: soon.role, until, folder });
      output.talk(output.paint('warning', text));
    }
    if (state.staged === null) return output.talk(words.text('cli.signing.nothingStaged'));
    output.data(output.paint('strong', words.text('cli.signing.staged')));
    showChanges(context, state.staged);
    showSignatures(context, state.staged);
  });
};

const soonMilliseconds = 30 * 86_400_000;

function isSoon(expires: number | null, now: number): boolean {
  return expires !== null && expires - now < soonMilliseconds;
}
