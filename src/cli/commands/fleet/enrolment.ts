/** Who may enrol at an information server, who did, and who is shut out. */

import { parseDuration } from '#domain/plan/quantities.ts';
import { problem } from '#domain/problem.ts';
import { refuse, ok, type Result } from '#domain/result.ts';
import { enrolmentTokenUsesMax } from '#protocol/console/enrolment-calls.ts';
import { tokenId } from '#protocol/shared/organisation.ts';
import { serverId } from '#protocol/shared/primitives.ts';
import {
  answered,
  refused,
  unconfirmed,
  type Command,
  type Context,
  type Given,
} from '../../command.ts';
import { argument, parsed, text } from '../../given.ts';
import { nothingThere, stateText, timeOrNothing } from '../../terminal/show.ts';

const minuteMilliseconds = 60_000;

function wantedOf(given: Given) {
  const uses = Number(text(given, 'uses') ?? '1');
  if (!Number.isSafeInteger(uses) || uses < 1 || uses > enrolmentTokenUsesMax) {
    const value = text(given, 'uses') ?? '';
    return refuse(
      problem('OPTION_WRONG', {
        option: '--uses',
        value,
        expected: `whole-number: 1-${enrolmentTokenUsesMax}`,
      }),
    );
  }
  const typed = text(given, 'for') ?? '24h';
  const milliseconds = parseDuration(typed);
  if (milliseconds === null || milliseconds === 0) {
    return refuse(problem('OPTION_WRONG', { option: '--for', value: typed, expected: 'duration' }));
  }
  const server = text(given, 'server');
  const named: Result<{ server?: ReturnType<typeof serverId.parse> }> =
    server === undefined ? ok({}) : serverNamed(server);
  if (!named.ok) return named;
  const at = text(given, 'at');
  const minutes = milliseconds / minuteMilliseconds;
  return ok({ uses, minutes, ...named.value, ...(at === undefined ? {} : { at }) });
}

function serverNamed(name: string) {
  const server = parsed(serverId, name, { option: '--server', expected: 'name' });
  return server.ok ? ok({ server: server.value }) : server;
}

/** The token alone goes to stdout, so that it can be sent into a file. */
export async function tokenFor(
  { informationServer }: Context,
  given: Given,
): Promise<Result<string>> {
  const wanted = wantedOf(given);
  if (!wanted.ok) return wanted;
  const answer = await informationServer.call('fleet.token.add', wanted.value);
  return answer.ok ? ok(answer.value.token) : answer;
}

export const addToken: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const wanted = wantedOf(given);
  if (!wanted.ok) return refused(context, wanted.because);
  const answer = await informationServer.call('fleet.token.add', wanted.value);
  return answered(context, answer, ({ token, usesMax, until }) => {
    output.data(token);
    output.talk(words.text('cli.enrolment.made', { usesMax, until }));
  });
};

export const listTokens: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('fleet.token.list', {});
  return answered(context, answer, ({ tokens }) => {
    if (tokens.length === 0) return output.data(words.text('cli.enrolment.noTokens'));
    const head = ['token', 'state', 'uses', 'enrolledServer', 'until', 'madeBy'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        tokens.map((token) => [
          token.id,
          stateText(context, token.state),
          `${token.uses} / ${token.usesMax}`,
          token.server ?? words.text('cli.enrolment.anyServer'),
          timeOrNothing(token.until),
          token.who,
        ]),
      ),
    );
  });
};

export const revokeToken: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const id = parsed(tokenId, argument(given, 0), { option: 'TOKEN', expected: 'name' });
  if (!id.ok) return refused(context, id.because);
  const answer = await informationServer.call('fleet.token.revoke', { id: id.value });
  return answered(context, answer, () =>
    output.talk(words.text('cli.enrolment.tokenRevoked', { token: id.value })),
  );
};

export const approveServer: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const server = parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });
  if (!server.ok) return refused(context, server.because);
  const answer = await informationServer.call('fleet.approve', { server: server.value });
  return answered(context, answer, () =>
    output.talk(words.text('cli.enrolment.approved', { server: server.value })),
  );
};

export const revokeServer: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const server = parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });
  if (!server.ok) return refused(context, server.because);
  const named = { server: server.value };
  const refusal = await unconfirmed(context, given, {
    command: 'fleet revoke',
    question: words.text('cli.enrolment.revokeQuestion', named),
  });
  if (refusal !== null) return refused(context, refusal);
  const reason = text(given, 'reason') ?? '';
  const answer = await informationServer.call('fleet.revoke', { ...named, reason });
  return answered(context, answer, () => output.talk(words.text('cli.enrolment.revoked', named)));
};

export const removeServer: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const server = parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });
  if (!server.ok) return refused(context, server.because);
  const named = { server: server.value };
  const refusal = await unconfirmed(context, given, {
    command: 'fleet remove',
    question: words.text('cli.enrolment.removeQuestion', named),
  });
  if (refusal !== null) return refused(context, refusal);
  const answer = await informationServer.call('fleet.remove', named);
  return answered(context, answer, () => output.talk(words.text('cli.enrolment.removed', named)));
};

export const listCertificates: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('fleet.certificates', {});
  return answered(context, answer, ({ authority, servers }) => {
    output.data(
      authority === null
        ? words.text('cli.enrolment.noAuthority')
        : words.text('cli.enrolment.authority', authority),
    );
    if (servers.length === 0) return output.data(words.text('cli.enrolment.noServers'));
    const head = ['enrolledServer', 'state', 'until', 'token', 'approvedBy', 'remote'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        servers.map((server) => [
          server.server,
          stateText(context, server.state),
          timeOrNothing(server.until),
          server.token ?? nothingThere,
          server.approvedBy ?? nothingThere,
          server.remote,
        ]),
      ),
    );
  });
};
