/** The information server itself: what it is, which components it offers, its own upgrade (D2). */

import { problem } from '#domain/problem.ts';
import { formatTime } from '#words/format.ts';
import { answered, type Command } from '../../command.ts';
import { argument } from '../../given.ts';
import { nothingThere, stateText, timeOrNothing } from '../../terminal/show.ts';

export const showSite: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('site.show', {});
  return answered(context, answer, (site) => {
    output.data(
      words.text('cli.site.head', {
        site: site.site,
        version: site.program.version,
        digest: site.program.digest,
        address: site.serversAddress,
        revision: site.catalogueRevision ?? nothingThere,
        agent: stateText(context, site.agent.state),
      }),
    );
    if (site.insecure === true) output.data(output.paint('bad', words.text('cli.site.insecure')));
    if (site.proving) output.data(output.paint('warning', words.text('cli.site.proving')));
    const { number, hash, cut } = site.record;
    output.data(words.text('cli.site.record', { number, hash }));
    if (cut !== null) {
      const { server, to: known } = cut;
      const because =
        cut.verdict === 'cut'
          ? problem('RECORD_CUT', { server, known, number })
          : problem('RECORD_RESTORED', { server, known, number });
      const tone = cut.verdict === 'cut' ? 'bad' : 'warning';
      output.data(output.paint(tone, words.problem(because).sentence));
    }
    const { restored } = site;
    if (restored !== null) {
      const [at, backup] = [timeOrNothing(restored.at), timeOrNothing(restored.backup)];
      output.data(output.paint('warning', words.text('cli.site.restored', { at, backup })));
    }
    for (const because of site.wrong) {
      output.data(output.paint('bad', words.problem(because).sentence));
    }
    for (const hold of site.holds.filter((one) => one.active)) {
      const until = formatTime(hold.until);
      output.data(words.text('cli.site.hold', { hold: hold.id, reason: hold.reason, until }));
    }
  });
};

export const listComponents: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('components.list', {});
  return answered(context, answer, ({ components }) => {
    const head = ['component', 'lane', 'inCatalogue', 'versions'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        components.map((one) => [
          one.component,
          words.text(`cli.lane.${one.lane}`),
          one.inCatalogue,
          one.versions.join(', '),
        ]),
      ),
    );
    for (const { component, withdrawn = [] } of components) {
      for (const { version, reason } of withdrawn) {
        const because = problem('RELEASE_WITHDRAWN', { component, version, reason });
        output.data(output.paint('bad', words.problem(because).sentence));
      }
    }
  });
};

export const upgradeInformationServer: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const version = argument(given, 0);
  const answer = await informationServer.call('information-server.upgrade', { version });
  return answered(context, answer, () =>
    output.talk(words.text('cli.site.upgradeBegun', { version })),
  );
};
