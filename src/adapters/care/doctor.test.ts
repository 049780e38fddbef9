import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { appendIntent } from '#launcher/intent-file.ts';
import { certificateCheck, launcherChecks, portChecks } from './doctor.ts';
import { portsOf } from './installation-ports.ts';

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

test('doctor: a launcher that failed here is told until another one is in place', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'dankai-doctor-'));
  t.after(() => rmSync(root, { recursive: true }));
  const told = () => launcherChecks(root).map(({ state, because }) => [state, because?.code]);
  assert.deepEqual(told(), []);
  mkdirSync(join(root, 'launcher'));
  const file = join(root, 'launcher', 'intent.log');
  const of = { at: 1, pair: 'p1', version: '5.80.1179' };
  appendIntent(file, { type: 'attempt', ...of });
  assert.deepEqual(told(), []);
  appendIntent(file, { type: 'failed', ...of, cause: 'crash', detail: 'ended with status 1' });
  assert.deepEqual(told(), [['warning', 'LAUNCHER_FAILED']]);
  appendIntent(file, { type: 'placed', ...of, pair: 'p2' });
  assert.deepEqual(told(), []);
});

test('doctor: package sources are tried, and one that is away is a warning', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'dankai-doctor-'));
  t.after(() => rmSync(root, { recursive: true }));
  const cache = createServer((_, response) => void response.end()).listen(0, '127.0.0.1');
  t.after(() => cache.close());
  await once(cache, 'listening');
  const address = cache.address();
  assert.ok(typeof address === 'object' && address !== null);
  const here = `http://127.0.0.1:${address.port}`;
  const away = 'http://127.0.0.1:9';
  const sources = `informationServer:\n  packageSources: ['${away}', '${here}']\n`;
  writeFileSync(join(root, 'settings.yaml'), sources);
  const ports = await portsOf(root);
  assert.ok(ports.ok);
  const checks = await portChecks(ports.value, []);
  const reach = checks.filter(({ check }) => check === 'reach');
  assert.deepEqual(
    reach.map(({ of, state, because }) => [of, state, because?.code]),
    [
      [away, 'warning', 'ADDRESS_UNREACHABLE'],
      [here, 'good', undefined],
    ],
  );
});
