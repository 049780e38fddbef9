import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProblemCode } from '../problem.ts';
import type { FieldDrift } from './drift.ts';
import { restoreCatalogue } from './restore.ts';
import { catalogueCharactersMax } from './server-ini.ts';

const baseline = '; good\n[A]\nVersion=5.8\nMin=5\n[B]\nVersion=1\n';

const drift = (
  section: string,
  field: FieldDrift['field'],
): Pick<FieldDrift, 'section' | 'field'> => ({ section, field });

type Asked = {
  readonly current: string | null;
  readonly baseline?: string;
  readonly drifted?: readonly ReturnType<typeof drift>[];
};

/** `because`: the whole baseline was laid down, for this reason. */
function check(name: string, asked: Asked, expected: string, because: ProblemCode | null = null) {
  test(`restore: ${name}`, () => {
    const drifted = (asked.drifted ?? []).map((one) => ({ ...one, expected: null, found: null }));
    const restored = restoreCatalogue(asked.current, asked.baseline ?? baseline, drifted);
    assert.ok(restored.ok);
    assert.equal(restored.value.text, expected);
    assert.equal(restored.value.whole, because !== null);
    assert.equal(restored.value.because?.code ?? null, because);
  });
}

const current = '; mine\r\n[A]\r\nVersion = 5.7\r\nMin=4\r\nOwn=1\r\n[New]\r\nz=1';

check('nothing drifted: every byte stays', { current }, current);
check(
  'only the field that drifted',
  { current, drifted: [drift('A', 'Version')] },
  current.replace('5.7', '5.8'),
);
check(
  'a field that is gone',
  { current: current.replace('Min=4\r\n', ''), drifted: [drift('A', 'Min')] },
  '; mine\r\n[A]\r\nVersion = 5.7\r\nOwn=1\r\nMin=5\r\n[New]\r\nz=1',
);
check(
  'a field that the baseline does not have',
  { current: '[A]\nVersion=5.8\nMax=6\nOwn=1\n', drifted: [drift('A', 'Max')] },
  '[A]\nVersion=5.8\nOwn=1\n',
);
check(
  'a section that is gone, with all its lines and no more',
  { current, drifted: [drift('b', 'section')] },
  `${current}\r\n[B]\r\nVersion=1`,
);
check(
  'a section that the baseline cannot say anything about stays',
  { current, drifted: [drift('New', 'section'), drift('New', 'Version')] },
  current,
);
check('no file', { current: null }, baseline, 'FILE_UNREADABLE');
check(
  'a file that cannot be read',
  { current: 'garbage', drifted: [drift('A', 'Version')] },
  baseline,
  'CATALOGUE_LINE_UNREADABLE',
);
const full = `[A]\nVersion=5.7\n;${'x'.repeat(8_000)}\n`;
const tooFull = `${full}${';x\n'.repeat((catalogueCharactersMax - full.length) / 3)}`;
check(
  'a file that has no room for what it lacks',
  { current: tooFull, drifted: [drift('B', 'section')] },
  baseline,
  'CATALOGUE_TOO_LARGE',
);

test('restore: out of a baseline that cannot be read nothing is brought back', () => {
  for (const text of [null, current]) {
    const restored = restoreCatalogue(text, 'garbage', []);
    assert.equal(restored.ok ? null : restored.because.code, 'CATALOGUE_LINE_UNREADABLE');
  }
});
