/** Whatever is done to a record, its verification says so, and where. */

import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type Digest, type ServerId } from '../names.ts';
import { recordKinds } from './kinds.ts';
import {
  chained,
  genesisHead,
  lineText,
  restoredKind,
  type Genesis,
  type RecordEntry,
  type RecordHead,
  type RecordLine,
  type ToldHead,
} from './line.ts';
import { RecordVerifier, type Verification } from './verify.ts';

const digestOf = (text: string): Digest => brand<Digest>(hash('sha256', text, 'hex'));
const site = brand<ServerId>('tokyo');
const genesis: Genesis = { format: 1, site, at: 1, linesBefore: 0 };

function entry(who: string, detail: RecordEntry['detail'] = {}): RecordEntry {
  return { at: 5, kind: 'server-moved', who, server: null, detail };
}

function chainOf(entries: readonly RecordEntry[], from = genesis): RecordLine[] {
  const lines: RecordLine[] = [];
  let head: RecordHead = genesisHead(from, digestOf);
  for (const one of entries) {
    const line = chained(head, one, digestOf);
    lines.push(line);
    head = line;
  }
  return lines;
}

type Given = {
  readonly stated?: RecordHead;
  readonly heads?: readonly ToldHead[];
  readonly site?: ServerId;
  readonly genesis?: Genesis;
};

function verify(lines: readonly RecordLine[], given: Given = {}): Verification {
  const verifier = new RecordVerifier(given.genesis ?? genesis, {
    digestOf,
    site: given.site ?? null,
    heads: given.heads ?? [],
  });
  for (const line of lines) {
    const { number, kind, hash: found, detail } = line;
    const epoch = kind === restoredKind ? Number(detail['epoch']) : null;
    verifier.take({ number, kind, epoch, text: lineText(line), hash: found });
  }
  return verifier.end(given.stated ?? null);
}

function check(title: string, found: () => Verification, expected: readonly string[]): void {
  test(title, () => {
    const said = found().problems.map((one) =>
      `${one.code} ${Object.values(one.with).join(' ')}`.trim(),
    );
    assert.deepEqual(said, expected);
  });
}

const six = chainOf(['a', 'b', 'c', 'd', 'e', 'f'].map((who) => entry(who)));
const without = (number: number) => six.filter((line) => line.number !== number);
const told = (line: RecordHead, epoch = 1): ToldHead => ({ ...line, site, epoch });
const end = six.at(-1);
assert.ok(end !== undefined);

check('a whole chain has nothing wrong', () => verify(six, { stated: end }), []);
check(
  'nor has one without lines',
  () => verify([], { stated: genesisHead(genesis, digestOf) }),
  [],
);
check(
  'a line that says something else',
  () => verify(six.map((line) => (line.number === 3 ? { ...line, who: 'abe' } : line))),
  ['RECORD_LINES_CHANGED 3 3'],
);
check('a line that is gone', () => verify(without(3)), ['RECORD_LINES_REMOVED 3 3']);
check('the first one', () => verify(without(1)), ['RECORD_LINES_REMOVED 1 1']);
check('two that changed places', () => verify(swapped(six, 3)), ['RECORD_LINES_REORDERED 3 3']);
check(
  'a line that was put in between, with a right hash of its own',
  () => verify([...six.slice(0, 3), chained(six[2] ?? end, entry('x'), digestOf), ...six.slice(3)]),
  ['RECORD_LINES_INSERTED 4 4'],
);
check('one that stands there twice', () => verify([...six, ...six.slice(1, 2)]), [
  'RECORD_LINES_INSERTED 2 2',
]);
check('a genesis of another site', () => verify(six, { site: brand<ServerId>('osaka') }), [
  'RECORD_OTHER_SITE tokyo osaka',
]);
check(
  'a genesis that was edited',
  () => verify(six, { genesis: { ...genesis, site: brand<ServerId>('osaka') } }),
  ['RECORD_LINES_CHANGED 1 1'],
);
check(
  'numbers that were never given, as journals of earlier versions may have them',
  () => verify(chainWithGap()),
  ['RECORD_NUMBER 5 3'],
);
check('an end that is not the stated one', () => verify(six.slice(0, 4), { stated: end }), [
  'RECORD_CUT_OFF 4 6',
]);
check('lines behind the stated end', () => verify(six, { stated: six[3] ?? end }), [
  'RECORD_LINES_INSERTED 5 6',
]);
check('an end that somebody else knows', () => verify(six.slice(0, 4), { heads: [told(end)] }), [
  'RECORD_CUT_OFF 4 6',
]);
check(
  'everything after a known head written anew, with right hashes',
  () => {
    const forged = chainOf(['a', 'b', 'x', 'd', 'e', 'f'].map((who) => entry(who)));
    return verify(forged, {
      stated: forged.at(-1) ?? end,
      heads: six.slice(1, 4).map((one) => told(one)),
    });
  },
  ['RECORD_REWRITTEN 2 3', 'RECORD_REWRITTEN 2 4'],
);
check(
  'without a known head that cannot be seen',
  () => verify(chainOf(['a', 'x'].map((who) => entry(who)))),
  [],
);
check(
  'a head of another site says nothing of this one',
  () => verify(six.slice(0, 4), { heads: [{ ...told(end), site: brand<ServerId>('osaka') }] }),
  [],
);

