import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brand, type Digest, type ServerId } from '../names.ts';
import {
  admit,
  againstCertificate,
  approve,
  isGone,
  revoke,
  type EnrolledServer,
  type EnrolmentTokenRow,
} from './enrolment.ts';
import { validity } from './validity.ts';

const files01 = brand<ServerId>('files-01');
const other = brand<ServerId>('files-02');
const now = 1_000_000_000_000;
const keyOf = (digit: string): Digest => brand<Digest>(digit.repeat(64));

const token: EnrolmentTokenRow = {
  id: 'aa',
  secretDigest: keyOf('0'),
  madeAt: now - 1_000,
  until: now + 1_000,
  who: 'mori',
  usesMax: 1,
  uses: 0,
  server: null,
  revokedAt: null,
};

const request = {
  server: files01,
  keyDigest: keyOf('1'),
  installId: 'install-1',
  machineId: 'machine-1',
  remote: '10.0.0.1',
};

const enrolled: EnrolledServer = {
  ...request,
  state: 'enrolled',
  since: now - 900,
  token: 'aa',
  until: now + 10_000,
  approvedBy: 'mori',
  refusedBefore: null,
};

function check(
  title: string,
  given: {
    token?: Partial<EnrolmentTokenRow>;
    standing?: Partial<EnrolledServer> | null;
    isKnown?: boolean;
  },
  expected: string,
): void {
  test(title, () => {
    const standing =
      given.standing === undefined || given.standing === null
        ? null
        : { ...enrolled, ...given.standing };
    const admitted = admit({ ...token, ...given.token }, standing, {
      request,
      now,
      isKnown: given.isKnown === true,
    });
    if (!admitted.ok) return assert.equal(admitted.because.code, expected);
    const { server, isApproved, replaces, token: used } = admitted.value;
    const said = [isApproved ? 'approved' : 'waits'];
    if (replaces) said.push('in place of another');
    if (used !== null) said.push(`use ${used.uses}`);
    assert.equal(said.join(', '), expected);
    assert.equal(server.state, isApproved ? 'enrolled' : 'waiting');
  });
}

describe('a token lets a server in', () => {
  check('once', {}, 'approved, use 1');
  check('not twice', { token: { uses: 1 } }, 'ENROLMENT_TOKEN_USED');
  check('not after its end', { token: { until: now - 1 } }, 'ENROLMENT_TOKEN_EXPIRED');
  check('not when it was taken back', { token: { revokedAt: now - 1 } }, 'ENROLMENT_TOKEN_REVOKED');
  check(
    'not another server than its own',
    { token: { server: other } },
    'ENROLMENT_TOKEN_OF_OTHER',
  );
  check('counted, it waits for a person', { token: { usesMax: 3, uses: 2 } }, 'waits, use 3');
  check('counted, no oftener', { token: { usesMax: 3, uses: 3 } }, 'ENROLMENT_TOKEN_USED');
});

describe('a server that asks again with its key', () => {
  const late = { until: now - 1, uses: 1 };
  check(
    'is answered again, used up and late though it is',
    { token: late, standing: {} },
    'approved',
  );
  check(
    'waits on, whatever became of the token',
    { token: { ...late, usesMax: 1 }, standing: { state: 'waiting' } },
    'waits',
  );
  check(
    'is not, when it was turned away',
    { token: late, standing: { state: 'revoked' } },
    'ENROLMENT_TOKEN_EXPIRED',
  );
});

describe('a name that somebody has', () => {
  const another = { token: 'bb', keyDigest: keyOf('2') };
  check('is not given to another', { standing: another }, 'SERVER_ENROLLED');
  check(
    'nor when that one waits',
    { standing: { ...another, state: 'waiting' } },
    'SERVER_ENROLLED',
  );
  check(
    'is, by a token that says so',
    { token: { server: files01 }, standing: another },
    'approved, in place of another, use 1',
  );
  check(
    'is, when that one can renew no more',
    { standing: { ...another, until: now - validity.renewableMs - 1 } },
    'approved, in place of another, use 1',
  );
  check(
    'that was revoked, not by a token from before',
    { standing: { ...another, state: 'revoked', since: now - 1 } },
    'CERTIFICATE_REVOKED',
  );
  check(
    'that was revoked, by a token from after',
    { standing: { ...another, state: 'revoked', since: now - 2_000 } },
    'approved, in place of another, use 1',
  );
  check(
    'the same token with another key is another server',
    { token: { usesMax: 5, uses: 1 }, standing: { keyDigest: keyOf('2') } },
    'SERVER_ENROLLED',
  );
});

describe('a name that the fleet knows and no enrolment does', () => {
  check('is not given to whoever comes', { isKnown: true }, 'SERVER_ENROLLED');
  check(
    'is, by a token that says so',
    { isKnown: true, token: { server: files01 } },
    'approved, use 1',
  );
});

test('a person approves who waits, and nobody else', () => {
  const by = { server: files01, who: 'sato', now };
  const waiting = { ...enrolled, state: 'waiting', approvedBy: null } as const;
  const approved = approve(waiting, by);
  assert.deepEqual(approved, {
    ok: true,
    value: { ...enrolled, approvedBy: 'sato', since: now },
  });
  assert.deepEqual(approve(enrolled, by), { ok: true, value: enrolled });
  for (const [standing, code] of [
    [null, 'SERVER_NOT_ENROLLED'],
    [revoke(enrolled, now), 'CERTIFICATE_REVOKED'],
  ] as const) {
    const verdict = approve(standing, by);
    assert.equal(verdict.ok ? null : verdict.because.code, code);
  }
});

test('certificates count until they are taken back, and those of later again', () => {
  const good = { revokedAt: null };
  const said = (standing: EnrolledServer | null, known: { revokedAt: number | null } | null) =>
    againstCertificate(standing, known).ok;
  assert.equal(said(null, null), true, 'a restored journal knows nobody');
  assert.equal(said(enrolled, null), true, 'nor every certificate');
  const revoked = revoke(enrolled, now);
  assert.equal(said(revoked, good), false);
  assert.equal(said(revoked, null), false);
  const again = { ...enrolled, refusedBefore: now };
  assert.equal(said(again, good), true);
  assert.equal(said(again, { revokedAt: now }), false);
  assert.equal(said(again, null), false, 'one that nobody remembers is from before');
  assert.equal(said({ ...again, state: 'waiting' }, good), false);
});

test('who was off for too long is gone', () => {
  assert.equal(isGone(enrolled, now), false);
  assert.equal(isGone({ ...enrolled, until: now - validity.renewableMs }, now), false);
  assert.equal(isGone({ ...enrolled, until: now - validity.renewableMs - 1 }, now), true);
  assert.equal(isGone({ ...enrolled, until: null }, now), false);
});
