import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration, parseSize, parseSpeed } from './quantities.ts';

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
    ['1bit/s', 1],
    ['0Mbit/s', null],
    ['10MB/s', null],
    ['10Mbps', null],
    ['fast', null],
    ['9'.repeat(400) + 'bit/s', null],
  ];
  for (const [text, bits] of table) assert.equal(parseSpeed(text), bits, text);
});

test('sizes as people write them', () => {
  const table: readonly (readonly [string, number | null])[] = [
    ['53166776', 53_166_776],
    ['50MiB', 52_428_800],
    ['1.5 GiB', 1_610_612_736],
    ['64KiB', 65_536],
    ['1.3KiB', 1_331],
    ['1', 1],
    ['50MB', 50_000_000],
    ['1kB', 1_000],
    ['2GB', 2_000_000_000],
    ['0', null],
    ['1.5', null],
    ['50mb', null],
    ['50M', null],
    ['-1MiB', null],
    ['50Mbit', null],
    ['9'.repeat(400) + 'GiB', null],
    ['', null],
  ];
  for (const [text, bytes] of table) assert.equal(parseSize(text), bytes, text);
});
