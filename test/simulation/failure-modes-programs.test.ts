/** docs/failure-modes.md, 'The programs themselves', as simulations. */

import assert from 'node:assert/strict';
import type { SimulatedControlManager } from '#simulation/fleet/control-manager.ts';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import type { SimulatedServer } from '#simulation/fleet/server.ts';
import type { SimulatedSite } from '#simulation/fleet/site.ts';
import type { Machine, Process } from '#simulation/world/machine.ts';
import {
  check,
  fullDisk,
  minuteMs,
  onServer,
  onSite,
  serverOf,
  type Happening,
} from './failure-modes.testing.ts';

function killService(site: SimulatedSite, name: string): void {
  site.launcher.serviceProcess(name)?.kill();
}

function launcherOf(machine: Machine): Process {
  const launcher = machine.processes().find(({ name }) => name === 'launcher');
  assert.ok(launcher !== undefined);
  return launcher;
}

function killLauncher(machine: Machine): void {
  launcherOf(machine).kill();
}

function controlManagerOf({ controlManager }: Fleet): SimulatedControlManager {
  assert.ok(controlManager !== null);
  return controlManager;
}

function delivered(fleet: Fleet): void {
  fleet.publishContent();
  fleet.deliver();
}

check('The information server dies in the middle of a group', {
  happens: [
    onSite({ after: 'server-1 leased' }, (site) => killService(site, 'information-server')),
    onSite({ after: 'server-3 switches' }, (site) => killService(site, 'information-server')),
  ],
  sees: [
    'server-1 leased',
    'site-1 process-ended information-server',
    'site-1 process-started information-server',
    'server-1 upgraded',
    'group-2 passed',
  ],
  never: ['server-1 returned', 'server-3 returned', 'upgrade paused'],
});

/** Each process of the new version ends soon after it began. */
function newVersionFails(fleet: Fleet, site: SimulatedSite, minutes: number): void {
  const { world } = fleet;
  const until = world.schedule.now + minutes * minuteMs;
  world.watch((seen, now) => {
    if (seen.type !== 'process-started' || seen.process !== 'information-server') return;
    const slot = site.launcher.current('program')?.slot ?? '';
    if (now > until || !slot.startsWith('5.80')) return;
    world.schedule.after(100, () => killService(site, 'information-server'));
  });
}

check('The new information server fails', {
  happens: [onSite(0, (site, fleet) => newVersionFails(fleet, site, 10))],
  sees: [
    'upgrade self-switching',
    'own switches to 5.80',
    'own goes back to 5.70',
    'journal replaced',
    'upgrade paused INFORMATION_SERVER_RETURNED',
    'record upgrade-resumed',
    'own switches to 5.80',
    'group-1 staging',
  ],
  never: [{ line: 'group-1 staging', to: 'upgrade paused INFORMATION_SERVER_RETURNED' }],
});

check('The information server is killed during its own upgrade', {
  fleet: { sites: 6, serversEach: 1, groups: 1 },
  happens: [1, 2, 3, 4, 5, 6].map((number) => ({
    when: { after: 'upgrade self-switching' },
    act({ sites, world }) {
      const site = sites[number - 1];
      assert.ok(site !== undefined);
      const after = number * 60;
      if (number === 6) world.schedule.after(after, () => site.powerCut(5_000));
      else if (number % 2 === 0) world.schedule.after(after, () => killLauncher(site.machine));
      else world.schedule.after(after, () => killService(site, 'information-server'));
    },
  })),
  sees: ['upgrade self-switching', 'upgrade finished'],
});

/** By site: what it was when its first group began to switch. */
const backups = new WeakMap<SimulatedSite, ReturnType<SimulatedSite['backUp']>>();

