/** A table as a file: what its columns say of every row, also of those that are not in sight. */

import type { Column } from './column.ts';

export const exportForms = ['csv', 'json'] as const;
export type ExportForm = (typeof exportForms)[number];

export function exported<Row>(
  form: ExportForm,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string {
  const texts = columns.flatMap(({ id, text }) => (text === undefined ? [] : [{ id, text }]));
  if (form === 'json') {
    const objects = rows.map((row) =>
      Object.fromEntries(texts.map(({ id, text }) => [id, text(row)])),
    );
    return `${JSON.stringify(objects, null, 2)}\n`;
  }
  const lines = [
    texts.map(({ id }) => id),
    ...rows.map((row) => texts.map(({ text }) => text(row))),
  ];
  return lines.map((line) => `${line.map(quoted).join(',')}\r\n`).join('');
}

/**
 * A spreadsheet would run what begins like a formula, and a server names itself: such a value gets
 * an apostrophe in front.
 */
function quoted(value: string | number | null): string {
  if (typeof value === 'number') return String(value);
  const text = value === null ? '' : /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function download(name: string, form: ExportForm, text: string): void {
  // With the mark by which a spreadsheet knows that Japanese is UTF-8.
  const parts = form === 'csv' ? ['\uFEFF', text] : [text];
  const type = form === 'csv' ? 'text/csv' : 'application/json';
  downloadText(`${name}.${form}`, type, parts);
}

export function downloadText(name: string, type: string, parts: readonly string[]): void {
  const address = URL.createObjectURL(new Blob([...parts], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
