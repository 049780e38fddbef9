/** What is planted in a record: each is seen by the checker of I26, and by no other. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Violation } from './checker.ts';
import { check, type Tell } from './planted.testing.ts';
import { Story } from './story.testing.ts';

const told: Tell = (story) =>
  story
    .record('server-joined', 'information-server', {})
    .record('hold-placed', 'Sato', { reason: 'audit' })
    .record('hold-released', 'Sato', {})
    .witness('a1', 1);

check(26, 'a line that was changed', {
  right: told,
  wrong: (story) =>
    told(story).tamper((lines) => lines.map((line) => ({ ...line, who: line.who.toUpperCase() }))),
});
check(26, 'a line that was removed', {
  right: told,
  wrong: (story) => told(story).tamper(([, ...others]) => others),
});
check(26, 'two lines that changed places', {
  right: told,
  wrong: (story) => told(story).tamper((lines) => lines.toReversed()),
});
check(26, 'an end that was cut off, of which a server was told', {
  right: told,
  wrong: (story) => told(story).tamper((lines) => lines.slice(0, 2)),
});

/** An older journal is put back; the life after it begins. */
const putBack = (story: Story, begins: (story: Story) => Story): Story =>
  begins(
    told(story)
      .tamper((lines) => lines.slice(0, 1))
      .see({ type: 'journal-replaced', site: 'tokyo' }),
  );
const said: Tell = (story) => story.record('journal-restored', 'Sato', { epoch: 2 });
const silent: Tell = (story) => story.record('epoch-begun', 'information-server', { epoch: 2 });

check(26, 'a backup of which its next life says nothing', {
  right: (story) => putBack(story, said),
  wrong: (story) => putBack(story, silent),
});
check(26, 'a line that was lost before the backup that explains others', {
  right: (story) => putBack(story, said),
  wrong: (story) => putBack(story, said).tamper(([, ...others]) => others),
});
check(26, 'a line that was lost after it', {
  right: (story) => putBack(story, (one) => silent(said(one)).witness('a2', 2)),
  wrong: (story) =>
    putBack(story, (one) => silent(said(one)).witness('a2', 2)).tamper((lines) =>
      lines.slice(0, 2),
    ),
});

test('before the life after a backup has begun, the checker of I26 asks nothing of it', () => {
  putBack(new Story().begin(), (story) => story).watch(26);
  const begun = putBack(new Story().begin(), (story) => silent(story));
  assert.throws(() => begun.watch(26), Violation);
});
