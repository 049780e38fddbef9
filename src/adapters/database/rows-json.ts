/** How rows that are decided on as a whole become text and back. */

/** Our own rows, written by us and read back: the one place where JSON becomes a domain type. */
export function decode<Row>(text: string): Row {
  return JSON.parse(text) as Row;
}

export const encode = (row: object): string => JSON.stringify(row);
