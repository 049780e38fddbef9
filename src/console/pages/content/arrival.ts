/** What a line of the record about an arrival says: which content, and from where or to whom. */

import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { problem as problemSchema } from '#protocol/shared/primitives.ts';

type Line = Pick<RecordLineView, 'server' | 'detail'>;

export function contentIn({ detail }: Line): string | null {
  const items: readonly unknown[] = Array.isArray(detail['items']) ? detail['items'] : [detail];
  const named = items.flatMap((item) => {
    const component = textOf(item, 'component');
    const version = textOf(item, 'version');
    return component === null || version === null ? [] : [`${component} ${version}`];
  });
  if (named.length > 0) return named.join(', ');
  const sections: readonly unknown[] = Array.isArray(detail['sections']) ? detail['sections'] : [];
  const refused = sections.map((one) => textOf(one, 'section')).filter((one) => one !== null);
  return refused.length === 0 ? null : refused.join(', ');
}

/** A source, the sites and folders that it went to, or the codes of what stood against it. */
export function placeIn({ server, detail }: Line): string | null {
  const from = textOf(detail, 'from') ?? textOf(detail, 'source');
  if (from !== null) return from;
  const folders: readonly unknown[] = Array.isArray(detail['folders']) ? detail['folders'] : [];
  const plan = textOf(detail, 'plan');
  const to = [server, plan, ...folders].filter((one) => typeof one === 'string');
  if (to.length > 0) return to.join(' · ');
  const problems: readonly unknown[] = Array.isArray(detail['problems']) ? detail['problems'] : [];
  const codes = problems.flatMap((one) => {
    const read = problemSchema.safeParse(one);
    return read.success ? [read.data.code] : [];
  });
  return codes.length === 0 ? null : codes.join(', ');
}

function textOf(value: unknown, name: string): string | null {
  const found = typeof value === 'object' && value !== null ? Reflect.get(value, name) : null;
  return typeof found === 'string' ? found : null;
}
