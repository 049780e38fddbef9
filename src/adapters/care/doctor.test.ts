import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateCheck } from './doctor.ts';

const day = 86_400_000;
const now = Date.parse('2026-11-23T12:00:00Z');
const at = (days: number): string => new Date(now + days * day).toUTCString();

for (const [what, from, until, skewDays, expected] of [
  ['that holds', -10, 20, 0, 'certificate good null'],
  ['that ends soon', -28, 2, 0, 'certificate warning CERTIFICATE_ENDS'],
  ['that is over everywhere', -40, -10, 0, 'certificate bad CERTIFICATE_EXPIRED'],
  ['that is over on a clock a year ahead', -365, -335, 365, 'clock bad CLOCK_WRONG'],
  ['that is over also by the right clock', -400, -370, 365, 'certificate bad CERTIFICATE_EXPIRED'],
  ['of tomorrow: a clock a year behind', 365, 395, 0, 'clock bad CLOCK_WRONG'],
] as const) {
  test(`doctor: a certificate ${what}`, () => {
    const certificate = { validFrom: at(from), validTo: at(until) };
    const { check, state, because } = certificateCheck('normal-server.pem', certificate, {
      now,
      skewSeconds: skewDays * 86_400,
    });
    assert.equal(`${check} ${state} ${because?.code ?? null}`, expected);
  });
}
