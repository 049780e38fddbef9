import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTrust } from './trust-open.ts';

test('without an organisation nothing is believed, but on a loopback that says it is insecure', async () => {
  const root = await mkdtemp(join(tmpdir(), 'dankai-trust-'));
  try {
    const opened = await openTrust(root, { isInsecure: false });
    assert.equal(opened.ok ? opened.value : opened.because.code, 'FILE_UNREADABLE');
    assert.deepEqual(await openTrust(root, { isInsecure: true }), { ok: true, value: null });
  } finally {
    await rm(root, { recursive: true });
  }
});
