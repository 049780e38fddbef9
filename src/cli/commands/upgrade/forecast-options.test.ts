import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastDefaults, parseForecast, type ForecastAsked } from './forecast-options.ts';

type Options = Readonly<Record<string, string | true>>;

function parse(files: readonly string[], options: Options) {
  return parseForecast({ arguments: [files], options: { forecast: true, ...options } });
}

function check(
  what: string,
  typed: { readonly files?: readonly string[]; readonly options?: Options },
  expected: Partial<ForecastAsked>,
): void {
  test(what, () => {
    const read = parse(typed.files ?? [], typed.options ?? {});
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual({ ...read.value, ...expected }, read.value);
  });
}

/** The code and its values, in one line. */
function refused(
  what: string,
  typed: { readonly files?: readonly string[]; readonly options?: Options },
  expected: RegExp,
): void {
  test(what, () => {
    const read = parse(typed.files ?? [], typed.options ?? {});
    assert.ok(!read.ok);
    const { code, with: values } = read.because;
    assert.match(`${code} ${Object.values(values).join(' ')}`, expected);
  });
}

const { runs, runsCompared, seed, packageBytes, groups } = forecastDefaults;
const described = { servers: '5000', link: '10Mbit/s' } as const;

check(
  'one plan at a site',
  { files: ['a.yaml'] },
  {
    files: ['a.yaml'],
    wish: { runs, seed },
    described: null,
  },
);
check(
  'runs, seed and link',
  {
    files: ['a.yaml'],
    options: { runs: '7', seed: '0', link: '1.5 Gbit/s' },
  },
  { wish: { runs: 7, seed: 0, linkBitsPerSecond: 1.5e9 } },
);
check(
  'two plans take fewer runs each',
  { files: ['a.yaml', 'b.yaml'] },
  {
    wish: { runs: runsCompared, seed },
  },
);
check(
  'no site: servers and a link, and the rest by default',
  { options: described },
  {
    files: [],
    wish: { runs, seed, linkBitsPerSecond: 1e7 },
    described: { servers: 5_000, packageBytes, groups },
  },
);
check(
  'no site: everything said',
  {
    options: { ...described, packageBytes: '50MiB', groups: '7' },
  },
  { described: { servers: 5_000, packageBytes: 50 * 2 ** 20, groups: 7 } },
);
for (const [typed, groups] of [
  ['10,500,rest', [10, 500, 4_490]],
  ['rest,10', [4_990, 10]],
  ['1000,4000', [1_000, 4_000]],
] as const) {
  check(
    `no site: groups of the sizes ${typed}`,
    { options: { ...described, groups: typed } },
    { described: { servers: 5_000, packageBytes, groups } },
  );
}
check(
  'fewer servers than groups by default',
  { options: { ...described, servers: '2' } },
  {
    described: { servers: 2, packageBytes, groups: 2 },
  },
);
check(
  'no site, but a plan: its groups',
  { files: ['a.yaml'], options: described },
  {
    described: { servers: 5_000, packageBytes, groups: null },
  },
);
check(
  'the methods beside each other',
  { files: ['a.yaml'], options: { compare: true } },
  {
    wish: { runs: runsCompared, seed, compare: { minutesEach: 15, people: 2 } },
  },
);
check(
  'and what a local installation is here',
  {
    files: ['a.yaml'],
    options: { compare: true, localMinutes: '20', localPeople: '4', runs: '3' },
  },
  { wish: { runs: 3, seed, compare: { minutesEach: 20, people: 4 } } },
);

refused('neither a plan nor servers', {}, /^FORECAST_PLAN_ABSENT/);
refused('servers and no link', { options: { servers: '20' } }, /^FORECAST_LINK_ABSENT/);
refused('three plans', { files: ['a', 'b', 'c'] }, /^ARGUMENT_TOO_MANY/);
refused(
  'the methods of two plans',
  { files: ['a', 'b'], options: { compare: true } },
  /^COMPARE_ONE_PLAN/,
);
refused(
  'groups beside a plan file',
  {
    files: ['a'],
    options: { ...described, groups: '3' },
  },
  /--groups 3 groups-of-the-plan/,
);
refused(
  'more groups than servers',
  {
    options: { ...described, servers: '3', groups: '4' },
  },
  /^SERVERS_FEWER_THAN_GROUPS 3 4/,
);
refused(
  'a package size for real packages',
  {
    files: ['a'],
    options: { packageBytes: '50MiB' },
  },
  /^OPTION_ABSENT --servers/,
);
refused(
  'local installation without a comparison',
  {
    files: ['a'],
    options: { localPeople: '3' },
  },
  /^OPTION_ABSENT --compare/,
);

const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['runs', '0', /--runs 0 whole-number: 1–10000/],
  ['runs', '1.5', /--runs/],
  ['runs', '10001', /--runs/],
  ['runs', '', /--runs/],
  ['seed', '-1', /--seed/],
  ['seed', '4294967296', /--seed/],
  ['seed', '0x10', /--seed/],
  ['link', '10MB/s', /--link 10MB\/s speed/],
  ['link', '10', /--link/],
  ['link', '0Mbit/s', /--link/],
  ['packageBytes', '50mb', /--package-bytes 50mb size/],
  ['packageBytes', '0', /--package-bytes/],
  ['servers', '0', /--servers 0 whole-number: 1–1000000/],
  ['servers', '1e3', /--servers/],
  ['groups', 'many', /--groups many group-sizes: 1–200/],
  ['groups', '10,,rest', /--groups 10,,rest group-sizes/],
  ['groups', 'rest,rest', /--groups/],
  ['groups', '10,4991', /--groups/],
  ['groups', '10,20', /--groups/],
  ['groups', '5000,rest', /--groups/],
  ['groups', '0,rest', /--groups/],
  ['groups', `${'1,'.repeat(200)}rest`, /--groups/],
];
for (const [option, value, expected] of wrong) {
  refused(`--${option} '${value}'`, { options: { ...described, [option]: value } }, expected);
}

test('without --forecast, its options say that they need it', () => {
  for (const option of ['compare', 'runs', 'seed', 'link', 'servers', 'groups', 'packageBytes']) {
    const read = parseForecast({ arguments: [['a']], options: { [option]: '1' } });
    assert.ok(!read.ok);
    assert.deepEqual(read.because, { code: 'OPTION_ABSENT', with: { option: '--forecast' } });
  }
});
