import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column } from './column.ts';
import { exported } from './export.ts';

type Row = { readonly name: string; readonly bytes: number | null };

const columns: readonly Column<Row>[] = [
  { id: 'name', title: 'Name', width: 10, cell: ({ name }) => name, text: ({ name }) => name },
  { id: 'mark', title: 'Mark', width: 10, cell: () => null },
  { id: 'bytes', title: 'Bytes', width: 10, cell: () => null, text: ({ bytes }) => bytes },
];

const rows: readonly Row[] = [
  { name: 'a, "b"', bytes: 5 },
  { name: '=1+1', bytes: null },
  { name: '東京', bytes: -1 },
];

test('CSV quotes what must be quoted, and lets no name become a formula', () => {
  assert.equal(
    exported('csv', columns, rows),
    'name,bytes\r\n"a, ""b""",5\r\n\'=1+1,\r\n東京,-1\r\n',
  );
});

test('JSON says each value as it is', () => {
  assert.deepEqual(JSON.parse(exported('json', columns, rows)), [
    { name: 'a, "b"', bytes: 5 },
    { name: '=1+1', bytes: null },
    { name: '東京', bytes: -1 },
  ]);
});
