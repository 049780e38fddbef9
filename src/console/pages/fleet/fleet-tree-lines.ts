/** Which line of the tree is what: arithmetic over the numbers of servers, not a list of them. */

import type { RowWindow } from '../../parts/table/window.ts';

export type TreeDomain = {
  readonly domain: string;
  readonly servers: number;
  readonly silent: number;
};

export type TreePlace =
  | { readonly kind: 'organisation' }
  | { readonly kind: 'site'; readonly level: number }
  | { readonly kind: 'domain'; readonly level: number; readonly domain: TreeDomain }
  /** The so-manieth of its domain. */
  | {
      readonly kind: 'server';
      readonly level: number;
      readonly domain: TreeDomain;
      readonly place: number;
    };

export type FleetTreeLines = {
  readonly count: number;
  /** Levels above the domains. */
  readonly above: number;
  readonly blocks: readonly {
    readonly at: number;
    readonly domain: TreeDomain;
    readonly isOpen: boolean;
  }[];
};

export function treeOf(
  domains: readonly TreeDomain[],
  {
    open,
    hasOrganisation,
  }: { readonly open: ReadonlySet<string>; readonly hasOrganisation: boolean },
): FleetTreeLines {
  const above = hasOrganisation ? 2 : 1;
  let count = above;
  const blocks = domains.map((domain) => {
    const isOpen = open.has(domain.domain);
    const block = { at: count, domain, isOpen };
    count += 1 + (isOpen ? domain.servers : 0);
    return block;
  });
  return { count, above, blocks };
}

export function placesOf({ above, blocks }: FleetTreeLines): (index: number) => TreePlace {
  return (index) => {
    if (index < above) {
      return above === 2 && index === 0 ? { kind: 'organisation' } : { kind: 'site', level: above };
    }
    const block = blocks.findLast(({ at }) => at <= index);
    if (block === undefined) return { kind: 'site', level: above };
    const { at, domain } = block;
    if (at === index) return { kind: 'domain', level: above + 1, domain };
    return { kind: 'server', level: above + 2, domain, place: index - at - 1 };
  };
}

const pageSize = 100;

/** Which pages of which domains are in sight. */
export function pagesIn(
  { blocks }: FleetTreeLines,
  { from, to }: RowWindow,
): readonly { readonly domain: string; readonly from: number; readonly limit: number }[] {
  return blocks.flatMap(({ at, domain, isOpen }) => {
    if (!isOpen) return [];
    const first = Math.max(0, from - at - 1);
    const last = Math.min(domain.servers, to - at - 1);
    if (first >= last) return [];
    const pages: { domain: string; from: number; limit: number }[] = [];
    for (let page = Math.floor(first / pageSize); page * pageSize < last; page++) {
      pages.push({ domain: domain.domain, from: page * pageSize, limit: pageSize });
    }
    return pages;
  });
}
