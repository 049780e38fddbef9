/** docs/failure-modes.md, 'Links, clocks and packages', as simulations. */

import assert from 'node:assert/strict';
import { storePath } from '#simulation/adapters/store-folder.ts';
import {
  check,
  forMinutes,
  fullDisk,
  minuteMs,
  onServer,
  onSite,
  type Happening,
} from './failure-modes.testing.ts';

const dayMs = 24 * 60 * minuteMs;

/** The path of one server, as this makes it; as it was again after so many minutes. */
function cut(
  number: number,
  when: Happening['when'],
  how: { readonly minutes: number; readonly up: boolean; readonly down: boolean },
): Happening {
  return onServer(number, when, ({ path }, fleet) =>
    forMinutes(fleet, how.minutes, (isOn) =>
      path.cut({ up: isOn && how.up, down: isOn && how.down }),
    ),
  );
}

/** What the control manager shows of its site then. */
function shows(when: number): Happening {
  return {
    when,
    act({ controlManager, world }) {
      void controlManager?.show()?.then((answer) => {
        assert.ok(answer.ok);
        for (const { agent } of answer.value.sites) {
          world.see({ type: 'acted', what: `site ${agent}`, on: 'control-manager', detail: {} });
        }
      });
    },
  };
}

check('The site is cut off from the control manager', {
  fleet: { hasControlManager: true, minutesBetweenContents: 60 },
  hours: 25,
  happens: [
    onSite(0.1, ({ computer }, fleet) => {
      const path = computer.given.above?.path;
      forMinutes(fleet, 24 * 60, (isOn) => path?.cut({ up: isOn, down: isOn }));
    }),
    shows(2 * 60),
    onServer(1, 12 * 60, (server) => server.powerCut(minuteMs)),
    shows(23 * 60),
  ],
  sees: [
    'upgrade finished',
    'acted site inactive',
    'server-1 said hello',
    'server-1 told welcome',
    'acted site abnormal',
    'content',
  ],
  expects({ lines }) {
    const [first] = lines.filter(({ text, at }) => at > minuteMs && text.startsWith('content'));
    assert.ok(first !== undefined && first.at > dayMs, 'content waits for the link');
  },
});

check('Servers are cut off from the information server', {
  happens: [cut(1, { after: 'server-1 leased' }, { minutes: 5, up: true, down: true })],
  sees: [
    'server-1 told lease',
    'record lease-lapsed server-1',
    'group-1 passed',
    'server-1 told confirmed',
    'server-1 upgraded',
  ],
  never: [
    { line: 'server-1 switches', to: 'record lease-lapsed server-1' },
    'server-1 vanished',
    'group-1 failed',
  ],
});

check('A link carries only one direction', {
  happens: [
    cut(1, { after: 'server-1 leased' }, { minutes: 5, up: true, down: false }),
    // When it has asked whether it still may, and the answer is not there yet.
    cut(3, { after: 'server-3 told lease', seconds: 0.042 }, { minutes: 5, up: false, down: true }),
  ],
  sees: [
    'record lease-lapsed server-1',
    'server-3 switching',
    'server-3 vanished SERVER_VANISHED',
    'upgrade paused GATE_FAILED',
    'server-3 told confirmed',
    'server-3 upgraded',
  ],
  never: [
    { line: 'server-1 switches', to: 'record lease-lapsed server-1' },
    { line: 'server-3 switches', to: 'server-3 vanished' },
  ],
});

check('Messages are lost, doubled, or overtake each other', {
  // Whoever lost his welcome dials again after half a minute: a switch has to have longer than that.
  fleet: { proveSeconds: 120 },
  happens: [1, 2, 3, 4].map((number) =>
    onServer(number, 0, ({ path }, fleet) =>
      forMinutes(fleet, 30, (isOn) => {
        path.lossShare = isOn ? 0.3 : 0;
        path.duplicateShare = isOn ? 0.5 : 0;
        path.overtakeShare = isOn ? 0.3 : 0;
      }),
    ),
  ),
  sees: ['upgrade finished'],
  never: ['upgrade paused', 'group-1 failed', 'group-2 failed'],
});

