import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longer } from '../longer.ts';
import { runDemo, type DemoReport } from './demo-for-tests.ts';

function versions(report: DemoReport): Record<string, string | null> {
  return Object.fromEntries(report.servers.map((one) => [one.server, one.version]));
}

test(
  'npm start -- --exit with a release broken on one server ends with status 1, the others held',
  longer,
  async (context) => {
    const { status, report, output } = await runDemo(context, [
      '--without-runtime',
      '--broken',
      'b2',
    ]);
    assert.equal(status, 1, output.slice(-4_000));
    assert.equal(report.state, 'paused');
    const found = versions(report);
    assert.equal(found['b2'], '5.70.1000', 'the broken one is back on the old release');
    for (const held of ['c1', 'c2', 'c3']) assert.equal(found[held], '5.70.1000');
    for (const passed of ['tokyo', 'a1', 'a2', 'a3']) assert.equal(found[passed], '5.80.1179');
  },
);
