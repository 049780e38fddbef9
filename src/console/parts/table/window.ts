/** Which rows of very many are in sight: all rows are of one height, so this is arithmetic. */

import { useEffect, useState, type RefObject } from 'react';

export type RowWindow = {
  /** Of the first row that is drawn, and of the one after the last. */
  readonly from: number;
  readonly to: number;
};

/** Drawn beyond what is in sight, so that scrolling shows no gap. */
const rowsBeyond = 8;
/** However high it is: on paper a table has no end. */
const rowsMax = 1_000;

export function windowOf(place: {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
}): RowWindow {
  const { scrollTop, height, rowHeight, count } = place;
  const first = Math.floor(scrollTop / rowHeight) - rowsBeyond;
  const last = Math.ceil((scrollTop + height) / rowHeight) + rowsBeyond;
  const from = Math.min(Math.max(0, first), count);
  return { from, to: Math.min(Math.max(0, last), count, from + rowsMax) };
}

export function useRowWindow(
  scroll: RefObject<HTMLElement | null>,
  { rowHeight, count }: { readonly rowHeight: number; readonly count: number },
): RowWindow {
  const [place, setPlace] = useState({ scrollTop: 0, height: 600 });
  useEffect(() => {
    const element = scroll.current;
    if (element === null) return undefined;
    const look = (): void =>
      setPlace({ scrollTop: element.scrollTop, height: element.clientHeight });
    look();
    element.addEventListener('scroll', look, { passive: true });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', look);
      observer.disconnect();
    };
  }, [scroll]);
  return windowOf({ ...place, rowHeight, count });
}
