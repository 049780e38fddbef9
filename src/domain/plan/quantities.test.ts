import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseSpeed } from './quantities.ts';

test('durations as people write them', () => {
  const table: readonly (readonly [string, number | null])[] = [
    ['250ms', 250],
    ['30m', 1_800_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['7d', 604_800_000],
    ['30', null],
    ['30 m', null],
    ['m', null],
    ['-1h', null],
    ['1w', null],
    ['', null],
  ];
  for (const [text, milliseconds] of table) assert.equal(parseDuration(text), milliseconds, text);
});

test('link speeds as people write them', () => {
  const table: readonly (readonly [string, number | null])[] = [
    ['10Mbit/s', 10_000_000],
    ['1.5 Mbit/s', 1_500_000],
    ['1Gbit/s', 1_000_000_000],
    ['64kbit/s', 64_000],
    ['9600bit/s', 9_600],
    ['0Mbit/s', null],
    ['10MB/s', null],
    ['10Mbps', null],
    ['fast', null],
  ];
  for (const [text, bits] of table) assert.equal(parseSpeed(text), bits, text);
});
