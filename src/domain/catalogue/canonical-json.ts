/** One text for one value, so that every program computes the same digest from it. */

/** JSON with object keys in code-unit order and no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const members = new Map<string, unknown>(Object.entries(value));
    const texts = [...members.keys()]
      .filter((key) => members.get(key) !== undefined)
      .toSorted()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(members.get(key))}`);
    return `{${texts.join(',')}}`;
  }
  // What JSON cannot say is null, as within any array of JSON.
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** How many bytes a text takes in UTF-8. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
