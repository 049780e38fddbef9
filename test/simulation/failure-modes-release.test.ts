/** docs/failure-modes.md, 'A release or a server goes wrong', as simulations. */

import assert from 'node:assert/strict';
import type { Conduct } from '#simulation/fleet/behaviour.ts';
import { claims, lies } from './failure-modes-lies.testing.ts';
import {
  check,
  forMinutes,
  minuteMs,
  onServer,
  onSite,
  serverOf,
  type Happening,
} from './failure-modes.testing.ts';

const hourMs = 60 * minuteMs;

/** From its next start on, until somebody repairs it. */
function newVersion(number: number, conduct: Conduct, minutes = 10): Happening {
  return onServer(number, 0, (server, fleet) =>
    forMinutes(fleet, minutes, (isOn) => {
      server.conduct = isOn ? conduct : { is: 'works' };
    }),
  );
}

check('The new version crashes in the first group', {
  happens: [newVersion(1, { is: 'ends', afterMilliseconds: 500 })],
  sees: [
    'server-1 switches to 5.80',
    'server-1 goes back to 5.70',
    'server-1 returned SWITCH_RETURNED health',
    'upgrade paused GATE_FAILED',
    'group-1 failed GATE_FAILED',
    'record upgrade-resumed',
    'group-1 passed',
    'group-2 staging',
  ],
  never: [{ line: 'group-2 staging', to: 'group-1 passed' }],
});

check('The old release will not start again', {
  happens: [
    newVersion(1, { is: 'ends', afterMilliseconds: 500 }),
    onServer(1, { after: 'server-1 switches to 5.80' }, (server) => {
      server.conductOfOld = { is: 'ends', afterMilliseconds: 0 };
    }),
  ],
  sees: [
    'server-1 goes back to 5.70',
    'server-1 vanished SERVER_VANISHED',
    'upgrade paused GATE_FAILED',
    'group-1 passed',
  ],
  never: [{ line: 'server-1 said', from: 'server-1 goes back to 5.70', to: 'upgrade paused' }],
});

check('The new version works but is wrong', {
  happens: [newVersion(1, { is: 'hangs' })],
  sees: [
    'server-1 switches to 5.80',
    'server-1 goes back to 5.70',
    'server-1 returned SWITCH_RETURNED health',
    'upgrade paused GATE_FAILED',
    'group-1 passed',
  ],
});

check('A server names a release that it does not run', {
  happens: [
    newVersion(1, { is: 'ends', afterMilliseconds: 500 }),
    onServer(1, { after: 'server-1 switches to 5.80' }, (server, { newRelease }) =>
      lies(server, 5, claims(newRelease)),
    ),
  ],
  sees: [
    'server-1 goes back to 5.70',
    'record server-unproved server-1',
    'server-1 vanished SERVER_VANISHED',
    'upgrade paused GATE_FAILED',
    'group-1 passed',
  ],
  never: [{ line: 'server-1 proving', to: 'server-1 vanished' }],
});

check('The new version runs but gets no session', {
  fleet: { proveSeconds: 120 },
  happens: [
    newVersion(1, { is: 'mute' }),
    onServer(2, { after: 'server-2 switches to 5.80' }, ({ path }, fleet) =>
      forMinutes(fleet, 3, (isOn) => path.cut({ up: isOn, down: isOn })),
    ),
  ],
  sees: [
    'server-2 switches to 5.80',
    'server-2 runs 5.70',
    'server-1 goes back to 5.70',
    'server-1 returned SWITCH_RETURNED network',
    'server-2 runs 5.80',
    'server-2 upgraded',
    'group-1 passed',
  ],
  never: ['server-2 returned', 'server-2 goes back', 'group-1 failed'],
  old: ['server-1'],
});

check('The server vanishes after its lease', {
  happens: [
    onServer(1, { after: 'server-1 told confirmed' }, (server) => server.powerCut(20 * minuteMs)),
  ],
  sees: [
    'server-1 switching',
    'server-1 vanished SERVER_VANISHED',
    'upgrade paused GATE_FAILED',
    'server-1 said hello',
    'group-1 passed',
  ],
  never: [{ line: 'group-2 staging', to: 'group-1 passed' }],
});

check('The server was not there when its group opened', {
  happens: [
    onServer(3, { after: 'server-3 told welcome' }, (server) => server.powerCut(20 * minuteMs)),
  ],
  sees: [
    'group-2 staging',
    'server-3 absent SERVER_ABSENT',
    'upgrade finished',
    'server-3 said hello',
    'server-3 upgraded',
  ],
});

check('Too few servers to judge', {
  fleet: { gate: { percentMin: 80, sampleMin: 2, soakSeconds: 30 } },
  happens: [
    onServer(1, { after: 'server-1 told welcome' }, (server) => server.powerCut(5 * minuteMs)),
  ],
  sees: [
    'server-1 absent SERVER_ABSENT',
    'group-1 inconclusive GATE_INCONCLUSIVE',
    'record upgrade-resumed',
    'group-1 passed',
  ],
  never: [{ line: 'group-2 staging', to: 'group-1 passed' }],
});

check('The new version crashes an hour after its switch', {
  hours: 2,
  happens: [newVersion(1, { is: 'ends', afterMilliseconds: hourMs }, 120)],
  sees: ['server-1 upgraded', 'upgrade finished', 'server-1 runs 5.80', 'server-1 said hello'],
  never: ['server-1 goes back', 'server-1 returned'],
});

check('The new version stands still an hour after its switch', {
  hours: 2,
  happens: [
    newVersion(1, { is: 'fades', afterMilliseconds: hourMs }, 120),
    onSite(100, ({ program }, fleet) => {
      assert.equal(program?.parts.sessions.isConnected(serverOf(fleet, 1).server), false);
    }),
  ],
  sees: ['server-1 upgraded', 'upgrade finished'],
  never: ['server-1 goes back', 'server-1 returned'],
});

check('A server goes back to the old version by itself', {
  happens: [onServer(1, { after: 'group-1 passed', seconds: 10 }, (server) => server.setBack())],
  sees: [
    'server-1 upgraded',
    'server-1 goes back to 5.70',
    'server-1 returned SWITCH_RETURNED unknown',
    'server-1 told refused',
    'upgrade finished',
  ],
  old: ['server-1'],
});

check('A server never answers', {
  fleet: { stageMinutesMax: 10 },
  happens: [
    onServer(1, { after: 'server-1 told welcome' }, (server) => lies(server, 20, () => null)),
  ],
  sees: ['server-1 absent', 'group-1 passed', 'upgrade finished', 'server-1 upgraded'],
});

check('One identity stands on two machines', {
  happens: [onServer(1, 0.2, ({ server }, fleet) => fleet.clone(server, 10 * minuteMs))],
  sees: [
    'server-1-copy-1 said hello',
    'record identity-cloned server-1',
    'server-1-copy-1 sent away IDENTITY_CLONED',
    'server-1 sent away IDENTITY_CLONED',
    'server-1 told welcome',
    'server-1 upgraded',
  ],
  never: ['server-1-copy-1 told welcome', 'server-1-copy-1 told lease'],
});

check('The copy of a whole disk stands on two machines', {
  happens: [onServer(1, 0.2, ({ server }, fleet) => fleet.clone(server, 10 * minuteMs, 'disk'))],
  sees: [
    'server-1-copy-1 said hello',
    'record identity-cloned server-1',
    'server-1 sent away IDENTITY_CLONED',
    'server-1-copy-1 sent away IDENTITY_CLONED',
    'server-1 told welcome',
    'server-1 upgraded',
  ],
  never: ['server-1-copy-1 told lease'],
});
