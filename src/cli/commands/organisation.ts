/** An organisation is made, and sites are added to it: on a computer that needs no network. */

import { answered, type Command } from '../command.ts';
import { argument, flag, text } from '../given.ts';
import { timeOrNothing } from '../show.ts';

export const makeOrganisation: Command = async (context, given) => {
  const { output, words } = context;
  const organisations = await context.organisations();
  const answer = await organisations.make({
    organisation: text(given, 'organisation') ?? '',
    folder: text(given, 'out') ?? '',
  });
  return answered(context, answer, ({ organisation, fingerprint, folder, kitFile }) => {
    output.data(words.text('cli.organisation.made', { organisation, folder, fingerprint }));
    output.talk(words.text('cli.organisation.keep', { folder }));
    output.talk(words.text('cli.organisation.kit', { kitFile }));
  });
};

export const addSite: Command = async (context, given) => {
  const { output, words } = context;
  const organisations = await context.organisations();
  const kitFile = text(given, 'out') ?? '';
  const answer = await organisations.addSite({
    folder: text(given, 'organisationFolder') ?? '',
    site: argument(given, 0),
    kitFile,
    isAgain: flag(given, 'again'),
  });
  return answered(context, answer, ({ site, kits }) => {
    const until = timeOrNothing(kits.at(-1)?.until ?? null);
    output.data(words.text('cli.organisation.siteAdded', { site, kitFile, until }));
    output.talk(words.text('cli.organisation.siteKit', { kitFile }));
  });
};

export const listSites: Command = async (context, given) => {
  const { output, words } = context;
  const organisations = await context.organisations();
  const found = await organisations.sites(text(given, 'organisationFolder') ?? '');
  const answer = found.ok ? { ok: true as const, value: { sites: found.value } } : found;
  return answered(context, answer, ({ sites }) => {
    const head = ['site', 'madeAt', 'until', 'serial'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        sites.flatMap(({ site, kits }) =>
          kits.map(({ madeAt, until, serial }) => [
            site,
            timeOrNothing(madeAt),
            timeOrNothing(until),
            serial,
          ]),
        ),
      ),
    );
  });
};
