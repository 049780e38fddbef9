/** What the crash disk believes to be safe: the rules by which every power cut is judged. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CrashDisk, type Tree } from './crash-disk.testing.ts';
import type { Call } from './disk-calls.testing.ts';
import { choices } from './power-cuts.testing.ts';

const root = '/installed';
const open = (file: string, path: string, makes: 'nothing' | 'created' | 'emptied'): Call => {
  return { op: 'open', file, path: `${root}/${path}`, append: false, makes, mode: 0o600 };
};
const write = (file: string, text: string): Call => {
  return { op: 'write', file, at: null, data: Buffer.from(text).toString('base64') };
};
const sync = (file: string): Call => ({ op: 'sync', file });
const rename = (from: string, to: string): Call => {
  return { op: 'rename', from: `${root}/${from}`, to: `${root}/${to}` };
};
const folder = (file: string): Call => {
  return { op: 'open', file, path: root, append: false, makes: 'nothing', mode: 0 };
};
const made = [open('1', 'new', 'created'), write('1', 'new one')];

const shown = (tree: Tree): string =>
  [...tree]
    .flatMap(([path, entry]) => (entry.kind === 'file' ? [`${path}=${entry.data.toString()}`] : []))
    .toSorted()
    .join(' ');

/** Everything that a power cut after these calls can leave of a folder with the file `old`. */
function left(calls: readonly Call[]): string[] {
  const copy = mkdtempSync(join(tmpdir(), 'dankai-crash-disk-'));
  try {
    writeFileSync(join(copy, 'old'), 'old one');
    const disk = new CrashDisk(root, copy);
    for (const [at, call] of calls.entries()) {
      const place = { process: 1, effect: 1, serial: at };
      disk.take({ type: 'begin', ...place, call }, call);
      disk.take({ type: 'end', ...place, error: null }, call);
    }
    return [
      ...new Set([...choices(disk.doubts())].map((one) => shown(disk.after(one)))),
    ].toSorted();
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const zeros = '\0'.repeat(7);
const ways: readonly (readonly [string, readonly Call[], readonly string[]])[] = [
  ['nothing happened', [], ['old=old one']],
  [
    'a file that nobody synced is there, empty, torn, without its bytes, whole, or not there',
    made,
    [
      'new= old=old one',
      'new=new old=old one',
      'new=new one old=old one',
      `new=${zeros} old=old one`,
      'old=old one',
    ],
  ],
  [
    'a synced file may have no name',
    [...made, sync('1')],
    ['new=new one old=old one', 'old=old one'],
  ],
  [
    'a name that is synced, of a file that is not, names anything',
    [...made, folder('2'), sync('2')],
    [
      'new= old=old one',
      'new=new old=old one',
      'new=new one old=old one',
      `new=${zeros} old=old one`,
    ],
  ],
  [
    'both synced is safe',
    [...made, sync('1'), folder('2'), sync('2')],
    ['new=new one old=old one'],
  ],
  [
    'a rename is done or not, whole; without the folder synced either',
    [...made, sync('1'), folder('2'), sync('2'), rename('new', 'old')],
    ['new=new one old=old one', 'old=new one'],
  ],
  [
    'a rename of a file that nobody synced replaces the old one by anything',
    [...made, rename('new', 'old'), folder('2'), sync('2')],
    ['old=', 'old=new', 'old=new one', `old=${zeros}`],
  ],
  [
    'done in the right order, it is the old one or the new one',
    [...made, sync('1'), rename('new', 'old')],
    ['new=new one old=old one', 'old=new one', 'old=old one'],
  ],
];

for (const [name, calls, expected] of ways) {
  test(`a power cut: ${name}`, () => {
    assert.deepEqual(left(calls), expected.toSorted());
  });
}
