/** What narrows the record, as it stands in the address. */

import { z } from 'zod';
import type { InformationServerTable, ParamsOf } from '#protocol/console/contract.ts';

const text = z.coerce.string().optional().catch(undefined);

export const recordSearch = z.object({
  search: text,
  kinds: z.array(z.coerce.string()).optional().catch(undefined),
  who: text,
  server: text,
  /** Instants as ISO 8601 writes them, so that an address means the same everywhere. */
  from: text,
  until: text,
});
export type RecordSearch = z.infer<typeof recordSearch>;

export type RecordFilterParams = Omit<
  ParamsOf<InformationServerTable, 'record.search'>,
  'before' | 'limit'
>;

export function filterIn({ search, kinds, who, server, from, until }: RecordSearch) {
  return {
    ...given('text', search),
    ...(kinds !== undefined && kinds.length > 0 && { kinds }),
    ...given('who', who),
    ...given('server', server),
    ...instantIn('from', from),
    ...instantIn('until', until),
  } satisfies RecordFilterParams;
}

/** The same on the command line. */
export function optionsOf(search: RecordSearch): readonly string[] {
  const { kinds = [], text: part, who, server } = filterIn(search);
  const options = [
    ['--kinds', kinds.join(',')],
    ['--who', who],
    ['--server', server],
    ['--from', search.from],
    ['--until', search.until],
    ['--text', part],
  ] as const;
  return options.flatMap(([name, value = '']) => (value === '' ? [] : [name, value]));
}

function given<Name extends string>(name: Name, value: string | undefined) {
  const wanted = value?.trim() ?? '';
  const found: { [key in Name]?: string } = {};
  if (wanted !== '') found[name] = wanted;
  return found;
}

function instantIn<Name extends string>(name: Name, value: string | undefined) {
  const found: { [key in Name]?: number } = {};
  const instant = Date.parse(value ?? '');
  if (!Number.isNaN(instant)) found[name] = instant;
  return found;
}
