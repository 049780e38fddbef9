/** An organisation is made, and sites are added to it: on a computer that needs no network. */

import { answered, refused, unconfirmed, type Command, type Given } from '../../command.ts';
import { argument, flag, text } from '../../given.ts';
import { nothingThere, timeOrNothing } from '../../terminal/show.ts';

/** Who names a passphrase for it wants it sealed, whatever else was typed. */
const isKitOpen = (given: Given): boolean =>
  flag(given, 'openKit') && text(given, 'kitPassphraseFile') === undefined;

export const makeOrganisation: Command = async (context, given) => {
  const { output, words } = context;
  const organisations = await context.organisations();
  const answer = await organisations.make({
    organisation: text(given, 'organisation') ?? '',
    folder: text(given, 'out') ?? '',
    isKitOpen: isKitOpen(given),
  });
  return answered(
    context,
    answer,
    ({ organisation, fingerprint, folder, kitFile, passphraseFile }) => {
      output.data(words.text('cli.organisation.made', { organisation, folder, fingerprint }));
      output.talk(words.text('cli.organisation.keep', { folder }));
      output.talk(words.text('cli.organisation.kit', { kitFile }));
      if (passphraseFile === null) return;
      output.talk(words.text('cli.organisation.kitPassphrase', { passphraseFile }));
    },
  );
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
    isKitOpen: isKitOpen(given),
  });
  return answered(context, answer, ({ site, kits, passphraseFile }) => {
    const until = timeOrNothing(kits.at(-1)?.until ?? null);
    output.data(words.text('cli.organisation.siteAdded', { site, kitFile, until }));
    output.talk(words.text('cli.organisation.siteKit', { kitFile }));
    if (passphraseFile === null) return;
    output.talk(words.text('cli.organisation.kitPassphrase', { passphraseFile }));
  });
};

export const listSites: Command = async (context, given) => {
  const { output, words } = context;
  const organisations = await context.organisations();
  const found = await organisations.sites(text(given, 'organisationFolder') ?? '');
  const answer = found.ok ? { ok: true as const, value: { sites: found.value } } : found;
  return answered(context, answer, ({ sites }) => {
    const head = ['site', 'madeAt', 'until', 'serial', 'revokedAt', 'reason'] as const;
    output.data(
      output.table(
        head.map((one) => words.text(`cli.column.${one}`)),
        sites.flatMap(({ site, kits }) =>
          kits.map(({ madeAt, until, serial, revoked }) => [
            site,
            timeOrNothing(madeAt),
            timeOrNothing(until),
            serial,
            timeOrNothing(revoked?.at ?? null),
            revoked?.reason ?? nothingThere,
          ]),
        ),
      ),
    );
  });
};

export const revokeSite: Command = async (context, given) => {
  const { output, words } = context;
  const site = argument(given, 0);
  const refusal = await unconfirmed(context, given, {
    command: 'site revoke',
    question: words.text('cli.organisation.revokeQuestion', { site }),
  });
  if (refusal !== null) return refused(context, refusal);
  const organisations = await context.organisations();
  const answer = await organisations.revokeSite({
    folder: text(given, 'organisationFolder') ?? '',
    site,
    reason: text(given, 'reason') ?? '',
  });
  return answered(context, answer, ({ file, number, authorities }) => {
    const count = authorities.length;
    output.data(words.text('cli.organisation.siteRevoked', { site, file, number, count }));
    output.talk(words.text('cli.organisation.siteRevokedNext', { site, file }));
  });
};

export const importNotice: Command = async (context, given) => {
  const { output, words, informationServer, controlManager } = context;
  const read = await context.readText(argument(given, 0));
  if (!read.ok) return refused(context, read.because);
  const params = { texts: { 'refused-authorities': read.value } };
  const tier = await context.tier();
  if (!tier.ok) return refused(context, tier.because);
  const answer =
    tier.value === 'control-manager'
      ? await controlManager.call('organisation.import', params)
      : await informationServer.call('organisation.import', params);
  return answered(context, answer, ({ taken }) => {
    if (taken.length === 0) return output.talk(words.text('cli.organisation.importedBefore'));
    for (const { number, authorities } of taken) {
      output.data(words.text('cli.organisation.imported', { number, count: authorities.length }));
      for (const serial of authorities) output.data(`  ${serial}`);
    }
  });
};
