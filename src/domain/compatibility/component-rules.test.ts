import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { plainManifest } from '../catalogue/release.testing.ts';
import type { ReleaseManifest } from '../catalogue/release.ts';
import { compareVersions } from '../catalogue/version.ts';
import { brand, type ComponentName, type Digest, type ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { againstComponentRules, ruleWithoutEffect } from './component-rules.ts';

const server = brand<ServerId>('a1');
const program = brand<ComponentName>('program');
const engine = brand<ComponentName>('scan-engine');
const digest = brand<Digest>('0'.repeat(64));

type Case = {
  readonly rules: Partial<ReleaseManifest>;
  readonly versions: Readonly<Record<string, string>>;
};

function against({ rules, versions }: Case): readonly Problem[] {
  const named = Object.entries(versions).map(
    ([name, version]) => [brand<ComponentName>(name), version] as const,
  );
  const manifest = { ...plainManifest, ...rules };
  return againstComponentRules({ server, versions: new Map(named) }, { digest, manifest });
}

function check(name: string, given: Case, expected: readonly Problem[]): void {
  test(`component rules: ${name}`, () => assert.deepEqual(against(given), expected));
}

const floors = ['5.70', '5.58'];
const notReached = (running: string, floor: string) =>
  problem('FLOOR_NOT_REACHED', { server, running, floor });

check('nothing of it there yet', { rules: { floors }, versions: {} }, []);
check('the next floor, not the last', { rules: { floors }, versions: { program: '5.5' } }, [
  notReached('5.5', '5.58'),
]);
check('each floor in its turn', { rules: { floors }, versions: { program: '5.58' } }, [
  notReached('5.58', '5.70'),
]);
check('the floor itself is enough', { rules: { floors }, versions: { program: '5.7' } }, []);
check('beyond the floor', { rules: { floors }, versions: { program: '5.71' } }, []);
check('a way back is not theirs', { rules: { floors }, versions: { program: '5.81' } }, []);
check('too old is said before any floor', { rules: { floors }, versions: { program: '4.9' } }, [
  problem('VERSION_OUT_OF_RANGE', { server, running: '4.9', min: '5.0', max: '6.0' }),
]);

const deadEnds = ['5.60', '5.9'];
check('a dead end, written otherwise', { rules: { deadEnds }, versions: { program: '5.6' } }, [
  problem('VERSION_DEAD_END', { server, running: '5.6', version: '5.80.1179' }),
]);
check('beside a dead end', { rules: { deadEnds }, versions: { program: '5.60.1' } }, []);
check(
  'out of a dead end there is the way back',
  { rules: { deadEnds }, versions: { program: '5.9' } },
  [],
);

const prerequisites = [{ component: engine, ordering: 'dotted', min: '9.8' }] as const;
check('a prerequisite that is absent', { rules: { prerequisites }, versions: { program: '5.7' } }, [
  problem('PREREQUISITE_ABSENT', { server, component: engine, min: '9.8' }),
]);
for (const [running, suffices] of [
  ['9.7.9', false],
  ['9.8', true],
  ['9.10', true],
  ['newest', false],
] as const) {
  check(
    `a prerequisite at ${running}`,
    { rules: { prerequisites }, versions: { program: '5.7', 'scan-engine': running } },
    suffices
      ? []
      : [problem('PREREQUISITE_LOW', { server, component: engine, running, min: '9.8' })],
  );
}
check(
  'a prerequisite stands on a way back, and on a first installation, too',
  { rules: { prerequisites }, versions: {} },
  [problem('PREREQUISITE_ABSENT', { server, component: engine, min: '9.8' })],
);
check(
  'who runs the release already met them once',
  { rules: { prerequisites, deadEnds: ['5.80.1179'] }, versions: { program: '5.80.1179' } },
  [],
);

const decimal = fc
  .tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 99 }))
  .map((parts) => parts.join('.'));

test('whoever goes where he is told reaches the release, each floor in its order', () => {
  fc.assert(
    fc.property(fc.array(decimal, { maxLength: 8 }), decimal, (chosen, start) => {
      const version = '10.0';
      const rules = { version, floors: chosen, appliesTo: { min: '0', max: '11' } };
      const visited: string[] = [];
      for (let running = start; ;) {
        const [because] = against({ rules, versions: { [program]: running } });
        if (because === undefined) break;
        assert.equal(because.code, 'FLOOR_NOT_REACHED');
        const floor = String(because.with['floor']);
        assert.ok(compareVersions('decimal', floor, running) > 0, 'every step goes up');
        visited.push((running = floor));
      }
      const missed = chosen.filter((floor) => compareVersions('decimal', floor, start) > 0);
      for (const floor of missed) {
        assert.ok(
          visited.some((one) => compareVersions('decimal', one, floor) === 0),
          floor,
        );
      }
    }),
  );
});

for (const [name, rules, rule] of [
  ['inside the range and below the release', { floors: ['5.7'], deadEnds: ['5.6'] }, null],
  ['the release as its own floor', { floors: ['5.7', '5.80.1179'] }, '5.80.1179'],
  ['a floor below the range', { floors: ['4.9'] }, '4.9'],
  ['a dead end that it could not follow anyhow', { deadEnds: ['6.0'] }, '6.0'],
] as const) {
  test(`a rule that does something: ${name}`, () => {
    const { version, appliesTo } = plainManifest;
    const expected =
      rule === null ? null : problem('RULE_WITHOUT_EFFECT', { rule, version, ...appliesTo });
    assert.deepEqual(ruleWithoutEffect({ ...plainManifest, ...rules }), expected);
  });
}
