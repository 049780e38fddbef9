import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readConfig } from './config.ts';

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'dankai-config-'));
});
after(async () => rm(root, { recursive: true, force: true }));

async function readWith(...plans: readonly string[]) {
  const lines = [
    'controlManager:',
    '  name: head-office',
    '  listen: { host: 127.0.0.1, port: 0 }',
    '  console: { host: 127.0.0.1, port: 0 }',
    '  feed: feed',
    '  folders: { japan: [tokyo], germany: [berlin] }',
    '  plans:',
    ...plans,
  ];
  await writeFile(join(root, 'settings.yaml'), lines.join('\n'));
  return readConfig(root, '5.80.1179');
}

test('a time of day is read with its zone, and becomes instants on both sides of a change of clocks', async () => {
  const read = await readWith(
    '    nightly:',
    "      - { folder: japan, timeOfDay: '02:00', zone: Asia/Tokyo }",
    "      - { folder: germany, timeOfDay: '02:00', zone: Europe/Berlin }",
    '      - { folder: new, delayMinutes: 0.5 }',
  );
  assert.ok(read.ok, JSON.stringify(read));
  const { settings } = read.value;
  const plan = settings
    .plansAt(Date.parse('2026-03-28T01:00:00Z'))
    .find(({ name }) => name === 'nightly');
  const told = plan?.schedules.map((one) =>
    one.form === 'time-of-day'
      ? [one.folder, ...one.instants.map((instant) => new Date(instant).toISOString())]
      : [one.folder, one.form],
  );
  assert.deepEqual(told, [
    ['japan', '2026-03-28T17:00:00.000Z', '2026-03-29T17:00:00.000Z', '2026-03-30T17:00:00.000Z'],
    // On the 29th there is no two o'clock in Berlin: it counts as three, which is 01:00 UTC.
    ['germany', '2026-03-28T01:00:00.000Z', '2026-03-29T01:00:00.000Z', '2026-03-30T00:00:00.000Z'],
    ['new', 'delay'],
  ]);
});

async function readWithFeed(feed: string) {
  const lines = [
    'controlManager:',
    '  name: head-office',
    '  listen: { host: 127.0.0.1, port: 0 }',
    '  console: { host: 127.0.0.1, port: 0 }',
    `  feed: ${feed}`,
  ];
  await writeFile(join(root, 'settings.yaml'), lines.join('\n'));
  return readConfig(root, '5.80.1179');
}

for (const feed of [
  '{ url: https://updates.example.com/site }',
  '{ url: https://updates.example.com/, proxy: http://proxy:8080 }',
  '{ url: http://updates.example.com/, digests: SHA256SUMS, publicKey: /etc/feed.pem }',
  '{ url: http://127.0.0.1:8000/ }',
]) {
  test(`a feed behind HTTP: ${feed}`, async () => {
    const read = await readWithFeed(feed);
    assert.ok(read.ok, JSON.stringify(read));
  });
}

for (const [feed, expected] of [
  ['{ url: http://updates.example.com/ }', /https, or a publicKey/],
  ['{ url: https://me:word@updates.example.com/ }', /without name and password/],
  ['{ url: ftp://updates.example.com/ }', /an address such as/],
  ['{ url: https://updates.example.com/, publicKey: /etc/feed.pem }', /key-absent: digests/],
  ['{ url: https://updates.example.com/, digests: ../SHA256SUMS }', /the name of a file/],
  ['{ url: https://updates.example.com/, proxy: http://me:word@proxy:1 }', /without name/],
] as const) {
  test(`no feed behind HTTP: ${feed}`, async () => {
    const read = await readWithFeed(feed);
    assert.ok(!read.ok && read.because.code === 'SETTINGS_UNREADABLE', JSON.stringify(read));
    assert.match(String(read.because.with['expected']), expected);
  });
}

/** The place and what was expected there, of a plan that is wrong. */
function check(name: string, schedule: string, expected: string): void {
  test(`refused: ${name}`, async () => {
    const read = await readWith('    nightly:', `      - ${schedule}`);
    assert.ok(!read.ok && read.because.code === 'SETTINGS_UNREADABLE', JSON.stringify(read));
    const { line, expected: wanted } = read.because.with;
    assert.match(`${line}: ${wanted}`, new RegExp(expected));
  });
}

check(
  'a zone that does not exist',
  "{ folder: japan, timeOfDay: '02:00', zone: Mars/Olympus }",
  '^9: .*a time zone such as Asia/Tokyo',
);
check(
  'a time of day that no clock shows',
  "{ folder: japan, timeOfDay: '25:00', zone: Asia/Tokyo }",
  '^9: .*a time of day such as 02:00',
);
check(
  'a time of day without its zone',
  "{ folder: japan, timeOfDay: '02:00' }",
  '^9: .*timeOfDay and zone',
);
check(
  'a folder that nobody named',
  '{ folder: france, delayMinutes: 1 }',
  '^9: one of the folders',
);

const nightly = [
  '    nightly:',
  '      - { folder: japan, delayMinutes: 0 }',
  '      - { folder: germany, delayMinutes: 0 }',
  '  rings:',
];

test('rings of a plan are read with their folders and gates', async () => {
  const read = await readWith(
    ...nightly,
    '    nightly:',
    '      - { name: first, folders: [japan], healthyMin: 5, soakMinutes: 30 }',
    '      - { name: rest, folders: [germany, new] }',
  );
  assert.ok(read.ok, JSON.stringify(read));
  const plans = read.value.settings.plansAt(0);
  const rings = plans.find(({ name }) => name === 'nightly')?.rings;
  const gate = { percentMin: 95, healthyMin: 1, sampleMin: 1, decideSeconds: 14_400 };
  assert.deepEqual(rings, [
    { name: 'first', folders: ['japan'], gate: { ...gate, healthyMin: 5, soakSeconds: 1_800 } },
    { name: 'rest', folders: ['germany', 'new'], gate: { ...gate, soakSeconds: 3_600 } },
  ]);
  assert.ok(plans.every(({ builtIn, rings: of }) => !builtIn || of.length === 0));
});

const wrongRings: readonly (readonly [string, readonly string[], string])[] = [
  [
    'of a plan that nobody named',
    ['    weekly:', '      - {name: a, folders: [japan]}'],
    'nightly',
  ],
  ['with a folder in two', both('japan, germany', 'japan'), 'japan in one ring only'],
  ['that leave a scheduled folder out', both('japan', 'new'), 'germany in one of the rings'],
  ['with a folder that is none', both('japan, germany', 'france'), 'of the folders'],
];

function both(first: string, rest: string): string[] {
  const ring = (name: string, folders: string): string =>
    `      - {name: ${name}, folders: [${folders}]}`;
  return ['    nightly:', ring('first', first), ring('rest', rest)];
}

for (const [name, lines, expected] of wrongRings) {
  test(`refused: rings ${name}`, async () => {
    const read = await readWith(...nightly, ...lines);
    assert.ok(!read.ok && read.because.code === 'SETTINGS_UNREADABLE', JSON.stringify(read));
    assert.match(String(read.because.with['expected']), new RegExp(expected));
  });
}