check('The information server is restored from an old backup', {
  happens: [
    onSite({ after: 'group-1 switching' }, (site) => backups.set(site, site.backUp())),
    onSite({ after: 'server-3 switches' }, (site) => {
      const backup = backups.get(site);
      assert.ok(backup !== undefined);
      site.restore(backup);
    }),
  ],
  sees: [
    'group-1 passed',
    'server-3 switches to 5.80',
    'journal replaced',
    // Servers know heads of the record that went: that is said, and why it is no attack.
    'record journal-restored',
    'record epoch-begun',
    // Somebody may have stopped it since the backup: it waits until a person has looked.
    'upgrade paused UPGRADE_RESTORED',
    'record record-cut',
    'server-1 upgraded',
    'record upgrade-resumed',
    'group-1 passed',
    'upgrade finished',
  ],
  never: [
    { line: 'server-1 switches', from: 'journal replaced' },
    { line: 'group-2 staging', from: 'journal replaced', to: 'record upgrade-resumed' },
  ],
  expects: ({ lines }) => {
    const cuts = lines.filter(({ text }) => text.startsWith('record record-cut'));
    assert.ok(cuts.length > 0 && cuts.every(({ text }) => text.includes('RECORD_RESTORED')));
  },
});

/** A person lays the old release down again, and puts the journal of the new one beside it. */
function goesBackByHand(site: SimulatedSite, { world, oldRelease: to, newRelease: from }: Fleet) {
  const { own } = site.computer;
  const backup = site.backUp();
  for (const { treeDigest: tree } of to.manifest.packages) {
    world.see({ type: 'unpacked', server: own.facts.server, digest: to.digest, tree });
  }
  site.launcher.stored('program')?.current.write(1, { synced: true });
  site.launcher.stored('program')?.intents.write(null, { synced: true });
  own.seeSwitched({ from, to, isReturn: false });
  site.restore(backup);
}

check(
  "The information server runs less than the upgrade has reached: a backup of a newer program's journal, or a person who went back",
  {
    happens: [onSite({ after: 'group-1 passed' }, goesBackByHand)],
    sees: [
      'own switches to 5.70',
      'journal replaced',
      'upgrade paused INFORMATION_SERVER_BEHIND',
      'record upgrade-resumed',
      'own switches to 5.80',
      'group-2 staging',
      'upgrade finished',
    ],
  },
);

check('The control manager dies', {
  fleet: { hasControlManager: true },
  happens: [
    {
      when: { after: 'group-1 switching' },
      act(fleet) {
        const { machine, launcher } = controlManagerOf(fleet);
        machine.powerCut(fleet.world.chance.fork('power'));
        fleet.world.schedule.after(20 * minuteMs, () => {
          machine.hasPower = true;
          launcher.boot();
          delivered(fleet);
        });
      },
    },
  ],
  sees: ['group-1 passed', 'upgrade finished', 'control-manager process-started', 'content'],
  never: ['upgrade paused'],
});

check('The control manager is restored from an old backup', {
  fleet: { hasControlManager: true },
  happens: [
    {
      when: 0.5,
      act(fleet) {
        const manager = controlManagerOf(fleet);
        const backup = manager.backup();
        fleet.world.schedule.after(10 * minuteMs, () => manager.restore(backup));
      },
    },
    { when: 5, act: delivered },
    { when: 15, act: delivered },
  ],
  sees: ['content pattern 1.102', 'control-manager process-started', 'content pattern 1.103'],
});

check('The disk of the control manager is full or refuses', {
  fleet: { hasControlManager: true },
  happens: [
    {
      when: { after: 'group-1 staging' },
      act: (fleet) => fullDisk(fleet, controlManagerOf(fleet).machine.disk, 20),
    },
    { when: 2, act: delivered },
    { when: 30, act: delivered },
  ],
  sees: ['upgrade finished', 'content pattern 1.103'],
  never: [{ line: 'content', from: 'acted disk-full', to: 'acted disk-mended' }],
});

