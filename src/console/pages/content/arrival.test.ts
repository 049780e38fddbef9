import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import { contentIn, placeIn } from './arrival.ts';

function check(
  title: string,
  line: Parameters<typeof contentIn>[0],
  expected: readonly [string | null, string | null],
): void {
  test(title, () => assert.deepEqual([contentIn(line), placeIn(line)], expected));
}

const line = (detail: Record<string, unknown>, server: string | null = null) => ({
  server: server === null ? null : brand<ServerId>(server),
  detail,
});

check(
  'a download says its feed, and all that was new',
  line({
    download: 3,
    from: '/srv/feed',
    items: [
      { component: 'pattern', version: '419' },
      { component: 'scan-engine', version: '12.1' },
    ],
  }),
  ['pattern 419, scan-engine 12.1', '/srv/feed'],
);
check(
  'what a site took says its source',
  line({ component: 'pattern', version: '419', from: 'control-manager' }),
  ['pattern 419', 'control-manager'],
);
check('a line of a version before names no source', line({ component: 'pattern', version: '7' }), [
  'pattern 7',
  null,
]);
check(
  'an offer says its site and its plan',
  line({ deployment: 1, download: 3, plan: 'careful' }, 'tokyo'),
  [null, 'tokyo · careful'],
);
check(
  'a plan of a delivery says its folders',
  line({ plan: 'careful', download: 3, folders: ['east', 'west'] }),
  [null, 'careful · east · west'],
);
check(
  'what was refused says its sections',
  line({ sections: [{ section: 'Info_2_50000_4_1', version: '5.58' }], evidence: '00' }),
  ['Info_2_50000_4_1', null],
);
check(
  'a refused download says why',
  line({ problems: [{ code: 'NOTHING_DOWNLOADED', with: {} }, 'damaged'] }),
  [null, 'NOTHING_DOWNLOADED'],
);
