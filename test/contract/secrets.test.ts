/** Secrets, real and simulated, over one suite; and what only real cryptography can show. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openSecrets, secretsLimits } from '#adapters/secrets/secrets-crypto.ts';
import type { Secrets } from '#ports/secrets.ts';
import { openSecretsSimulated } from '#simulation/adapters/secrets-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';

function secretsContract(name: string, open: () => Secrets): void {
  describe(`secrets: ${name}`, () => {
    test('no secret is made twice, each of plain characters', () => {
      const secrets = open();
      const made = Array.from({ length: 100 }, () => secrets.make());
      assert.equal(new Set(made).size, 100);
      for (const one of made) assert.match(one, /^[A-Za-z0-9_-]{40,}$/);
    });

    test('digests are alike exactly for the same secret', () => {
      const secrets = open();
      const digest = secrets.digest('one');
      assert.match(digest, /^[0-9a-f]{64}$/);
      assert.equal(secrets.isEqual(digest, secrets.digest('one')), true);
      assert.equal(secrets.isEqual(digest, secrets.digest('two')), false);
    });

    test('a password fits its own hash and no other; nobody has none', async () => {
      const secrets = open();
      const password = 'four words make one';
      const hash = await secrets.hashPassword(password);
      assert.ok(hash !== null && !hash.includes(password));
      assert.notEqual(await secrets.hashPassword(password), hash);
      assert.equal(await secrets.checkPassword(password, hash), true);
      assert.equal(await secrets.checkPassword(`${password} `, hash), false);
      assert.equal(await secrets.checkPassword(password, null), false);
      assert.equal(await secrets.checkPassword(password, 'not a hash'), false);
    });
  });
}

secretsContract('crypto', openSecrets);
secretsContract('simulated', () => openSecretsSimulated(new Chance(1)));

test('a hash is argon2id in PHC form, with the costs that are written down', async () => {
  const hash = await openSecrets().hashPassword('four words make one');
  assert.match(
    hash ?? '',
    /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
  );
});

test('a hash that another implementation made fits too', async () => {
  // The reference command: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32
  const hash =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  const secrets = openSecrets();
  assert.equal(await secrets.checkPassword('password', hash), true);
  assert.equal(await secrets.checkPassword('passwort', hash), false);
});

test('a hash whose costs would stop the process is not tried', async () => {
  const salt = 'c29tZXNhbHQ';
  const key = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  const hash = `$argon2id$v=19$m=9999999,t=2,p=1$${salt}$${key}`;
  assert.equal(await openSecrets().checkPassword('password', hash), false);
});

test('beyond a few at once and a few that wait, a password is sent away', async () => {
  const secrets = openSecrets();
  const { atOnceMax, waitingMax } = secretsLimits;
  const asked = Array.from({ length: atOnceMax + waitingMax + 3 }, () =>
    secrets.checkPassword('password', null),
  );
  const answers = await Promise.all(asked);
  assert.equal(answers.filter((one) => one === null).length, 3);
  assert.equal(await secrets.checkPassword('password', null), false);
});

test('an account that is not there takes as long as one that is', async () => {
  const secrets = openSecrets();
  const hash = await secrets.hashPassword('password');
  await secrets.checkPassword('x', null); // its own hash is made at the first
  const time = async (of: string | null): Promise<number> => {
    const from = performance.now();
    for (let turn = 0; turn < 5; turn++) await secrets.checkPassword('x', of);
    return performance.now() - from;
  };
  const [there, absent] = [await time(hash), await time(null)];
  assert.ok(absent > there / 3 && absent < there * 3, `${there} ms and ${absent} ms`);
});
