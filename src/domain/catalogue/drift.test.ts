import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkCatalogue,
  compareCatalogues,
  isClean,
  readCatalogue,
  type CatalogueQuestion,
  type FieldDrift,
} from './drift.ts';
import type { Profile, WatchedSection } from './profile.ts';
import { parseServerIni, type ServerIni } from './server-ini.ts';

/** `version` is known by its Version, `label` has one that never changes. */
const watched = (section: string, change: Partial<WatchedSection> = {}): WatchedSection => ({
  section,
  carriesPath: true,
  versionIsSignal: true,
  baseline: { Version: '5.8', Update_Path: 'u/a.zip,10', Path: 'p/a.zip,20', Min: '5', Max: '6' },
  ...change,
});

const profileOf = (...sections: readonly WatchedSection[]): Profile => ({
  name: 'example',
  ordering: 'decimal',
  version: '5.8',
  sections,
});

function iniOf(text: string): ServerIni {
  const ini = parseServerIni(text);
  assert(ini.ok);
  return ini.value;
}

const clean =
  '[A]\nVersion=5.8\nUpdate_Path=u/a.zip,10\nPath=p/a.zip,20\nMin=5\nMax=6\nOwn=anything\n';
const digest = 'ab'.repeat(32);

/** A drift in one line: where, what was expected, what was found. */
const told = (fields: readonly FieldDrift[]): readonly string[] =>
  fields.map(
    ({ section, field, expected, found }) => `${section} ${field}: ${expected} > ${found}`,
  );

type Asked = Partial<Omit<CatalogueQuestion, 'profile'>> & {
  readonly sections?: readonly WatchedSection[];
};

function check(name: string, text: string, asked: Asked, expected: readonly string[] | string) {
  test(`drift: ${name}`, () => {
    const { sections = [watched('A')], expect = null, baseline = null } = asked;
    const answer = checkCatalogue(text, { profile: profileOf(...sections), expect, baseline });
    if (answer.ok) assert.deepEqual(told(answer.value), expected);
    else assert.equal(answer.because.code, expected);
  });
}

const changed = (from: string, to: string): string => {
  assert.ok(clean.includes(from));
  return clean.replace(from, to);
};

// -- by the profile's sample -------------------------------------------------------------------

check('as it was laid down', clean, {}, []);
check('another Version', changed('5.8', '5.9'), {}, ['A Version: 5.8 > 5.9']);
check('the same Version, written otherwise', changed('5.8', '5.80'), {}, []);
check('a Version that cannot be read', changed('5.8', '?'), {}, ['A Version: 5.8 > ?']);
check('no Version', changed('Version=5.8\n', ''), {}, ['A Version: 5.8 > null']);
check('another Min', changed('Min=5', 'Min=4'), {}, ['A Min: 5 > 4']);
check('the same Max, written otherwise', changed('Max=6', 'Max=06.0'), {}, []);
check('another Update_Path', changed('u/a', 'u/b'), {}, ['A Update_Path: u/a.zip,10 > u/b.zip,10']);
check('case and separators of an updater', changed('u/a.zip,10', 'U\\A.zip, 010'), {}, []);
check('another size', changed(',20', ',21'), {}, ['A Path: p/a.zip,20 > p/a.zip,21']);
check(
  'case, blanks, separators and noughts of a path',
  changed('p/a.zip,20', 'P\\A.zip , 0020'),
  {},
  [],
);
check('the whole section', '[B]\nOwn=1\n', {}, ['A section: A > null']);
check('what is watched alone', `${clean}[B]\nVersion=9\n`, {}, []);
check('a line that is none', 'no line', {}, 'CATALOGUE_LINE_UNREADABLE');
check(
  'an entry that cannot be read, watched or not',
  `${clean}[Info_1_2_3_4]\nPath=../a,1\n`,
  {},
  'CATALOGUE_PATH_LEAVES_SHARE',
);

