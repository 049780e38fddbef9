import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roleNames, type RoleName } from './tuf-metadata.ts';
import { makeSigner, rolesFor } from './tuf-repository.testing.ts';
import { changedRoles, findKey, rolesOfKey, type RolesChange } from './tuf-roles.ts';

const [alice, bob, carol] = [makeSigner('alice'), makeSigner('bob'), makeSigner('carol')];
const before = rolesFor([alice, bob], 2, { root: { keys: [carol.key], threshold: 1 } });

/** Names and threshold of each role afterwards, or the code of the refusal. */
function check(name: string, change: Partial<RolesChange>, expected: object | string): void {
  test(name, () => {
    const after = changedRoles(before, { roles: roleNames, add: [], remove: [], ...change });
    const shown = after.ok
      ? Object.fromEntries(
          roleNames.map((role) => {
            const { keys, threshold } = after.value[role];
            return [role, `${keys.map((key) => key.name).join()}:${threshold}`];
          }),
        )
      : after.because.code;
    assert.deepEqual(shown, expected);
  });
}

const unchanged = {
  root: 'carol:1',
  targets: 'alice,bob:2',
  snapshot: 'alice,bob:2',
  timestamp: 'alice,bob:2',
};
const targets: readonly RoleName[] = ['targets'];

check('nothing', {}, unchanged);
check(
  'one more in one role',
  { roles: targets, add: [carol.key] },
  {
    ...unchanged,
    targets: 'alice,bob,carol:2',
  },
);
check('one who is there already', { roles: targets, add: [bob.key] }, unchanged);
check(
  'one for another',
  { roles: targets, add: [carol.key], remove: ['bob'] },
  {
    ...unchanged,
    targets: 'alice,carol:2',
  },
);
check(
  'a key by the start of its id',
  { remove: [carol.key.keyId.slice(0, 8)] },
  {
    ...unchanged,
    root: ':1',
  },
);
check(
  'a start of an id that is too short',
  { remove: [carol.key.keyId.slice(0, 7)] },
  'KEY_UNKNOWN',
);
check(
  'a lower threshold',
  { roles: targets, threshold: 1 },
  {
    ...unchanged,
    targets: 'alice,bob:1',
  },
);
check('a key that nobody knows', { remove: ['dave'] }, 'KEY_UNKNOWN');
check('a key of another role', { roles: targets, remove: ['carol'] }, 'KEY_UNKNOWN');

test('one name of two keys means neither', () => {
  const roles = rolesFor([makeSigner('alice'), alice]);
  const found = findKey(roles, 'alice');
  assert.equal(!found.ok && found.because.code, 'KEY_UNKNOWN');
  assert.ok(findKey(roles, alice.key.keyId).ok);
});

test('which roles a key has', () => {
  assert.deepEqual(rolesOfKey(before, carol.key.keyId), ['root']);
  assert.deepEqual(rolesOfKey(before, bob.key.keyId), ['targets', 'snapshot', 'timestamp']);
});
