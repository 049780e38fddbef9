import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InventoryNow } from '#protocol/normal-server/messages.ts';
import { openInventoryNews } from './inventory-news.ts';
import { limits } from './limits.ts';

const gigabyte = 1024 ** 3;

type Here = Omit<InventoryNow, 'type'>;

function opened(learned: (here: Here) => void = () => undefined) {
  const here: Here = { diskBytesFree: 10 * gigabyte, rebootRecommended: null };
  const said: InventoryNow[] = [];
  const works: Promise<void>[] = [];
  let due: (() => void) | null = null;
  const news = openInventoryNews({
    clock: {
      now: () => 0,
      monotonic: () => 0,
      after(milliseconds, act) {
        assert.equal(milliseconds, limits.inventoryMilliseconds);
        due = act;
        return () => (due = null);
      },
    },
    look: async () => ({ type: 'inventory', ...here }),
    learn: async () => learned(here),
    say: (message) => void said.push(message),
    begin: (work) => void works.push(work),
  });
  news.greeted({ ...here });
  news.sessionOpen();
  const looked = async (): Promise<readonly InventoryNow[]> => {
    due?.();
    await Promise.all(works.splice(0));
    return said.splice(0);
  };
  return { here, news, looked, isDue: () => due !== null, said, works };
}

const cases: readonly {
  readonly title: string;
  readonly bytesFree: number;
  readonly reboot?: string;
  readonly isSaid: boolean;
}[] = [
  { title: 'nothing changed', bytesFree: 10 * gigabyte, isSaid: false },
  { title: 'a little less is free', bytesFree: 9.5 * gigabyte, isSaid: false },
  { title: 'a tenth less is free', bytesFree: 9 * gigabyte, isSaid: true },
  { title: 'a tenth more is free', bytesFree: 11 * gigabyte, isSaid: true },
  { title: 'a reboot is due', bytesFree: 10 * gigabyte, reboot: 'pattern 2', isSaid: true },
];

for (const { title, bytesFree, reboot = null, isSaid } of cases) {
  test(`after a while, ${title}: ${isSaid ? 'said once' : 'not said'}`, async () => {
    const { here, looked } = opened();
    here.diskBytesFree = bytesFree;
    here.rebootRecommended = reboot;
    const expected = { type: 'inventory', diskBytesFree: bytesFree, rebootRecommended: reboot };
    assert.deepEqual(await looked(), isSaid ? [expected] : []);
    assert.deepEqual(await looked(), []);
  });
}

test('a few bytes on a disk that was full are no news, however many times as many they are', async () => {
  const { here, news, looked } = opened();
  news.greeted({ ...here, diskBytesFree: 1 });
  here.diskBytesFree = limits.inventoryBytesMin;
  assert.deepEqual(await looked(), []);
  here.diskBytesFree += 1;
  assert.equal((await looked()).length, 1);
});

test('asked, it says what is so now, changed or not', async () => {
  const { news, works, said } = opened();
  news.asked();
  await Promise.all(works);
  assert.equal(said.length, 1);
});

test('a session that ended takes its looks with it', async () => {
  const { news, works, said, isDue } = opened();
  news.asked();
  news.sessionClosed();
  await Promise.all(works);
  assert.deepEqual([said.length, isDue()], [0, false]);
});

test('a hello that could not say whether what runs is signed is made good at once', async () => {
  const { works, said, looked } = opened((here) => (here.unsigned = 'RELEASE_UNSIGNED'));
  await Promise.all(works.splice(0));
  assert.deepEqual(
    said.splice(0).map(({ unsigned }) => unsigned),
    ['RELEASE_UNSIGNED'],
  );
  assert.deepEqual(await looked(), [], 'once');
});