test('a restored backup explains the heads of the life before it, and no other', () => {
  const restored = chainOf([
    ...['a', 'b'].map((who) => entry(who)),
    { ...entry('abe', { epoch: 9 }), kind: restoredKind },
    ...['d', 'e'].map((who) => entry(who)),
  ]);
  const before = verify(restored, { heads: six.map((line) => told(line, 8)) });
  assert.deepEqual(before.problems, []);
  assert.deepEqual(before.heads, { known: 6, found: 2, restored: 4 });
  assert.equal(before.witnessed, 2);
  const after = verify(restored, { heads: [told(end, 9)] });
  assert.deepEqual(
    after.problems.map(({ code }) => code),
    ['RECORD_CUT_OFF'],
  );
  const earlier = verify(restored, { heads: [told({ number: 2, hash: end.hash }, 8)] });
  assert.deepEqual(
    earlier.problems.map(({ code }) => code),
    ['RECORD_REWRITTEN'],
  );
});

function chainWithGap(): RecordLine[] {
  const [one, two] = six;
  assert.ok(one !== undefined && two !== undefined);
  const text = lineText({ ...entry('late'), number: 5 });
  return [one, two, { ...entry('late'), number: 5, hash: digestOf(`${two.hash}\n${text}`) }];
}

/** The line of that number and the one after it change places. */
function swapped(lines: readonly RecordLine[], number: number): RecordLine[] {
  return [
    ...lines.slice(0, number - 1),
    ...lines.slice(number, number + 1),
    ...lines.slice(number - 1, number),
    ...lines.slice(number + 1),
  ];
}

// -- any single change ---------------------------------------------------------------------------

const details = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 });
const entries = fc.array(
  fc.record({
    at: fc.nat(),
    kind: fc.constantFrom(...recordKinds),
    who: fc.string(),
    server: fc.constantFrom(null, brand<ServerId>('s-1')),
    detail: details,
  }),
  { minLength: 2, maxLength: 100 },
);

test('any single change, removal, swap or insertion is found', () => {
  fc.assert(
    fc.property(
      entries,
      fc.nat(),
      fc.nat(),
      fc.constantFrom(...tampers.keys()),
      (all, a, b, how) => {
        const lines = chainOf(all);
        const stated = lines.at(-1);
        assert.ok(stated !== undefined);
        assert.deepEqual(verify(lines, { stated }).problems, []);
        const tampered = tampers.get(how)?.(lines, a % lines.length, b % lines.length) ?? null;
        if (tampered === null) return;
        assert.notDeepEqual(verify(tampered, { stated }).problems, [], how);
      },
    ),
    { numRuns: 1_000 },
  );
});

type Tamper = (lines: readonly RecordLine[], at: number, other: number) => RecordLine[] | null;

const changed =
  (change: (line: RecordLine) => Partial<RecordLine>): Tamper =>
  (lines, at) =>
    lines.map((line, index) => (index === at ? { ...line, ...change(line) } : line));

const tampers = new Map<string, Tamper>([
  ['at', changed(({ at }) => ({ at: at + 1 }))],
  ['kind', changed(({ kind }) => ({ kind: `${kind}x` }))],
  ['who', changed(({ who }) => ({ who: `${who} ` }))],
  [
    'server',
    changed(({ server }) => ({ server: server === null ? brand<ServerId>('s-2') : null })),
  ],
  ['detail', changed(({ detail }) => ({ detail: { ...detail, more: 'x'.repeat(9) } }))],
  ['number', changed(({ number }) => ({ number: number + 1 }))],
  ['number that is far off', changed(({ number }) => ({ number: number + 1_000 }))],
  ['hash', changed(() => ({ hash: digestOf('another') }))],
  ['removal', (lines, at) => lines.filter((_, index) => index !== at)],
  [
    'swap',
    (lines, at, other) => {
      if (at === other) return null;
      const [one, two] = [lines[at], lines[other]];
      assert.ok(one !== undefined && two !== undefined);
      return lines.map((line) => (line === one ? two : line === two ? one : line));
    },
  ],
  ['copy', (lines, at, other) => lines.toSpliced(at, 0, ...lines.slice(other, other + 1))],
  [
    'insertion that fits what stands before it',
    (lines, at) => {
      const before = lines[at - 1] ?? genesisHead(genesis, digestOf);
      return lines.toSpliced(at, 0, chained(before, entry('inserted'), digestOf));
    },
  ],
  [
    'line with its own right hash',
    (lines, at) => {
      const before = lines[at - 1] ?? genesisHead(genesis, digestOf);
      return lines.toSpliced(at, 1, chained(before, entry('instead'), digestOf));
    },
  ],
]);
