import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type CredentialId, type PersonName } from '../names.ts';
import { credentialLimits, sessionIsLive, tokenIsLive, type ApiToken } from './credential.ts';

const { sessionIdleMs, sessionMs } = credentialLimits;
const id = brand<CredentialId>('c1');
const person = brand<PersonName>('sato');
const at = 10 * sessionMs;

function session(name: string, used: number, now: number, expected: boolean): void {
  test(`session: ${name}`, () =>
    assert.equal(sessionIsLive({ id, person, at, usedAt: at + used }, at + now), expected));
}

session('just begun', 0, 0, true);
session('used a while ago', 0, sessionIdleMs - 1, true);
session('nobody used it', 0, sessionIdleMs, false);
session('used all the time, until its end', sessionMs - 1, sessionMs - 1, true);
session('used all the time, at its end', sessionMs - 1, sessionMs, false);
session(
  'of a time that a clock set back has not reached',
  0,
  -credentialLimits.usedEveryMs - 1,
  false,
);

const token = (until: number | null): ApiToken => ({
  id,
  person,
  name: 'for tests',
  isOfLogin: false,
  role: 'viewer',
  scope: 'whole',
  at: 0,
  until,
  usedAt: null,
});

test("a token lets in before its end, and the installation's own as long as its file stands", () => {
  assert.deepEqual(
    [tokenIsLive(token(100), 99), tokenIsLive(token(100), 100), tokenIsLive(token(null), 1e15)],
    [true, false, true],
  );
});
