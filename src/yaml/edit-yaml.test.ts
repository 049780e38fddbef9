import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editYaml } from './edit-yaml.ts';

const plan = `# of the autumn
release: {version: '5.80.1179'}
groups:
  - name: A # the first
    servers: [a1, a2]
`;

test('one value changes, and every comment stays', () => {
  const edited = editYaml(plan, ['groups', 0, 'servers'], ['a1', 'b2']);
  assert.equal(edited, plan.replace('a1, a2', 'a1, b2'));
});

test('what is not there yet is made, its parents too', () => {
  const edited = editYaml(plan, ['groups', 0, 'gate', 'soak'], '1h');
  assert.match(edited, /gate:\n {6}soak: 1h\n/);
});

test('a version stays a text, also where it looks like a number', () => {
  assert.match(editYaml(plan, ['release', 'version'], '5.80'), /version: '5.80'/);
});

test('undefined takes a key out, once', () => {
  const edited = editYaml(plan, ['groups', 0, 'servers'], undefined);
  assert.doesNotMatch(edited, /servers/);
  assert.equal(editYaml(edited, ['groups', 0, 'servers'], undefined), edited);
});

test('groups are added one under another', () => {
  const edited = editYaml(plan, ['groups', 1], { name: 'B', servers: [] });
  assert.match(edited, / {2}- name: B\n {4}servers: \[\]\n/);
});

test('what cannot be read is left alone', () => {
  const broken = 'groups: [a, b';
  assert.equal(editYaml(broken, ['zone'], 'UTC'), broken);
});
