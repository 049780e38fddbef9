/** Heads and segments that somebody made to do harm: their digests are right, their bytes are not. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressForecast } from './addresses.ts';
import { DeltaUnreadable } from './bytes.ts';
import { preambleBytes, readHead, readSegmentTable, sha256, writeHead, type Head } from './head.ts';
import { segmentsMax } from './limits.ts';
import type { Entry, NewEntry } from './listing.ts';
import { findRuns } from './match.ts';
import { readSegment, segmentPlaces, SegmentsBefore, writeSegment } from './segment.ts';

const bytes = (length: number, step: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, at) => (at * step * (at >> 5)) & 255));

const oldImage = bytes(30_000, 7);
const image = Buffer.concat([oldImage.subarray(9_000), bytes(700, 5), oldImage.subarray(0, 9_000)]);
const old: readonly Entry[] = [
  { kind: 'folder', path: 'app' },
  { kind: 'file', path: 'app/main', executable: true, bytes: 20_000 },
  { kind: 'file', path: 'notes', executable: false, bytes: 10_000 },
];
const entries: readonly NewEntry[] = [
  { kind: 'folder', path: 'app' },
  { kind: 'file', path: 'app/main', executable: true, bytes: image.length, copyOf: null },
  { kind: 'link', path: 'link', target: 'app/main' },
  { kind: 'file', path: 'notes', executable: false, bytes: 10_000, copyOf: 2 },
];
const runs = findRuns(oldImage, image, [
  { at: 0, bytes: image.length, before: 0, isProgram: true },
]);
const area = { at: 0, bytes: 20_000, address: 4_096, isCode: true, program: 1 };
const areas = { old: [area], new: [area, { ...area, at: 20_000, bytes: 8, isCode: false }] };
const forecast = new AddressForecast(runs, areas, oldImage.length);
const [place] = segmentPlaces(image.length, runs);
assert.ok(place !== undefined);
const segment = writeSegment(place, {
  old: oldImage,
  image,
  runs,
  forecast,
  before: new SegmentsBefore(),
});
const head: Head = {
  entries,
  imageBytes: image.length,
  runs,
  areas,
  segments: [{ bytes: segment.length, digest: sha256(segment) }],
};
const headBytes = writeHead(old, head).subarray(preambleBytes);
const readOld = (from: number, target: Buffer): void => {
  const until = from + target.length;
  assert.ok(from >= 0 && until <= oldImage.length, 'it reads inside the old image');
  oldImage.copy(target, 0, from, until);
};

/** A few bytes changed, taken away or put in. */
type Change = { readonly at: number; readonly byte: number; readonly kind: string };

const changes = fc.array(
  fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'put') }),
  { minLength: 1, maxLength: 4 },
);

function changed(from: Buffer, done: readonly Change[]): Buffer {
  return done.reduce<Buffer>((now, { at, byte, kind }) => {
    const place = at % (now.length + 1);
    const taken = kind === 'put' ? 0 : 1;
    const put = kind === 'cut' ? [] : [byte];
    return Buffer.concat([now.subarray(0, place), Buffer.from(put), now.subarray(place + taken)]);
  }, from);
}

function read(headNow: Buffer, segmentNow: Buffer): Buffer | null {
  try {
    const found = readHead(headNow, old);
    const foretold = new AddressForecast(found.runs, found.areas, oldImage.length);
    const [first] = segmentPlaces(found.imageBytes, found.runs);
    if (first === undefined) return null;
    const into = Buffer.alloc(first.bytes);
    return readSegment(segmentNow, first, {
      readOld,
      runs: found.runs,
      forecast: foretold,
      before: new SegmentsBefore(),
      into,
    });
  } catch (error) {
    assert.ok(error instanceof DeltaUnreadable, String(error));
    return null;
  }
}

test('what was written is read', () => {
  assert.deepEqual(readHead(headBytes, old).entries, entries);
  assert.deepEqual(read(headBytes, segment), image);
});

test('a head that was changed is refused, or stays inside both images', () => {
  fc.assert(
    fc.property(changes, (done) => {
      read(changed(headBytes, done), segment);
    }),
    { numRuns: 3_000 },
  );
});

test('the table of segments is that of the head; of a changed head, it is refused or bounded', () => {
  assert.deepEqual(readSegmentTable(headBytes), readHead(headBytes, old).segments);
  fc.assert(
    fc.property(changes, (done) => {
      try {
        assert.ok(readSegmentTable(changed(headBytes, done)).length <= segmentsMax);
      } catch (error) {
        assert.ok(error instanceof DeltaUnreadable, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a row that refers to what there is not is refused', () => {
  const again = new SegmentsBefore();
  const how = { old: oldImage, image, runs, forecast, before: again };
  writeSegment(place, how);
  const referring = writeSegment(place, how);
  assert.ok(referring.length < segment.length, 'it refers to the one before');
  assert.equal(read(headBytes, referring), null);
});

test('a segment that was changed is refused, or gives as many bytes as it should', () => {
  fc.assert(
    fc.property(changes, (done) => {
      const found = read(headBytes, changed(segment, done));
      assert.ok(found === null || found.length === image.length);
    }),
    { numRuns: 3_000 },
  );
});

test('any bytes at all', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }),
      (one, two) => {
        read(Buffer.from(one), Buffer.from(two));
      },
    ),
    { numRuns: 2_000 },
  );
});
