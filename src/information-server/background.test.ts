import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { JournalFailed } from '#ports/journal.ts';
import { background } from './background.ts';

const [warning, error] = [40, 50];

function check(
  title: string,
  given: { readonly thrown: Error; readonly isEnded: boolean },
  level: number | undefined,
): void {
  test(title, async () => {
    const said: { level: number; msg: string }[] = [];
    const log = pino({}, { write: (line: string) => void said.push(JSON.parse(line)) });
    background({ log, isEnded: given.isEnded }, Promise.reject(given.thrown), 'it broke');
    await setImmediate();
    assert.deepEqual(
      said.map((line) => [line.level, line.msg]),
      [[level, 'it broke']],
    );
  });
}

const bug = new TypeError('not a function');
check('what breaks in the background is a bug', { thrown: bug, isEnded: false }, error);
check(
  'a disk that refuses is none',
  { thrown: new JournalFailed('the journal'), isEnded: false },
  warning,
);
check(
  'nor is what finds everything closed when the program ends',
  { thrown: new Error('the journal is closed'), isEnded: true },
  warning,
);
