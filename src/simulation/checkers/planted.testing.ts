/** What every table of planted violations begins with. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '#domain/problem.ts';
import { Violation } from './checker.ts';
import { target, type revisionOf } from './example.testing.ts';
import { Story } from './story.testing.ts';

export type Tell = (story: Story) => Story;

/** Lets pass what is right, and sees what is planted, under its own number. */
export function check(
  invariant: number,
  what: string,
  { right, wrong }: { readonly right: Tell; readonly wrong: Tell },
): void {
  test(`the checker of I${invariant} sees ${what}`, () => {
    right(new Story().begin()).watch(invariant);
    assert.throws(
      () => wrong(new Story().begin()).watch(invariant),
      (error: unknown) => error instanceof Violation && error.invariant === invariant,
    );
  });
}

export const ready: Tell = (story) => story.stage('a1', 'a2').open('A').want('a1', [target.digest]);
/** a1 has its lease and goes, and everything is as it should be. */
export const switching: Tell = (story) =>
  ready(story).unpacked('a1', target).permit('a1').switchBegun('a1');
export const switched: Tell = (story) =>
  switching(story).switched('a1', target.digest).run('a1', target.digest);
export const upgraded: Tell = (story) =>
  switched(story).hello('a1', target).row('a1', { state: 'upgraded', lease: null });

export const stopped = {
  state: 'stopped',
  because: problem('STOPPED_BY_PERSON', { who: 'Sato' }),
} as const;

export const text = (version: string): string => `[Info_451_40000_1_4_1]\r\nVersion=${version}\r\n`;

export const revise = (story: Story, ...revisions: ReturnType<typeof revisionOf>[]): Story => {
  for (const after of revisions) story.commit([{ of: 'revision', after }]);
  return story;
};
