import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { profileDefault, shippedProfile } from './shipped.ts';

test('every profile file is shipped under its name, and can be read', () => {
  const files = globSync('*.json', { cwd: import.meta.dirname });
  assert(files.includes(`${profileDefault}.json`));
  for (const file of files) {
    const { name }: { name: string } = JSON.parse(
      readFileSync(`${import.meta.dirname}/${file}`, 'utf8'),
    );
    assert.equal(`${name}.json`, file);
    assert.equal(shippedProfile(name).ok, true);
  }
});

test('an unknown profile is answered with those that are known', () => {
  assert.deepEqual(shippedProfile('norton'), {
    ok: false,
    because: { code: 'PROFILE_UNKNOWN', with: { profile: 'norton', known: profileDefault } },
  });
});
