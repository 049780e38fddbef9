import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type LeaseId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { ownRelease } from '#simulation/fleet/releases.ts';
import { selfInstaller, type AskedSwitch } from './self-program.ts';

const release = ownRelease('5.80', 1_000);
const lease = { id: brand<LeaseId>('lease-1'), until: 60_000 };
const slots = {
  find: async (_digest: Digest) => release,
  nameOf: () => 'slot',
  standing: async () => [],
  isIntact: async () => true,
  add: async () => ok(null),
};

/** A launcher that says at once that it has switched. */
async function check(answers: readonly Result<null>[]) {
  const kept: (AskedSwitch | null)[] = [];
  const asked: string[] = [];
  const installer = selfInstaller({
    slots,
    clock: { now: () => 0, monotonic: () => 0, after: () => () => undefined },
    keep: async (one) => answers[kept.push(one) - 1] ?? ok(null),
    launcher: {
      proven: () => undefined,
      healthy: () => undefined,
      session: () => undefined,
      want: () => undefined,
      requestSwitch: ({ tag }) => void asked.push(tag),
      state: () => null,
      onState(act) {
        const outcome = {
          tag: lease.id,
          ended: 'committed',
          from: 'before',
          to: 'slot',
          cause: null,
          detail: '',
          at: 0,
        } as const;
        const track = { slot: 'slot', previous: 'before', phase: 'committed' } as const;
        act({ program: { ...track, wanted: 'running', outcome } });
      },
    },
  });
  const end = await installer.switchTo(release, lease, () => undefined);
  return { end, asked, kept: kept.map((one) => one?.digest ?? null) };
}

test('a switch is kept before the launcher is asked, and until it has ended', async () => {
  const { end, asked, kept } = await check([]);
  assert.deepEqual([end.end, asked, kept], ['installed', [lease.id], [release.digest, null]]);
});

test('what the disk does not keep is not asked of the launcher, and the server says why', async () => {
  const full = problem('DISK_FULL', { path: 'normal-server.json' });
  const { end, asked, kept } = await check([refuse(full)]);
  assert.deepEqual(end, { end: 'failed', because: full });
  assert.deepEqual([asked, kept], [[], [release.digest, null]]);
});
