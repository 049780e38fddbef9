import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { tableNames, type AnyTables } from './delivery-rows.ts';
import { openDeliveryTables } from './delivery-database.ts';

test('no table of a control manager is left out when all its rows are copied', async () => {
  const opened = await openDeliveryTables<AnyTables>({ file: ':memory:' });
  assert.ok(opened.ok);
  const found = await sql<{ name: string }>`select name from sqlite_master
    where type = 'table' and name not like 'kysely%' and name not like 'sqlite%'`.execute(
    opened.value,
  );
  assert.deepEqual(found.rows.map(({ name }) => name).toSorted(), tableNames.toSorted());
  await opened.value.destroy();
});
