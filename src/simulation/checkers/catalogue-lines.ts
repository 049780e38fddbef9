/** The lines of a catalogue's text, by section, as bytes: nothing is interpreted or put in order. */

export type Line = { readonly section: string; readonly text: string };

/** Headers are lines of their own section. Sections are named without regard to case. */
export function linesOf(text: string): readonly Line[] {
  let section = '';
  return text.split('\n').map((line) => {
    const header = /^\s*\[([^\]]*)\]/.exec(line);
    if (header !== null) section = (header[1] ?? '').trim().toLowerCase();
    return { section, text: line };
  });
}

export function keyOf({ text }: Line): string | null {
  const found = /^\s*([^=;[\]]+?)\s*=/.exec(text);
  return found?.[1]?.toLowerCase() ?? null;
}

/** Lines of sections that stand for nothing of ours, in their order. */
export function othersIn(text: string, ours: ReadonlySet<string>): string {
  return linesOf(text)
    .filter(({ section, text: line }) => !ours.has(section) && line.trim() !== '')
    .map((line) => line.text)
    .join('\n');
}
