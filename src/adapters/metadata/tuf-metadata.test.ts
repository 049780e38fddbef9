import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTargets } from './tuf-metadata.ts';

const file = { length: 2, hashes: { sha256: 'ab' } };

/** The code of the refusal of targets that say this; null: they are read. */
function check(name: string, signed: object, expected: string | null): void {
  test(name, () => {
    const base = { _type: 'targets', spec_version: '1.0.31', version: 1, targets: { a: file } };
    const whole = { ...base, expires: '2026-11-23T00:00:00Z', ...signed };
    const parsed = parseTargets({ signed: whole, signatures: [] }, 'targets');
    assert.equal(parsed.ok ? null : parsed.because.code, expected);
  });
}

const many = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, file]));

check('plain targets', {}, null);
check('a number that has no canonical form', { version: 2.5 }, 'METADATA_UNREADABLE');
check(
  'one deep inside',
  { targets: { a: { ...file, custom: { n: [0.1] } } } },
  'METADATA_UNREADABLE',
);
check('as many targets as there may be', { targets: many(500) }, null);
check('one more, before the models take their time', { targets: many(501) }, 'METADATA_UNREADABLE');
check('no targets', { targets: null }, 'METADATA_UNREADABLE');
check('another role', { _type: 'root' }, 'METADATA_UNREADABLE');
check('a time that is none', { expires: 'soon' }, 'METADATA_UNREADABLE');