check('A download breaks off', {
  fleet: { archiveBytes: 40_000_000 },
  happens: [
    cut(1, { after: 'server-1 staging', seconds: 20 }, { minutes: 2, up: true, down: true }),
  ],
  sees: ['server-1 staging', 'server-1 fetched', 'server-1 fetched', 'server-1 upgraded'],
  never: ['server-1 absent'],
});

check('A disk is full', {
  happens: [
    onServer(1, { after: 'server-1 staging' }, ({ machine }, fleet) =>
      fullDisk(fleet, machine.disk, 20),
    ),
  ],
  sees: ['server-1 held RELEASE_FAILED_HERE disk', 'group-1 passed', 'upgrade finished'],
  never: ['server-1 switches'],
  old: ['server-1'],
});

check('A clock runs fast or slow', {
  happens: [
    onServer(1, 0, ({ machine }) => machine.setClockRate(1.1)),
    onServer(2, 0, ({ machine }) => machine.setClockRate(0.9)),
    onSite(0, ({ machine }) => machine.setClockRate(0.95)),
    cut(1, { after: 'server-1 leased' }, { minutes: 1.8, up: true, down: true }),
    cut(2, { after: 'server-2 leased' }, { minutes: 1.8, up: true, down: true }),
  ],
  sees: ['server-1 leased', 'group-1 passed', 'upgrade finished'],
});

check('A wall clock jumps', {
  happens: [
    onServer(1, { after: 'server-1 leased' }, ({ machine }) => {
      machine.clockOffset -= dayMs;
    }),
    onServer(2, { after: 'server-2 leased' }, ({ machine }) => {
      machine.clockOffset += dayMs;
    }),
    onSite({ after: 'group-1 switching' }, ({ machine }) => {
      machine.clockOffset -= 60 * minuteMs;
    }),
  ],
  hours: 2,
  sees: [
    'hold upgrade placed',
    'server-1 upgraded',
    'hold upgrade released',
    'group-1 passed',
    'group-2 waiting GROUP_BEFORE_DAY',
    'group-2 passed',
  ],
  never: ['upgrade paused'],
});

check('A machine stands still in the middle of its switch, and goes on later', {
  happens: [
    onServer(1, { after: 'server-1 leased' }, ({ machine }) => machine.freeze(10 * minuteMs)),
    onServer(3, { after: 'server-3 told confirmed' }, ({ machine }) =>
      machine.freeze(10 * minuteMs),
    ),
    onServer(4, { after: 'server-4 switches' }, ({ machine }) => machine.freeze(minuteMs)),
  ],
  sees: [
    'record lease-lapsed server-1',
    'group-1 passed',
    'server-3 vanished SERVER_VANISHED',
    'upgrade paused GATE_FAILED',
    'server-3 upgraded',
    'group-2 passed',
  ],
  never: [{ line: 'server-1 switches', to: 'record lease-lapsed server-1' }],
});

check('The information server stands still in the middle of a group, and goes on later', {
  happens: [onSite({ after: 'server-1 leased' }, ({ machine }) => machine.freeze(10 * minuteMs))],
  sees: ['server-1 leased', 'server-1 upgraded', 'upgrade finished'],
});

check('A package is corrupted on the way', {
  happens: [
    onSite({ after: 'upgrade groups' }, ({ computer: { store } }, fleet) => {
      const [archive] = fleet.newRelease.manifest.packages.map((one) => one.archive);
      assert.ok(archive !== undefined);
      const path = storePath({ kind: 'archive', ...archive });
      const good = store.find(path);
      assert.ok(good !== null);
      forMinutes(fleet, 2, (isOn) =>
        store.put(path, isOn ? { ...good, digest: fleet.oldRelease.digest } : good),
      );
    }),
  ],
  sees: [
    'server-1 fetched',
    'server-1 fetched',
    'server-1 held RELEASE_FAILED_HERE',
    'record upgrade-resumed',
    'server-1 upgraded',
  ],
  never: [{ line: 'server-1 switches', to: 'server-1 held' }],
});
