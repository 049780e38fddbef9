/** docs/failure-modes.md, 'Deliveries and the share', as simulations. */

import assert from 'node:assert/strict';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import { check, minuteMs, onServer, onSite, type Happening } from './failure-modes.testing.ts';

/** Newer patterns, brought to the site at once. */
function delivered(fleet: Fleet): void {
  fleet.publishContent();
  fleet.deliver();
}

const olderPrograms = [
  { section: 'Info_451_40000_1_4_1', version: '5.10' },
  { section: 'Info_2_50000_4_1', version: '5.10' },
];

check('A delivery comes in the middle of an upgrade and would roll programs back', {
  fleet: { hasControlManager: true },
  happens: [
    {
      when: { after: 'group-1 passed' },
      act(fleet) {
        fleet.feed.offerPrograms(olderPrograms);
        delivered(fleet);
      },
    },
  ],
  sees: ['record delivery-refused', 'group-2 passed'],
  never: ['record catalogue-drifted', 'upgrade paused'],
  expects({ fleet }) {
    assert.match(fleet.sites[0]?.computer.share.catalogue ?? '', /Version=5\.80/);
  },
});

check('The control manager delivers in the middle of a hold', {
  fleet: { hasControlManager: true, hold: 'site' },
  happens: [
    onServer(1, 0, (server) => {
      server.conduct = { is: 'mute' };
    }),
    { when: { after: 'group-1 switching' }, act: delivered },
    { when: { after: 'group-1 switching', seconds: 20 }, act: delivered },
  ],
  sees: ['group-1 switching', 'group-1 settling', 'content pattern 1.103', 'upgrade finished'],
  never: [
    { line: 'content', from: 'group-1 switching', to: 'group-1 settling' },
    'content pattern 1.102',
  ],
  old: ['server-1'],
});

check('Someone edits the catalogue by hand', {
  happens: [
    onSite({ after: 'group-1 passed' }, ({ computer: { share } }) => {
      share.tamperCatalogue((share.catalogue ?? '').replace('Version=5.80', 'Version=5.10'));
    }),
  ],
  sees: ['share by somebody', 'record catalogue-drifted', 'share by restore', 'group-2 passed'],
});

check('The share is deleted between two groups', {
  happens: [onSite({ after: 'group-1 passed' }, ({ computer: { share } }) => share.deleteAll())],
  sees: ['share by somebody', 'record catalogue-drifted', 'share by restore', 'group-2 passed'],
});

function spoilt(how: 'short' | 'other bytes', when: Happening['when']): Happening {
  return onSite(when, ({ computer: { share } }) => {
    for (const path of share.paths()) share.tamperFile(path, how);
  });
}

check('A package in the share is cut short, or a byte in it flips', {
  happens: [
    spoilt('short', { after: 'group-1 staging' }),
    spoilt('other bytes', { after: 'group-1 passed' }),
  ],
  sees: [
    'record catalogue-drifted',
    'record catalogue-restored',
    'group-1 passed',
    'record catalogue-drifted',
    'record catalogue-restored',
    'group-2 passed',
  ],
});

check('Restoring does not help', {
  person: { minutesLate: 20 },
  happens: [
    onSite({ after: 'group-1 passed' }, ({ computer: { share } }, { world }) => {
      const until = world.schedule.now + 10 * minuteMs;
      const spoil = (): void => share.tamperCatalogue('[Somebody]\r\n');
      spoil();
      world.watch((seen, now) => {
        const isRestored = seen.type === 'share-changed' && seen.by === 'restore';
        // Before it is checked again, after everybody has seen that it was restored.
        if (isRestored && now < until) queueMicrotask(spoil);
      });
    }),
  ],
  sees: ['upgrade paused RESTORE_NOT_ENOUGH', 'record upgrade-resumed', 'group-2 passed'],
});

check('A hold lasts too long', {
  fleet: { holdMinutesMax: 1 },
  happens: [
    onServer(1, { after: 'server-1 told confirmed' }, ({ machine }) =>
      machine.freeze(10 * minuteMs),
    ),
  ],
  sees: [
    'upgrade paused HOLD_TIME_OVER',
    'hold upgrade released',
    'record upgrade-resumed',
    'group-1 passed',
  ],
});

check('The feed holds a file that is not what it says', {
  fleet: { hasControlManager: true },
  happens: [
    {
      when: { after: 'group-1 passed' },
      act(fleet) {
        fleet.publishContent();
        fleet.feed.spoil('2', 'short');
        fleet.deliver();
        fleet.world.schedule.after(10 * minuteMs, () => fleet.feed.mend());
      },
    },
  ],
  sees: ['acted feed-spoiled', 'upgrade finished', 'acted feed-mended', 'content'],
  never: [{ line: 'content', from: 'acted feed-spoiled', to: 'acted feed-mended' }],
});
