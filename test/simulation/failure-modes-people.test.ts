/** docs/failure-modes.md, 'People', as simulations. */

import assert from 'node:assert/strict';
import { check, forMinutes, minuteMs, onServer, onSite } from './failure-modes.testing.ts';

check('A person approves late', {
  fleet: { approve: true },
  person: { minutesLate: 60 },
  sees: ['group-2 waiting GROUP_NOT_OPEN', 'record group-approved', 'group-2 staging'],
  happens: [],
  never: [
    { line: 'group-2 staging', to: 'record group-approved' },
    { line: 'hold upgrade placed', from: 'group-1 passed', to: 'record group-approved' },
  ],
});

check('A person says everything twice', {
  fleet: { approve: true },
  person: { saysTwice: true },
  happens: [
    onServer(1, 0, (server, fleet) =>
      forMinutes(fleet, 6, (isOn) => {
        server.conduct = isOn ? { is: 'ends', afterMilliseconds: 500 } : { is: 'works' };
      }),
    ),
  ],
  sees: ['upgrade paused GATE_FAILED', 'record upgrade-resumed', 'group-2 staging'],
  expects({ lines }) {
    const count = (line: string): number =>
      lines.filter(({ text }) => text.startsWith(line)).length;
    assert.equal(count('acted upgrade.start'), 2);
    assert.equal(count('record upgrade-started'), 1);
    assert.equal(count('acted upgrade.resume'), 2 * count('record upgrade-resumed'));
    assert.equal(count('acted upgrade.approve'), 2 * count('record group-approved'));
  },
});

check('A person does not answer any more', {
  hours: 6,
  fleet: { minutesBetweenContents: 60 },
  person: { minutesLate: 900 },
  happens: [
    onServer(1, 0, (server, fleet) =>
      forMinutes(fleet, 10, (isOn) => {
        server.conduct = isOn ? { is: 'ends', afterMilliseconds: 500 } : { is: 'works' };
      }),
    ),
  ],
  sees: [
    'hold upgrade released',
    'upgrade paused GATE_FAILED',
    'content',
    'record upgrade-resumed',
  ],
  never: [
    { line: 'server-1 switches', from: 'upgrade paused', to: 'record upgrade-resumed' },
    { line: 'group-2 staging', to: 'record upgrade-resumed' },
  ],
});

check('The agent was stopped by hand and forgotten', {
  fleet: { hasControlManager: true },
  happens: [
    onSite({ after: 'upgrade finished' }, (site, fleet) => {
      site.person.agent('stop');
      const { schedule } = fleet.world;
      schedule.after(minuteMs, () => site.powerCut(5_000));
      schedule.after(2 * minuteMs, () => {
        fleet.publishContent();
        fleet.deliver();
      });
      schedule.after(20 * minuteMs, () => site.person.agent('start'));
    }),
  ],
  sees: [
    'acted agent.stop',
    'site-1 process-started information-server',
    'acted agent.start',
    'content pattern 1.102',
  ],
  never: [{ line: 'content', from: 'acted agent.stop', to: 'acted agent.start' }],
});
