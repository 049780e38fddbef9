/** The keyboard within a table. */

import type { KeyboardEvent, RefObject } from 'react';
import { toggled, type Chosen } from './column.ts';

type Options<Row> = {
  readonly scroll: RefObject<HTMLElement | null>;
  readonly active: number;
  readonly rowHeight: number;
  readonly source: { readonly count: number };
  rowAt(index: number): Row | undefined;
  keyOf(row: Row): string;
  setActive(index: number): void;
  readonly chosen?: Chosen;
  onChoose?(chosen: Chosen): void;
  onOpen?(row: Row): void;
};

export function useTableKeys<Row>(options: Options<Row>) {
  const { scroll, active, rowHeight, source, rowAt, setActive } = options;
  const go = (to: number): void => {
    const next = Math.min(Math.max(0, to), Math.max(0, source.count - 1));
    setActive(next);
    reveal(scroll.current, { top: next * rowHeight, rowHeight });
  };
  return (event: KeyboardEvent): void => {
    // What stands in the table, such as a button of a column, hears its own keys.
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroll.current?.clientHeight ?? 0) / rowHeight) - 2);
    const to = moved(event.key, { active, page, last: source.count - 1 });
    const row = rowAt(active);
    if (to !== null) go(to);
    else if (event.key === 'Enter' && row !== undefined) options.onOpen?.(row);
    else if (event.key === ' ' && row !== undefined && options.onChoose !== undefined) {
      options.onChoose(toggled(options.chosen ?? new Set(), options.keyOf(row)));
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) options.onChoose?.('all');
    else if (event.key === 'Escape') options.onChoose?.(new Set());
    else return;
    event.preventDefault();
  };
}

export function moved(
  key: string,
  at: { readonly active: number; readonly page: number; readonly last: number },
): number | null {
  switch (key) {
    case 'ArrowDown':
      return at.active + 1;
    case 'ArrowUp':
      return at.active - 1;
    case 'PageDown':
      return at.active + at.page;
    case 'PageUp':
      return at.active - at.page;
    case 'Home':
      return 0;
    case 'End':
      return at.last;
    default:
      return null;
  }
}

/** The head of the table stays in sight above the rows, so it counts as out of sight. */
export function reveal(
  element: HTMLElement | null,
  { top, rowHeight }: { readonly top: number; readonly rowHeight: number },
): void {
  if (element === null) return;
  const room = element.clientHeight - rowHeight * 2;
  if (top < element.scrollTop) element.scrollTop = top;
  else if (top > element.scrollTop + room) element.scrollTop = top - room;
}