const withoutPath = [watched('A', { carriesPath: false })];
check('a Path where there is to be none', clean, { sections: withoutPath }, [
  'A Path: null > p/a.zip,20',
]);
check(
  'no Path where there is to be none',
  changed('Path=p/a.zip,20\n', ''),
  { sections: withoutPath },
  [],
);
const { Path: _path, ...pathless } = watched('A').baseline;
const somePath = [watched('A', { baseline: pathless })];
check(
  'no Path although the sample cannot say which',
  changed('Path=p/a.zip,20\n', ''),
  {
    sections: somePath,
  },
  ['A Path: <path>,<bytes> > null'],
);

const label = [watched('A', { versionIsSignal: false, baseline: { Version: '1.0' } })];
check(
  'a Version that never changes, changed',
  '[A]\nVersion=1.1\nPath=p/a,1\n',
  { sections: label },
  ['A Version: 1.0 > 1.1', 'A Path: <path>,<bytes> > p/a,1'],
);
check(
  'of another release, a Version that is no signal says nothing',
  '[A]\nVersion=1.1\nPath=p/a,1\n',
  { sections: label, expect: '5.9' },
  [],
);
const unlabelled = [watched('A', { versionIsSignal: false, baseline: {}, carriesPath: false })];
check('a Version that the sample does not have', '[A]\nVersion=1\n', { sections: unlabelled }, [
  'A Version: null > 1',
]);
check('no Version where the sample has none', '[A]\nMin=3\n', { sections: unlabelled }, []);

// -- another version than the sample's -----------------------------------------------------------

const newer = '[A]\nVersion=5.9\nUpdate_Path=u/b.zip,11\nPath=p/b.zip,21\nMin=5.1\nMax=7\n';
check('of another version only the Version and that there is a Path', newer, { expect: '5.9' }, []);
check('the same version asked for', clean, { expect: '5.80' }, []);
check('of the same version everything', changed('Min=5', 'Min=4'), { expect: '5.80' }, [
  'A Min: 5 > 4',
]);
check('another version than was asked for', clean, { expect: '5.9' }, ['A Version: 5.9 > 5.8']);
check('another version without its Path', '[A]\nVersion=5.9\n', { expect: '5.9' }, [
  'A Path: <path>,<bytes> > null',
]);
check(
  'another version of what has no Path',
  '[A]\nVersion=5.9\n',
  {
    sections: withoutPath,
    expect: '5.9',
  },
  [],
);
check('a version that cannot be read', clean, { expect: 'new' }, 'VERSION_UNREADABLE');

// -- a share whose packages are named by their digest --------------------------------------------

const byDigest = `[A]\nVersion=5.8\nUpdate_Path=programs/${digest}.json,9\nPath=p/z,1\n`;
check('packages by digest: the Version alone', byDigest, {}, []);
check('packages by digest: another Version', byDigest.replace('5.8', '5.7'), {}, [
  'A Version: 5.8 > 5.7',
]);
check('packages by digest: without its Path', byDigest.replace('Path=p/z,1\n', ''), {}, [
  'A Path: <path>,<bytes> > null',
]);
check('a name that is only like a digest', byDigest.replace(digest, digest.slice(1)), {}, [
  `A Update_Path: u/a.zip,10 > programs/${digest.slice(1)}.json,9`,
  'A Path: p/a.zip,20 > p/z,1',
  'A Min: 5 > null',
  'A Max: 6 > null',
]);

// -- against a baseline --------------------------------------------------------------------------

