import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SocketLink } from '#ports/link.ts';
import { Chance } from './chance.ts';
import { Machine } from './machine.ts';
import { Network, Path } from './network.ts';
import { Schedule } from './schedule.ts';

function twoMachines() {
  const schedule = new Schedule();
  const chance = new Chance(1);
  const network = new Network(schedule, chance);
  const [upper, lower] = ['upper', 'lower'].map(
    (name) => new Machine({ name, schedule, diskBytes: 1e9 }),
  ) as [Machine, Machine];
  const path = new Path(10, 5);
  const heard: string[] = [];
  const at = (what: string): void => {
    heard.push(`${Math.floor(schedule.now / 1_000)} ${what}`);
  };
  let down: SocketLink | null = null;
  let up: SocketLink | null = null;
  const listen = (): void => {
    network.listen(upper.start('server', chance.fork('server')), 'here', {
      identity: { role: 'information-server', site: 'tokyo', organisation: 'acme' },
      accept(link) {
        down = link;
        link.onMessage((message) => at(`up ${JSON.stringify(message)}`));
        link.onClose(() => at('upper end over'));
      },
    });
  };
  const dial = () =>
    network.dial(lower.start('client', chance.fork('client')), {
      address: () => 'here',
      path,
      identity: { role: 'agent', site: 'tokyo', organisation: 'acme' },
      opened(link) {
        up = link;
        at('open');
        link.onMessage((message) => at(`down ${JSON.stringify(message)}`));
        link.onClose(() => at('lower end over'));
      },
    });
  const say = (way: 'up' | 'down', message: object): void =>
    (way === 'up' ? up : down)?.send(message);
  return { schedule, chance, upper, lower, path, heard, listen, dial, say };
}

test('messages arrive in order, and a killed listener is dialled until it is back', () => {
  const { schedule, upper, heard, listen, dial, say } = twoMachines();
  listen();
  dial();
  schedule.at(1_000, () => {
    for (const n of [1, 2, 3]) say('up', { n });
  });
  schedule.at(10_000, () => upper.killAll());
  schedule.at(12_000, listen);
  schedule.runNow({ time: 30_000 });
  assert.deepEqual(heard.slice(0, 5), [
    '0 open',
    '1 up {"n":1}',
    '1 up {"n":2}',
    '1 up {"n":3}',
    '10 lower end over',
  ]);
  assert.match(heard.slice(5).join(), /^1[2-5] open$/);
});

test('a short cut of one way delays what was sent; a long one ends both sides', () => {
  const { schedule, path, heard, listen, dial, say } = twoMachines();
  listen();
  dial();
  schedule.at(1_000, () => path.cut({ up: true, down: false }));
  schedule.at(2_000, () => {
    say('up', { n: 1 });
    say('down', { n: 2 });
  });
  schedule.at(5_000, () => path.cut({ up: false, down: false }));
  schedule.at(40_000, () => path.cut({ up: true, down: false }));
  schedule.runNow({ time: 90_000 });
  assert.deepEqual(heard, [
    '0 open',
    '2 down {"n":2}',
    '5 up {"n":1}',
    '64 lower end over',
    '64 upper end over',
  ]);
});

test('a machine without power is noticed by silence only', () => {
  const { schedule, chance, lower, heard, listen, dial } = twoMachines();
  listen();
  dial();
  schedule.at(10_000, () => lower.powerCut(chance));
  schedule.runNow({ time: 60_000 });
  assert.deepEqual(heard, ['0 open', '34 upper end over']);
});

test('a frozen machine hears afterwards what was sent meanwhile, in order', () => {
  const { schedule, upper, heard, listen, dial, say } = twoMachines();
  listen();
  dial();
  schedule.at(1_000, () => upper.freeze(5_000));
  for (const n of [1, 2]) schedule.at(1_000 + n * 1_000, () => say('up', { n }));
  schedule.runNow({ time: 20_000 });
  assert.deepEqual(heard, ['0 open', '6 up {"n":1}', '6 up {"n":2}']);
});

test('a lower end that lies says something else, or nothing; the upper one is not touched', () => {
  const { schedule, path, heard, listen, dial, say } = twoMachines();
  listen();
  dial();
  path.meddleUp = (message) => ('silent' in message ? null : { lie: true });
  schedule.at(1_000, () => {
    say('up', { n: 1 });
    say('up', { silent: true });
    say('down', { n: 2 });
  });
  schedule.runNow({ time: 2_000 });
  assert.deepEqual(heard.toSorted(), ['0 open', '1 down {"n":2}', '1 up {"lie":true}']);
});

test('a machine that thaws hears that the other side has given it up', () => {
  const { schedule, lower, heard, listen, dial } = twoMachines();
  listen();
  dial();
  schedule.at(1_000, () => lower.freeze(60_000));
  schedule.runNow({ time: 61_100 });
  assert.deepEqual(heard, ['0 open', '25 upper end over', '61 lower end over']);
});
