/** The control manager: its sites and plans, the feed, a delivery by hand. */

import { serverId } from '#protocol/shared/primitives.ts';
import { answered, exitStatuses, refused, type Command } from '../../command.ts';
import { argument, parsed, text } from '../../given.ts';
import { nothingThere, stateText, timeOrNothing, versionsLine } from '../../terminal/show.ts';

const siteColumns = [
  'site',
  'folder',
  'agent',
  'program',
  'lastSeen',
  'holds',
  'contents',
  'keepsBack',
] as const;

export const listSites: Command = async (context) => {
  const { controlManager, output, words } = context;
  const answer = await controlManager.call('control-manager.show', {});
  return answered(context, answer, (manager) => {
    output.data(
      words.text('cli.manager.head', {
        version: manager.version,
        components: manager.components.join(', '),
        afterDownload: words.text(`cli.afterDownload.${manager.afterDownload}`),
      }),
    );
    output.data(
      output.table(
        siteColumns.map((one) => words.text(`cli.column.${one}`)),
        manager.sites.map((site) => [
          site.site,
          site.folder,
          stateText(context, site.agent),
          site.programVersion ?? nothingThere,
          timeOrNothing(site.lastSeen),
          site.holds
            .map(({ id, reason, covers, planned, from }) =>
              planned
                ? words.text('cli.manager.hold.planned', { id, reason, from })
                : words.text(`cli.manager.hold.${covers}`, { id, reason }),
            )
            .join(', '),
          versionsLine(site.contents),
          versionsLine(site.keptBack),
        ]),
      ),
    );
    output.data(
      output.table(
        (['plan', 'schedules'] as const).map((one) => words.text(`cli.column.${one}`)),
        manager.plans.map((plan) => [
          plan.plan === manager.activePlan ? output.paint('strong', `${plan.plan} *`) : plan.plan,
          plan.schedules
            .map((one) =>
              one.timeOfDay === null
                ? words.text('cli.manager.delay', {
                    folder: one.folder,
                    minutes: one.delayMinutes ?? 0,
                  })
                : words.text('cli.manager.timeOfDay', {
                    folder: one.folder,
                    timeOfDay: one.timeOfDay,
                  }),
            )
            .join(', '),
        ]),
      ),
    );
  });
};

export const moveSite: Command = async (context, given) => {
  const { controlManager, output, words } = context;
  const site = parsed(serverId, argument(given, 0), { option: 'SITE', expected: 'name' });
  if (!site.ok) return refused(context, site.because);
  const to = { site: site.value, folder: text(given, 'folder') ?? '' };
  const answer = await controlManager.call('site.move', to);
  return answered(context, answer, () => output.talk(words.text('cli.manager.moved', to)));
};

export const pollFeed: Command = async (context) => {
  const { controlManager, output, words } = context;
  const answer = await controlManager.call('feed.poll', {});
  const status = answered(context, answer, ({ downloaded, problems }) => {
    output.data(words.text('cli.manager.downloaded', { versions: versionsLine(downloaded) }));
    for (const because of problems) {
      const { sentence, remedy } = words.problem(because);
      output.data(`${output.paint('warning', words.text('cli.no'))} ${sentence}`);
      output.talk(`${words.text('cli.next')} ${remedy}`);
    }
  });
  return answer.ok && answer.value.problems.length > 0 ? exitStatuses.no : status;
};

export const deliverNow: Command = async (context, given) => {
  const { controlManager, output, words } = context;
  const plan = text(given, 'plan');
  const answer = await controlManager.call('deliver.now', plan === undefined ? {} : { plan });
  return answered(context, answer, ({ offered, held }) => {
    const sites = offered.length === 0 ? nothingThere : offered.join(', ');
    output.data(words.text('cli.manager.offered', { sites }));
    for (const { site, hold, reason } of held) {
      output.data(words.text('cli.manager.held', { site, hold, reason }));
    }
  });
};
