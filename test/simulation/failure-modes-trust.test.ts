/** docs/failure-modes.md, 'Who lies above', as simulations. */

import { hiddenNews, liarOf, replayTo, unsignedProgram } from '#simulation/faults/liars-above.ts';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import { check, minuteMs, serverOf, siteOf, type Happening } from './failure-modes.testing.ts';

/** From that moment on, for so many minutes. */
function lasting(
  when: Happening['when'],
  minutes: number,
  lie: (fleet: Fleet) => { begin(fleet: Fleet): () => void },
): Happening {
  return {
    when,
    act(fleet) {
      const end = lie(fleet).begin(fleet);
      fleet.world.schedule.after(minutes * minuteMs, end);
    },
  };
}

check('An information server offers a program that nobody signed', {
  happens: [
    lasting(0, 20, (fleet) => liarOf(siteOf(fleet), [serverOf(fleet, 1)], unsignedProgram)),
  ],
  sees: [
    'server-1 told wanted',
    'server-1 said status failed signature',
    'server-1 switches to 5.80',
    'upgrade finished',
  ],
  never: ['server-1 switches to nothing'],
});

check('An information server hides from its servers what was signed last', {
  happens: [lasting(0, 4, (fleet) => liarOf(siteOf(fleet), [], hiddenNews))],
  sees: [
    'server-1 said status failed signature',
    'server-1 held RELEASE_FAILED_HERE signature',
    'group-1 inconclusive GATE_INCONCLUSIVE',
    'server-1 switches to 5.80',
    'upgrade finished',
  ],
});

check('A release is withdrawn while it goes out', {
  happens: [
    lasting({ after: 'group-1 passed' }, 3, () => ({
      begin({ signers, newRelease }) {
        signers.withdraw(newRelease, 'it may burn');
        return () => signers.sign([newRelease]);
      },
    })),
  ],
  sees: [
    'group-1 passed',
    'group-2 inconclusive GATE_INCONCLUSIVE',
    'server-3 switches to 5.80',
    'upgrade finished',
  ],
  never: [{ line: 'server-3 switches', to: 'group-2 inconclusive' }],
});

check('A control manager hands over old metadata', {
  fleet: { hasControlManager: true, minutesBetweenContents: 3 },
  happens: [lasting(0, 30, (fleet) => replayTo(siteOf(fleet)))],
  sees: ['record delivery-refused', 'upgrade finished'],
});
