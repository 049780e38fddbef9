/** The tree of the site (information server > domain > server), and what stands in it. */

import type { TreeServer } from '#protocol/console/contract.ts';
import { domainName, serverId } from '#protocol/shared/primitives.ts';
import { answered, exitStatuses, refused, type Command, type Context } from '../../command.ts';
import { argument, flag, parsed, text } from '../../given.ts';
import { nothingThere, stateText, timeOrNothing, versionsLine } from '../../terminal/show.ts';

/** D9: none, or with which version and since when; what is not encrypted is said. */
function sessionText(
  { words, output }: Context,
  { state, since, encrypted }: TreeServer['session'],
): string {
  const version = words.text(`cli.session.${state}`);
  if (state === 'none') return version;
  const shown = { version, since: timeOrNothing(since) };
  // An information server of a version before this does not say it.
  if (encrypted === undefined) return words.text('cli.session.shown', shown);
  return encrypted
    ? words.text('cli.session.encrypted', shown)
    : output.paint('warning', words.text('cli.session.open', shown));
}

/** What nobody of the organisation signed is said where its version stands. */
function programText({ words, output }: Context, { program, unsigned = null }: TreeServer): string {
  const version = program ?? nothingThere;
  if (unsigned === null) return version;
  return output.paint('bad', words.text('cli.fleet.unsigned', { version, because: unsigned }));
}

/** A switch of what a vendor's installer lays down can be cut in its middle. */
function shownProgram(
  { words }: Context,
  { component, version, notAtomic }: TreeServer['programs'][number],
): TreeServer['programs'][number] {
  const shown = notAtomic === true ? words.text('cli.fleet.notAtomic', { version }) : version;
  return { component, version: shown };
}

function row(context: Context, server: TreeServer, branch: string): string[] {
  const { words, output } = context;
  const others = server.programs.filter(({ component }) => component !== 'program');
  return [
    `${branch}${server.server}`,
    programText(context, server),
    versionsLine([...others.map((one) => shownProgram(context, one)), ...server.contents]),
    sessionText(context, server.session),
    timeOrNothing(server.lastSeen),
    stateText(context, server.state) + (server.group === null ? '' : ` (${server.group})`),
    server.rebootRecommended === null
      ? ''
      : output.paint('warning', words.text('cli.fleet.rebootRecommended')),
  ];
}

export const showTree: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('fleet.tree', {});
  return answered(context, answer, ({ site, domains }) => {
    const rows: string[][] = [[output.paint('strong', site), '', '', '', '', '', '']];
    for (const [index, { domain, servers }] of domains.entries()) {
      const isLast = index === domains.length - 1;
      rows.push([`${isLast ? '└─' : '├─'} ${domain}`, '', '', '', '', '', '']);
      for (const [place, server] of servers.entries()) {
        const trunk = isLast ? '   ' : '│  ';
        rows.push(row(context, server, `${trunk}${place === servers.length - 1 ? '└─' : '├─'} `));
      }
    }
    const head = ['name', 'program', 'contents', 'session', 'lastSeen', 'state', 'reboot'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        rows,
      ),
    );
  });
};

export const moveServer: Command = async (context, given) => {
  const server = parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });
  if (!server.ok) return refused(context, server.because);
  const domain = parsed(domainName, text(given, 'domain'), {
    option: '--domain',
    expected: 'name',
  });
  if (!domain.ok) return refused(context, domain.because);
  const to = { server: server.value, domain: domain.value };
  const answer = await context.informationServer.call('fleet.move', to);
  return answered(context, answer, () =>
    context.output.talk(context.words.text('cli.fleet.moved', to)),
  );
};

/** Asks the server itself; a copy of what it claims is never shown as proof. */
export const identifyServer: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const server = parsed(serverId, argument(given, 0), { option: 'SERVER', expected: 'name' });
  if (!server.ok) return refused(context, server.because);
  const answer = await informationServer.call('fleet.identify', { server: server.value });
  const status = answered(context, answer, (found) => {
    const expected = new Map(found.expected.map((one) => [one.path, one.digest]));
    output.data(
      words.text('cli.fleet.runs', {
        server: found.server,
        version: found.version,
        pid: found.pid,
        startedAt: timeOrNothing(found.startedAt),
      }),
    );
    const verdict = words.text(found.matches ? 'cli.fleet.matches' : 'cli.fleet.differs');
    output.data(output.paint(found.matches ? 'good' : 'bad', verdict));
    const shown = found.proof.filter(
      ({ path, digest }) => flag(given, 'all') || expected.get(path) !== digest,
    );
    if (shown.length === 0) return;
    const rows = shown.map(({ path, digest }) => [
      path,
      digest,
      expected.get(path) === digest
        ? output.paint('good', words.text('cli.fleet.same'))
        : output.paint('bad', words.text('cli.fleet.different')),
    ]);
    const head = ['file', 'digest', 'release'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        rows,
      ),
    );
  });
  return answer.ok && !answer.value.matches ? exitStatuses.no : status;
};
