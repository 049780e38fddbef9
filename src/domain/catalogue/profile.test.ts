import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProfile } from './profile.ts';

const section = {
  section: 'Info_1_1_1_1',
  carriesPath: true,
  versionIsSignal: true,
  baseline: { Version: '1.0', Path: 'a/b,5', Other: 'x' },
};
const profile = { name: 'mine', ordering: 'decimal', version: '1.0', sections: [section] };

test('a profile is read; what it says beyond the fields of an entry is not taken', () => {
  const parsed = parseProfile(profile);
  assert(parsed.ok);
  assert.deepEqual(parsed.value.sections[0]?.baseline, { Version: '1.0', Path: 'a/b,5' });
});

test('a profile watches a thousand sections, and no more', () => {
  const sections = Array.from({ length: 1_000 }, () => section);
  assert.ok(parseProfile({ ...profile, sections }).ok);
  assert.ok(!parseProfile({ ...profile, sections: [...sections, section] }).ok);
});

const wrongs: readonly unknown[] = [
  undefined,
  null,
  'text',
  [],
  { ...profile, ordering: 'alphabet' },
  { ...profile, sections: [] },
  { ...profile, sections: {} },
  { ...profile, sections: [section, { ...section, carriesPath: 'yes' }] },
  { ...profile, sections: [{ ...section, versionIsSignal: undefined }] },
  { ...profile, sections: [{ ...section, section: 5 }] },
  { ...profile, version: 'new' },
];

test('a wrong profile is refused', () => {
  for (const wrong of wrongs) assert.equal(parseProfile(wrong).ok, false, JSON.stringify(wrong));
});
