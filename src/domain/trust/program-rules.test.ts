import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release, ReleaseManifest } from '../catalogue/release.ts';
import type { ProblemCode } from '../problem.ts';
import { againstProgram, againstReturn, withdrawnBecause } from './program-rules.ts';
import { programTargetName, returnTargetName } from './target-names.ts';
import type { SignedTarget } from './target.ts';
import { releaseWith, signed } from './trust.testing.ts';

const release = releaseWith({});
const target = signed(release);

function enters(
  title: string,
  expected: ProblemCode | null,
  [given, of]: readonly [Release, SignedTarget | null],
): void {
  test(`${title}: ${expected ?? 'it enters'}`, () => {
    assert.equal(againstProgram(given, of)?.code ?? null, expected);
  });
}

enters('a program as it was signed', null, [release, target]);
enters('with more said of it', null, [release, { ...target, custom: { digest: 'any' } }]);
enters('a program that nobody signed', 'RELEASE_UNSIGNED', [release, null]);
enters('another manifest under a signed name', 'RELEASE_NOT_AS_SIGNED', [
  releaseWith({ rebootRecommended: true }),
  target,
]);
enters('another length under the same digest', 'RELEASE_NOT_AS_SIGNED', [
  release,
  { ...target, bytes: target.bytes + 1 },
]);
enters('a manifest of content', 'RELEASE_NOT_A_PROGRAM', [
  releaseWith({ lane: 'content' }),
  target,
]);
enters('content that calls itself a program', 'RELEASE_NOT_A_PROGRAM', [
  releaseWith({ kind: 'content' }),
  target,
]);
enters('withdrawn', 'RELEASE_WITHDRAWN', [release, signed(release, { withdrawn: 'it burns' })]);
enters('withdrawn without words', 'RELEASE_WITHDRAWN', [
  release,
  signed(release, { withdrawn: 1 }),
]);

test('a withdrawal says why in the words of its signers', () => {
  assert.equal(withdrawnBecause(signed(release, { withdrawn: 'it burns' })), 'it burns');
  assert.equal(withdrawnBecause(signed(release, { withdrawn: true })), '');
  for (const custom of [null, {}, 'withdrawn', ['withdrawn']]) {
    assert.equal(withdrawnBecause(signed(release, custom)), null);
  }
});

test('a program and a permission are never called the same', () => {
  const { component } = release.manifest;
  assert.equal(programTargetName(release.manifest), 'program/5.80.json');
  const permission = returnTargetName(component, { from: '5.80', to: '5.70' });
  assert.equal(permission, 'returns/program/5.80-to-5.70.json');
});

function returns(
  title: string,
  expected: 'RETURN_NOT_PERMITTED' | null,
  given: {
    readonly running: string | null;
    readonly to: string;
    readonly returnTo?: readonly string[];
    readonly permission?: string;
    readonly ordering?: ReleaseManifest['ordering'];
  },
): void {
  test(`${title}: ${expected ?? 'permitted'}`, () => {
    const { running: version, to, returnTo = [], permission, ordering = 'decimal' } = given;
    const running = version === null ? null : { version, returnTo };
    const goal = releaseWith({ version: to, ordering });
    const against = againstReturn(goal, running, (name) => name === permission);
    assert.equal(against?.code ?? null, expected);
    if (against !== null) {
      assert.deepEqual(against.with, { component: 'program', from: version, to });
    }
  });
}

const no = 'RETURN_NOT_PERMITTED';
returns('forwards', null, { running: '5.70', to: '5.80' });
returns('the same again', null, { running: '5.80', to: '5.8' });
returns('where nothing runs', null, { running: null, to: '5.70' });
returns('back without a word', no, { running: '5.80', to: '5.70' });
returns('back to a version that the running one names', null, {
  running: '5.80',
  to: '5.70',
  returnTo: ['5.58', '5.7'],
});
returns('back to another', no, { running: '5.80', to: '5.60', returnTo: ['5.70'] });
returns('back with a permission', null, {
  running: '5.80',
  to: '5.70',
  permission: 'returns/program/5.80-to-5.70.json',
});
returns('with the permission of another step', no, {
  running: '5.80',
  to: '5.70',
  permission: 'returns/program/5.80-to-5.60.json',
});
returns('the ordering decides what is back: 5.7 after 5.58', null, { running: '5.58', to: '5.7' });
returns('and before it', no, { running: '5.58', to: '5.7', ordering: 'dotted' });
returns('what runs has no version in this ordering', null, { running: 'old', to: '5.7' });
