/**
 * The files of content that an update site offers: its `[PATTERN]` lines with their component.
 *
 * Increments (`P.<id>.Merge.N=`) are left alone: whole files suffice. Absent: the files' bytes.
 */

import { patternsOf } from '../catalogue/entry.ts';
import type { ServerIni } from '../catalogue/server-ini.ts';
import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { againstItem } from './content-item.ts';
import { contentComponentOf, type Content } from './content.ts';

/** As the site names it; the digest is known only when the file was read. */
export type ContentFile = Omit<Content, 'digest'>;

export const contentFilesMax = 500;
export const pathCharactersMax = 500;

const idShape = /^[a-z0-9]{1,32}$/i;

export function contentFilesOf(ini: ServerIni): Result<readonly ContentFile[]> {
  const patterns = patternsOf(ini);
  if (!patterns.ok) return patterns;
  const files: ContentFile[] = [];
  for (const { id, merge, path, version, bytes } of patterns.value) {
    if (merge !== null || !idShape.test(id)) continue;
    const { component, ordering } = contentComponentOf(id);
    if (path.length > pathCharactersMax || files.length === contentFilesMax) {
      const detail = `P.${id}: more than ${contentFilesMax} files or ${pathCharactersMax} characters`;
      return refuse(problem('FEED_UNREADABLE', { feed: 'server.ini', detail }));
    }
    const file = { component, version, ordering, path: path.replaceAll('\\', '/'), bytes };
    const against = againstItem(file);
    if (against !== null) return refuse(against);
    files.push(file);
  }
  return ok(files);
}
