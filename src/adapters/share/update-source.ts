/** A feed that a site updates from by itself, read once: what it offers, fetched and checked. */

import { join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { ContentItem } from '#protocol/control-manager/messages.ts';
import { readMetadataFolder } from '../metadata/metadata-folder.ts';
import { openFeedFolder } from '../feed/feed-folder.ts';

type UpdateSource = {
  readonly from: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly items: ContentItem[];
  readonly catalogue: string;
  fileOf(item: ContentItem): string;
};

/** `source` is a folder; undefined: none is set. */
export async function readUpdateSource(
  root: string,
  source: string | undefined,
): Promise<Result<UpdateSource>> {
  if (source === undefined) {
    return refuse(problem('FEED_UNREADABLE', { feed: 'updateSource', detail: 'no source is set' }));
  }
  // A folder of its own: the agent clears the inbox of all that its own offers do not name.
  const contents = join(root, 'inbox', 'update');
  const feed = openFeedFolder({ feed: source, contents });
  const answered = await feed.download();
  if (!answered.ok) {
    const because = answered.problems[0];
    return refuse(because ?? problem('FEED_UNREADABLE', { feed: source, detail: 'empty' }));
  }
  const { items, catalogue } = answered.download;
  await feed.keepOnly(new Set(items.map(({ digest }) => digest)));
  const metadata = await readMetadataFolder(join(source, 'metadata'));
  if (!metadata.ok) return metadata;
  return ok({
    from: source,
    metadata: Object.fromEntries(metadata.value),
    items: items.map((item) => ({ ...item })),
    catalogue,
    fileOf: (item) => join(contents, item.digest),
  });
}
