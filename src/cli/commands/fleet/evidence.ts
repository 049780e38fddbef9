/** What was refused or replaced, kept whole. */

import { formatTime } from '#words/format.ts';
import { answered, type Command } from '../../command.ts';

export const showEvidence: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('evidence.list', {});
  return answered(context, answer, ({ evidence }) => {
    if (evidence.length === 0) return output.data(words.text('cli.evidence.none'));
    for (const one of evidence) {
      output.data(output.paint('strong', `${formatTime(one.at)}  ${one.kind}  ${one.digest}`));
      output.data(words.problem(one.because).sentence);
      output.data(`${one.text.trimEnd()}\n`);
    }
  });
};
