/** Brings a release file into the share of an information server; shows how far it is. */

import { formatBytes } from '#words/format.ts';
import { answered, type Command } from '../../command.ts';
import { argument } from '../../given.ts';

export const importRelease: Command = async (context, given) => {
  const { output, words } = context;
  const live = output.live();
  const answer = await context.importRelease(argument(given, 0), (sent, total) => {
    if (!output.isInteractive) return;
    live.draw(
      words.text('cli.share.sending', { sent: formatBytes(sent), total: formatBytes(total) }),
    );
  });
  live.done();
  return answered(context, answer, (imported) => {
    if ('metadata' in imported) return output.data(words.text('cli.share.metadataImported'));
    const { component, version, digest } = imported;
    return output.data(words.text('cli.share.imported', { component, version, digest }));
  });
};
