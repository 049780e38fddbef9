/** What narrows the record, as it stands in the address. */

import { z } from 'zod';
import type { RecordLineView } from '#protocol/console/record-calls.ts';

export const recordSearch = z.object({
  search: z.coerce.string().optional().catch(undefined),
  kinds: z.array(z.coerce.string()).optional().catch(undefined),
});
export type RecordSearch = z.infer<typeof recordSearch>;

/** In who, which server and what it says. */
export function fits({ search = '', kinds = [] }: RecordSearch, line: RecordLineView): boolean {
  if (kinds.length > 0 && !kinds.includes(line.kind)) return false;
  if (search === '') return true;
  const { number, who, server, kind, detail } = line;
  const text = [number, who, server ?? '', kind, JSON.stringify(detail)].join(' ');
  return text.toLowerCase().includes(search.toLowerCase());
}
