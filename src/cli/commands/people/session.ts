/** Who I am to the server that is asked: login, logout, my password. */

import { answered, refused, type Command } from '../../command.ts';
import { ok } from '#domain/result.ts';
import { personName, signInLink } from '#protocol/console/people-calls.ts';
import { argument, parsed, text } from '../../given.ts';
import { timeOrNothing } from '../../terminal/show.ts';
import { saidOf } from './people.ts';

export const login: Command = async (context, given) => {
  const { session, output, words } = context;
  const person = argument(given, 0);
  const first = words.text('cli.people.passwordOf', { person });
  const password = await context.readPassword(text(given, 'passwordFile'), { first });
  if (!password.ok) return refused(context, password.because);
  const begun = await session.begin(person, password.value);
  return answered(context, begun, ({ until, file, ...view }) =>
    output.talk(
      words.text('cli.people.loggedIn', {
        ...saidOf(context, view),
        until: timeOrNothing(until),
        file,
      }),
    ),
  );
};

export const logout: Command = async (context) => {
  const { session, output, words } = context;
  const ended = await session.end();
  return answered(context, ended, () => output.talk(words.text('cli.people.loggedOut')));
};

export const whoami: Command = async (context) => {
  const { people, output, words } = context;
  const answer = await people.call('whoami', {});
  return answered(context, answer, (view) =>
    output.data(words.text('cli.people.whoami', saidOf(context, view))),
  );
};

export const changePassword: Command = async (context, given) => {
  const { people, output, words } = context;
  const current = await context.readPassword(text(given, 'passwordFile'), {
    first: words.text('cli.people.passwordCurrent'),
  });
  if (!current.ok) return refused(context, current.because);
  const next = await context.readPassword(text(given, 'newPasswordFile'), {
    first: words.text('cli.people.passwordOwnNew'),
    again: words.text('cli.people.passwordAgain'),
  });
  if (!next.ok) return refused(context, next.because);
  const params = { current: current.value, next: next.value };
  const answer = await people.call('password.change', params);
  return answered(context, answer, () => output.talk(words.text('cli.people.passwordChanged')));
};

export const consoleLink: Command = async (context, given) => {
  const { people, output, words } = context;
  const typed = text(given, 'person');
  const options = { option: '--person', expected: 'name' };
  const person = typed === undefined ? ok(undefined) : parsed(personName, typed, options);
  if (!person.ok) return refused(context, person.because);
  const params = person.value === undefined ? {} : { person: person.value };
  const address = await people.consoleAddress();
  if (!address.ok) return refused(context, address.because);
  const answer = await people.call('session.link', params);
  return answered(context, answer, ({ secret, until }) => {
    output.data(signInLink(address.value, secret));
    output.talk(words.text('cli.people.linkMade', { until: timeOrNothing(until) }));
  });
};
