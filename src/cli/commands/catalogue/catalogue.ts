/** The catalogue of a live information server: shown, compared with its revision, restored. */

import { problem } from '#domain/problem.ts';
import { answered, exitStatuses, refused, unconfirmed, type Command } from '../../command.ts';
import { flag } from '../../given.ts';
import { driftText } from '../../terminal/show.ts';

export const showCatalogue: Command = async (context) => {
  const answer = await context.informationServer.call('catalogue.show', {});
  const status = answered(context, answer, ({ revision, text }) => {
    if (text === '') return context.output.talk(context.words.text('cli.catalogue.fileAbsent'));
    context.output.talk(context.words.text('cli.catalogue.revision', { revision }));
    context.output.data(text.replace(/\r?\n$/, ''));
  });
  return answer.ok && answer.value.text === '' ? exitStatuses.no : status;
};

export const diffCatalogue: Command = async (context) => {
  const answer = await context.informationServer.call('catalogue.diff', {});
  const status = answered(context, answer, (drift) => {
    context.output.data(driftText(context, drift));
    if (!drift.clean) context.output.talk(context.words.text('cli.catalogue.restoreNext'));
  });
  return answer.ok && !answer.value.clean ? exitStatuses.no : status;
};

export const restoreCatalogue: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const preview = await informationServer.call('catalogue.restore', { preview: true });
  if (!preview.ok) return refused(context, preview.because);
  if (preview.value.before.clean || flag(given, 'preview')) {
    return answered(context, preview, ({ before }) => output.data(driftText(context, before)));
  }
  output.talk(driftText(context, preview.value.before));
  const refusal = await unconfirmed(context, given, {
    command: 'catalogue restore',
    question: words.text('cli.catalogue.restoreQuestion'),
  });
  if (refusal !== null) return refused(context, refusal);
  const answer = await informationServer.call('catalogue.restore', { preview: false });
  const status = answered(context, answer, ({ after }) =>
    output.data(after.clean ? words.text('cli.catalogue.restored') : driftText(context, after)),
  );
  if (!answer.ok || answer.value.after.clean) return status;
  const { fields, packages } = answer.value.after;
  output.talk(
    words.problem(problem('CATALOGUE_DRIFTED', { count: fields.length + packages.length }))
      .sentence,
  );
  return exitStatuses.no;
};
