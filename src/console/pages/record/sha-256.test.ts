import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf } from './sha-256.ts';

test('is what everybody else computes, at every length around a block and for any text', () => {
  for (let length = 0; length < 200; length++) {
    const text = 'a'.repeat(length);
    assert.equal(digestOf(text), hash('sha256', text, 'hex'), String(length));
  }
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const whole = text.toWellFormed();
      assert.equal(digestOf(whole), hash('sha256', whole, 'hex'));
    }),
  );
});
