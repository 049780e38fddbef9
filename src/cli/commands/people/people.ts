/** Accounts and tokens, as administrators change them. */

import { ok, type Result } from '#domain/result.ts';
import {
  credentialId,
  personName,
  role,
  scope,
  type PersonView,
} from '#protocol/console/people-calls.ts';
import {
  answered,
  refused,
  unconfirmed,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import { argument, flag, list, parsed, text } from '../../given.ts';
import { timeOrNothing } from '../../terminal/show.ts';

export function named(given: Given) {
  return parsed(personName, argument(given, 0), { option: 'PERSON', expected: 'name' });
}

/** Only what was typed: what is absent stays as it is. */
function rightsOf(given: Given) {
  const typedRole = text(given, 'role');
  const parts = list(given, 'scope');
  const asked = parts.length === 1 && parts[0] === 'whole' ? 'whole' : [...parts];
  const roles = { option: '--role', expected: `one-of: ${role.options.join(', ')}` };
  const wanted = typedRole === undefined ? ok(undefined) : parsed(role, typedRole, roles);
  if (!wanted.ok) return wanted;
  const names = { option: '--scope', expected: 'name' };
  const within = parts.length === 0 ? ok(undefined) : parsed(scope, asked, names);
  if (!within.ok) return within;
  return ok({
    ...(wanted.value === undefined ? {} : { role: wanted.value }),
    ...(within.value === undefined ? {} : { scope: within.value }),
  });
}

/** Of another person, so it is a new one, typed twice. */
async function newPassword(context: Context, given: Given): Promise<Result<string>> {
  const { words } = context;
  return context.readPassword(text(given, 'passwordFile'), {
    first: words.text('cli.people.passwordNew', { person: argument(given, 0) }),
    again: words.text('cli.people.passwordAgain'),
  });
}

export const addPerson: Command = async (context, given) => {
  const { people, output, words } = context;
  const person = named(given);
  if (!person.ok) return refused(context, person.because);
  const rights = rightsOf(given);
  if (!rights.ok) return refused(context, rights.because);
  const password = flag(given, 'withoutPassword')
    ? ok(undefined)
    : await newPassword(context, given);
  if (!password.ok) return refused(context, password.because);
  const answer = await people.call('people.add', {
    person: person.value,
    role: 'viewer',
    scope: 'whole',
    ...rights.value,
    ...(password.value === undefined ? {} : { password: password.value }),
  });
  return answered(context, answer, (view) =>
    output.talk(words.text('cli.people.added', saidOf(context, view))),
  );
};

export const changePerson: Command = async (context, given) => {
  const { people, output, words } = context;
  const person = named(given);
  if (!person.ok) return refused(context, person.because);
  const rights = rightsOf(given);
  if (!rights.ok) return refused(context, rights.because);
  const isNew = flag(given, 'password') || text(given, 'passwordFile') !== undefined;
  const password = isNew ? await newPassword(context, given) : ok(undefined);
  if (!password.ok) return refused(context, password.because);
  const answer = await people.call('people.change', {
    person: person.value,
    ...rights.value,
    ...(password.value === undefined ? {} : { password: password.value }),
  });
  return answered(context, answer, (view) =>
    output.talk(words.text('cli.people.changed', saidOf(context, view))),
  );
};

export const removePerson: Command = async (context, given) => {
  const { people, output, words } = context;
  const person = named(given);
  if (!person.ok) return refused(context, person.because);
  const refusal = await unconfirmed(context, given, {
    command: 'people remove',
    question: words.text('cli.people.removeQuestion', { person: person.value }),
  });
  if (refusal !== null) return refused(context, refusal);
  const answer = await people.call('people.remove', { person: person.value });
  return answered(context, answer, () =>
    output.talk(words.text('cli.people.removed', { person: person.value })),
  );
};

export const listPeople: Command = async (context) => {
  const { people, output, words } = context;
  const answer = await people.call('people.list', {});
  return answered(context, answer, ({ people: all, approvers }) => {
    const head = ['person', 'role', 'scope', 'password'] as const;
    const rows = all.map((view) => {
      const { person, role: its, scope: within } = saidOf(context, view);
      const has = words.text(view.hasPassword ? 'cli.people.hasPassword' : 'cli.people.tokensOnly');
      return [person, its, within, has];
    });
    if (rows.length === 0) output.data(words.text('cli.people.nobody'));
    else
      output.data(
        output.table(
          head.map((one) => words.text(`cli.column.${one}`)),
          rows,
        ),
      );
    output.talk(words.text('cli.people.approvers', { required: approvers.required }));
  });
};

/** The secret alone goes to stdout, so that it can be sent into a file. */
export const addToken: Command = async (context, given) => {
  const { people, output, words } = context;
  const person = named(given);
  if (!person.ok) return refused(context, person.because);
  const rights = rightsOf(given);
  if (!rights.ok) return refused(context, rights.because);
  const days = text(given, 'days');
  const answer = await people.call('token.add', {
    person: person.value,
    name: text(given, 'name') ?? '',
    ...rights.value,
    ...(days === undefined ? {} : { days: Number(days) }),
  });
  return answered(context, answer, ({ secret, token, until }) => {
    output.data(secret);
    output.talk(words.text('cli.people.tokenMade', { token, until: timeOrNothing(until) }));
  });
};

export const listTokens: Command = async (context) => {
  const { people, output, words } = context;
  const answer = await people.call('token.list', {});
  return answered(context, answer, ({ tokens }) => {
    const head = ['apiToken', 'person', 'name', 'role', 'scope', 'until', 'usedAt'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        tokens.map((one) => {
          const { person, role: its, scope: within } = saidOf(context, one);
          const times = [timeOrNothing(one.until), timeOrNothing(one.usedAt)];
          return [one.token, person, one.name, its, within, ...times];
        }),
      ),
    );
  });
};

export const revokeToken: Command = async (context, given) => {
  const { people, output, words } = context;
  const names = { option: 'API-TOKEN', expected: 'name' };
  const token = parsed(credentialId, argument(given, 0), names);
  if (!token.ok) return refused(context, token.because);
  const answer = await people.call('token.revoke', { token: token.value });
  return answered(context, answer, () =>
    output.talk(words.text('cli.people.tokenRevoked', { token: token.value })),
  );
};

/** As it is said in one's own language. */
export function saidOf(
  { words }: Pick<Context, 'words'>,
  view: Pick<PersonView, 'person' | 'role' | 'scope'>,
) {
  const { person } = view;
  return {
    person,
    role: words.text(`cli.role.${view.role}`),
    scope: view.scope === 'whole' ? words.text('cli.people.whole') : view.scope.join(', '),
  };
}
