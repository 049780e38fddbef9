/** Has an information server fetch a release from the sources of its settings. */

import { ok } from '#domain/result.ts';
import { componentName, digest, version } from '#protocol/shared/primitives.ts';
import { formatBytes } from '#words/format.ts';
import { answered, refused, type Command } from '../../command.ts';
import { argument, parsed, text } from '../../given.ts';

export const fetchShared: Command = async (context, given) => {
  const { output, words } = context;
  const named = parsed(version, argument(given, 0), { option: 'VERSION', expected: 'name' });
  if (!named.ok) return refused(context, named.because);
  const typed = text(given, 'component') ?? 'program';
  const component = parsed(componentName, typed, { option: '--component', expected: 'name' });
  if (!component.ok) return refused(context, component.because);
  const digestTyped = text(given, 'digest');
  const of =
    digestTyped === undefined
      ? ok(null)
      : parsed(digest, digestTyped, { option: '--digest', expected: 'digest' });
  if (!of.ok) return refused(context, of.because);
  const answer = await context.informationServer.call('share.fetch', {
    component: component.value,
    version: named.value,
    ...(of.value === null ? {} : { digest: of.value }),
  });
  return answered(context, answer, ({ from, ...imported }) => {
    output.data(words.text('cli.share.imported', imported));
    for (const { source, bytes } of from) {
      output.talk(words.text('cli.share.cameFrom', { source, bytes: formatBytes(bytes) }));
    }
  });
};
