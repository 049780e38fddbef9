/** The table of rights and the contract name the same calls, at either tier. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { controlManagerRights, informationServerRights } from '#domain/people/rights.ts';
import { controlManagerCalls, informationServerCalls } from '#protocol/console/contract.ts';
import { importPath } from '#protocol/console/share-import.ts';
import { peopleCalls, sessionCalls } from '#protocol/console/people-calls.ts';

const names = (...tables: readonly object[]): string[] =>
  tables.flatMap((table) => Object.keys(table)).toSorted();

test('no call of an information server is without an entry, and no entry without a call', () => {
  const upload = { [importPath.replace('/v1/', '')]: null };
  assert.deepEqual(
    names(informationServerRights),
    names(informationServerCalls, peopleCalls, upload),
  );
});

test('no call of a control manager is without an entry, and no entry without a call', () => {
  assert.deepEqual(names(controlManagerRights), names(controlManagerCalls, peopleCalls));
});

test('what is asked before anybody is known stands in no table', () => {
  for (const call of Object.keys(sessionCalls)) {
    assert.ok(!Object.hasOwn(informationServerRights, call));
    assert.ok(!Object.hasOwn(controlManagerRights, call));
  }
});

test('a group, the early release of a hold and what passes one are what waits for approval', () => {
  const approved = (rights: object): string[] =>
    Object.entries(rights)
      .filter(([, right]) => 'isApproved' in (right as object))
      .map(([call]) => call);
  assert.deepEqual(approved(informationServerRights), [
    'hold.release',
    'content.admit',
    'upgrade.approve',
    'campaign.begin',
  ]);
  assert.deepEqual(approved(controlManagerRights), ['content.admit', 'hold.release']);
});
