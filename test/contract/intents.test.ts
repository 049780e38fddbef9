/** Files of intents, real and simulated, over one suite; and what a power cut leaves. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { intentsIn } from '#adapters/computer/intents-file.ts';
import {
  badLine,
  intentsSimulated,
  type IntentFileContent,
} from '#simulation/adapters/intents-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { intentsContract, type IntentsFixture } from './intents.ts';
import { oneMachine } from './simulated.ts';

const folder = mkdtempSync(join(tmpdir(), 'dankai-intents-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const log = pino({ level: 'silent' });
let files = 0;

intentsContract('a file', (): IntentsFixture => {
  const file = join(folder, `component-${(files += 1)}`, 'intent.log');
  return {
    open: () => intentsIn(file, log),
    spoil(line) {
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      const isLast = line === -1;
      const at = isLast ? lines.length - 1 : line;
      const changed = lines.map((text, index) => (index === at ? text.slice(0, -3) : text));
      writeFileSync(file, changed.join('\n') + (isLast ? '' : '\n'));
    },
  };
});

function simulated() {
  const { machine } = oneMachine('server');
  const stored = machine.disk.store<IntentFileContent>(null);
  const process = () => machine.start('normal-server', new Chance(1));
  return { machine, stored, process };
}

intentsContract('simulated', (): IntentsFixture => {
  const { stored, process } = simulated();
  return {
    open: () => intentsSimulated(process(), stored),
    spoil(line) {
      const lines = stored.read() ?? [];
      const at = line === -1 ? lines.length - 1 : line;
      stored.write(
        lines.map((one, index) => (index === at ? badLine : one)),
        { synced: true },
      );
    },
  };
});

test('a simulated power cut while a line is written leaves it, a part that is cut away, or nothing', () => {
  const found = new Set<string>();
  for (let seed = 1; seed <= 60; seed++) {
    const { machine, stored, process } = simulated();
    intentsSimulated(process(), stored).append({ number: 1 });
    const writing = process();
    // Between the write and the sync of the second line.
    writing.killAt({ effect: 1, when: 'after' });
    intentsSimulated(writing, stored).append({ number: 2 });
    assert.equal(writing.isAlive, false);
    machine.powerCut(new Chance(seed));
    const isTorn = stored.read()?.includes(badLine) === true;
    const lines = intentsSimulated(process(), stored).read().length;
    found.add(isTorn ? `torn ${lines}` : String(lines));
  }
  assert.deepEqual([...found].toSorted(), ['1', '2', 'torn 1']);
});

test('a simulated disk that is full or broken takes no line, and loses none', () => {
  const { machine, stored, process } = simulated();
  const intents = intentsSimulated(process(), stored);
  intents.append({ number: 1 });
  machine.disk.bytesFree = 0;
  assert.throws(() => intents.append({ number: 2 }), /ENOSPC/);
  machine.disk.bytesFree = 1e6;
  machine.disk.isBroken = true;
  assert.throws(() => intents.append({ number: 2 }), /EIO/);
  assert.deepEqual(intents.read(), [{ number: 1 }]);
});

test('a simulated process that is killed before its line writes none', () => {
  const { stored, process } = simulated();
  const killed = process();
  killed.killAt({ effect: 1, when: 'before' });
  intentsSimulated(killed, stored).append({ number: 1 });
  assert.deepEqual(intentsSimulated(process(), stored).read(), []);
});