check('baseline: the same', clean, { baseline: iniOf(clean) }, []);
check(
  'baseline: as the file that is known to be good, not as the sample',
  newer,
  {
    baseline: iniOf(newer),
  },
  [],
);
check('baseline: what differs', changed('Min=5', 'Min=4'), { baseline: iniOf(clean) }, [
  'A Min: 5 > 4',
]);
check('baseline: what is too much', clean, { baseline: iniOf('[A]\nVersion=5.8\n') }, [
  'A Update_Path: null > u/a.zip,10',
  'A Path: null > p/a.zip,20',
  'A Min: null > 5',
  'A Max: null > 6',
]);
check(
  'baseline: absent on both sides',
  '[A]\nVersion=5.8\n',
  {
    baseline: iniOf('[A]\nVersion=5.8\n'),
  },
  [],
);
check(
  'baseline: the same, although no version',
  '[A]\nVersion=?\n',
  {
    baseline: iniOf('[A]\nVersion=?\n'),
  },
  [],
);
check('baseline: one that is no version', clean, { baseline: iniOf(changed('5.8', '?')) }, [
  'A Version: ? > 5.8',
]);
check('baseline: a section that is not to be there', clean, { baseline: iniOf('[B]\nx=1\n') }, [
  'A section: null > A',
]);
check('baseline: a section that is not there', '[B]\nx=1\n', { baseline: iniOf(clean) }, [
  'A section: A > null',
]);
check('baseline: another version is asked for', clean, { baseline: iniOf(clean), expect: '5.9' }, [
  'A Version: 5.9 > 5.8',
]);
check(
  'baseline: of a label the baseline says it',
  clean,
  {
    sections: [watched('A', { versionIsSignal: false })],
    baseline: iniOf(clean),
    expect: '5.9',
  },
  [],
);
check(
  'baseline: no version of a section that is not to be there',
  clean,
  {
    baseline: iniOf('[B]\nx=1\n'),
    expect: '5.8',
  },
  ['A section: null > A'],
);

function checkPaths(found: string, baseline: string, same: boolean): void {
  test(`drift: path ${found} for ${baseline}`, () => {
    const [one, other] = [iniOf(`[A]\nPath=${found}\n`), iniOf(`[A]\nPath=${baseline}\n`)];
    const fields = compareCatalogues(one, other, [{ section: 'A', ordering: 'decimal' }]);
    assert.equal(fields.length === 0, same);
  });
}

checkPaths('a/B', 'A/b', true);
checkPaths('a/b', 'a/c', false);
checkPaths('a/b,1', 'a/b', false);
checkPaths('a/b,c,1', 'a/b,c, 01', true);
checkPaths('a/b,d,1', 'a/b,c,1', false);
checkPaths('a/b,0', 'a/b,00', true);

// -- content -------------------------------------------------------------------------------------

function checkContent(name: string, found: string, baseline: string, expected: readonly string[]) {
  test(`drift: content ${name}`, () => {
    const fields = compareCatalogues(iniOf(found), iniOf(baseline), []);
    assert.deepEqual(told(fields), expected);
  });
}

const pattern = '[PATTERN]\nP.2=a/2,5,1\nP.4=a/4,7,1\n';
checkContent('as it was', pattern, pattern, []);
checkContent('may be newer', '[Pattern]\nP.2=a/3,6,1\nP.4=a/4,7,1\n', pattern, []);
checkContent('may be more', `${pattern}P.9=a/9,1,1\n`, pattern, []);
checkContent('that is gone', '[PATTERN]\nP.4=a/4,7,1\n', pattern, ['PATTERN P.2: a/2,5,1 > null']);
checkContent('all gone', '', pattern, [
  'PATTERN P.2: a/2,5,1 > null',
  'PATTERN P.4: a/4,7,1 > null',
]);
checkContent(
  'is told once, whatever increments it had',
  '',
  `[PATTERN]\nP.2=a/2,5,1\nP.2.Merge.1=a/m,4,1\n`,
  ['PATTERN P.2: a/2,5,1 > null'],
);
checkContent('increments may go', pattern, `${pattern}P.2.Merge.1=a/m,4,1\n`, []);
checkContent(
  'of a baseline that cannot be read is not held against it',
  '',
  '[PATTERN]\nP.2=?\n',
  [],
);

test('drift: clean is clean of both, fields and packages', () => {
  const field = { section: 'A', field: 'Min', expected: '5', found: null } as const;
  const file = { path: 'a', expected: '1', found: null };
  assert.ok(isClean({ fields: [], packages: [] }));
  assert.ok(!isClean({ fields: [field], packages: [] }));
  assert.ok(!isClean({ fields: [], packages: [file] }));
  assert.ok(!isClean({ fields: [field], packages: [file] }));
});

test('a catalogue is read with all its entries, or refused', () => {
  assert.ok(readCatalogue(clean).ok);
  assert.ok(!readCatalogue('[Info_1_2_3_4]\nPath=a,x\n').ok);
  assert.ok(!readCatalogue('[PATTERN]\nP.2=?\n').ok);
});
