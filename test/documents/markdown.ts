/** Reads the parts of a Markdown text that the tests compare. Knows no rule. */

export type Heading = { readonly level: number; readonly text: string };
export type Row = readonly string[];

/** What stands in fences or back-quotes is an example, not a link or a heading. */
function withoutCode(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1.*$/gm, '').replace(/`[^`\n]*`/g, '``');
}

const withoutFences = (text: string): string => text.replace(/^(```|~~~)[\s\S]*?^\1.*$/gm, '');

export function headingsOf(text: string): Heading[] {
  return [...withoutFences(text).matchAll(/^(#{1,6}) +(.+?) *#*$/gm)].map(
    ([, marks = '', title = '']) => ({ level: marks.length, text: title }),
  );
}

/** Every table row but headers and rules, cell by cell. */
export function rowsOf(text: string): Row[] {
  const lines = withoutFences(text).split('\n');
  const isRule = (line: string | undefined): boolean => /^\|[\s:|-]+\|\s*$/.test(line ?? '');
  return lines
    .filter((line, at) => /^\|.*\|\s*$/.test(line) && !isRule(line) && !isRule(lines[at + 1]))
    .map((line) =>
      line
        .trim()
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    );
}

/** Links to places in the repository: the target and the part after `#`. */
export function linksOf(text: string): { target: string; anchor: string | null }[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/i.test(link))
    .map((link) => {
      const [target = '', anchor] = link.split('#');
      return { target: decodeURIComponent(target), anchor: anchor ?? null };
    });
}

/** The names by which the headings of a text can be linked to, as the forges make them. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headingsOf(text)) {
    const anchor = heading.text
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let again = 1; anchors.has(unique); again += 1) unique = `${anchor}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}