check('The agent dies', {
  fleet: { hasControlManager: true },
  happens: [
    onSite({ after: 'group-1 passed' }, (site, fleet) => {
      delivered(fleet);
      for (const seconds of [0, 1, 2, 3, 5, 8]) {
        fleet.world.schedule.after(seconds * 1_000, () => killService(site, 'agent'));
      }
    }),
  ],
  sees: ['site-1 process-ended agent', 'site-1 process-started agent', 'content pattern 1.102'],
});

check('A person stops the upgrade in the middle of a group', {
  fleet: { serversEach: 8, inFlightMax: 1 },
  happens: [onSite({ after: 'server-1 switching' }, ({ person }) => person.stop())],
  sees: ['server-1 switching', 'upgrade stopped STOPPED_BY_PERSON', 'upgrade self-staging'],
  never: [
    { line: 'server-2 leased', from: 'upgrade stopped', to: 'upgrade self-staging' },
    { line: 'server-2 switching', from: 'upgrade stopped', to: 'upgrade self-staging' },
  ],
});

check('The launcher is killed', {
  happens: [
    onSite({ after: 'server-1 leased' }, ({ machine }) => killLauncher(machine)),
    onServer(1, { after: 'server-1 leased' }, ({ machine }) => killLauncher(machine)),
    onServer(2, { after: 'server-2 switches' }, ({ machine }) => killLauncher(machine)),
    onServer(3, 1, ({ machine }) => killLauncher(machine)),
  ],
  sees: ['site-1 process-ended information-server', 'site-1 process-started', 'upgrade finished'],
  never: ['upgrade paused'],
});

check('A normal server is killed, or its machine loses power', {
  happens: [
    onServer(1, { after: 'server-1 leased' }, ({ machine }) => machine.killAll()),
    onServer(2, { after: 'server-2 told confirmed' }, (server) => server.powerCut(minuteMs)),
    onServer(3, { after: 'server-3 staging', seconds: 1 }, (server) => server.powerCut(10_000)),
    onServer(4, { after: 'server-4 switches' }, (server) => server.powerCut(minuteMs)),
  ],
  sees: ['server-1 leased', 'group-1 passed', 'group-2 passed'],
  never: ['upgrade paused'],
});

const moments = Array.from({ length: 16 }, (_, index) => index);
const launchers: Process[] = [];
const cuts: SimulatedServer[] = [];

check('The launcher is killed at any moment of a switch', {
  fleet: { serversEach: moments.length, groups: 1, inFlightMax: moments.length },
  happens: moments.map((moment): Happening =>
    onServer(moment + 1, { after: `server-${moment + 1} told confirmed` }, ({ machine }) => {
      const launcher = launcherOf(machine);
      launchers.push(launcher);
      const when = moment % 2 === 0 ? 'before' : 'after';
      launcher.killAt({ effect: launcher.effects + 1 + Math.floor(moment / 2), when });
    }),
  ),
  sees: ['group-1 passed'],
  never: ['server-1 returned'],
  expects({ fleet }) {
    assert.equal(launchers.filter(({ isAlive }) => !isAlive).length, moments.length);
    for (const moment of moments) assert.ok(serverOf(fleet, moment + 1).isRunning);
  },
});

check('A disk loses what was not synced, or tears a write', {
  fleet: { serversEach: moments.length, groups: 1, inFlightMax: moments.length },
  happens: moments.map((moment): Happening =>
    onServer(moment + 1, { after: `server-${moment + 1} told confirmed` }, (server) => {
      const launcher = launcherOf(server.machine);
      const when = moment % 2 === 0 ? 'before' : 'after';
      launcher.onDeath(() => {
        cuts.push(server);
        server.powerCut(10_000);
      });
      launcher.killAt({ effect: launcher.effects + 1 + Math.floor(moment / 2), when });
    }),
  ),
  sees: ['server-1 told confirmed', 'group-1 passed'],
  never: ['server-1 returned'],
  expects() {
    assert.equal(cuts.length, moments.length);
  },
});
