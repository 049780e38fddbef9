/** What is generated is current, and what the documents show works. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readPlan, type PlanContext } from '#adapters/plan/plan-file.ts';
import { goAheadCodes } from '#domain/compatibility/go-ahead.ts';
import { brand, type DomainName, type ServerId } from '#domain/names.ts';
import { planFileSchema } from '#protocol/plan/plan-file.ts';
import { commandsPage } from '../../scripts/documents/commands.ts';
import { performancePage } from '../../scripts/documents/performance.ts';
import { planSchema } from '../../scripts/documents/plan-schema.ts';
import { problemsPage } from '../../scripts/documents/problems.ts';

const read = (path: string): string =>
  readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');

const generated: readonly (readonly [string, string, string])[] = [
  ['operating/problems.md', problemsPage('en'), 'node scripts/documents/problems.ts'],
  ['operating/problems.ja.md', problemsPage('ja'), 'node scripts/documents/problems.ts'],
  ['operating/commands.md', commandsPage('en'), 'node scripts/documents/commands.ts'],
  ['operating/commands.ja.md', commandsPage('ja'), 'node scripts/documents/commands.ts'],
  ['performance.md', performancePage('en'), 'node scripts/documents/performance.ts'],
  ['performance.ja.md', performancePage('ja'), 'node scripts/documents/performance.ts'],
  ['schemas/plan.json', planSchema(), 'node scripts/documents/plan-schema.ts'],
];

for (const [path, expected, command] of generated) {
  test(`docs/${path} is current; else: ${command}`, () => {
    assert.equal(read(path), expected);
  });
}

const planPages = ['operating/plan-file.md', 'operating/plan-file.ja.md'] as const;
/** The second fence of a page; the first is the line for editors. */
const exampleOf = (page: string): string =>
  [...page.matchAll(/^```yaml\n(.*?)^```$/gms)][1]?.[1] ?? '';

const digest = 'a'.repeat(64);
const context: PlanContext = {
  now: Date.parse('2026-11-22T00:00:00Z'),
  fleet: ['files-01:tokyo', 'mail-01:osaka', 'web-01:tokyo', 'web-02:osaka', 'db-01:osaka'].map(
    (pair) => {
      const [server = '', domain = ''] = pair.split(':');
      return { server: brand<ServerId>(server), domain: brand<DomainName>(domain) };
    },
  ),
  release: (component, version) => ({
    digest: brand(digest),
    manifest: {
      format: 1,
      component,
      version,
      lane: 'program',
      kind: 'self',
      ordering: 'decimal',
      appliesTo: { min: '5.0', max: '6.0' },
      needsComponents: [],
      needs: { diskBytes: 0, memoryBytes: 0 },
      precautions: [],
      returnTo: [],
      rebootRecommended: false,
      packages: [],
      catalogue: { version: '5.80', sections: [] },
    },
  }),
};

for (const path of planPages) {
  test(`the example of docs/${path} is a plan, and means what its comments say`, () => {
    const answer = readPlan(exampleOf(read(path)), 'to-5.80.yaml', context);
    if (!answer.ok) assert.fail(JSON.stringify(answer.because));
    const plan = answer.value;
    assert.deepEqual(
      plan.groups.map(({ name, servers, hold, approve }) => [name, servers, hold, approve]),
      [
        ['A', ['files-01', 'mail-01'], 'site', false],
        ['B', ['web-01', 'web-02'], 'servers', false],
        ['C', ['db-01'], 'servers', true],
      ],
    );
    assert.equal(plan.groups[0]?.from, Date.parse('2026-11-25T11:00:00Z'));
    assert.deepEqual(plan.groups[1]?.windows[0], {
      from: Date.parse('2026-11-26T11:00:00Z'),
      until: Date.parse('2026-11-26T21:00:00Z'),
    });
    assert.equal(plan.linkBitsPerSecond, 10_000_000);
    assert.equal(plan.groupMinutesMax, 480);
  });

  test(`docs/${path} explains every key, and every reason that may be taken`, () => {
    const page = read(path);
    const explained = [...page.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, key = '']) => key);
    const { release, agent, groups, ...plain } = planFileSchema.shape;
    const group = groups.element.shape;
    const keys = [
      ...Object.keys(plain),
      'groups',
      ...Object.keys(release.shape).map((key) => `release.${key}`),
      ...Object.keys(agent.unwrap().shape).map((key) => `agent.${key}`),
      ...Object.keys(group).filter((key) => key !== 'gate'),
      ...Object.keys(group.gate.unwrap().shape).map((key) => `gate.${key}`),
    ];
    assert.deepEqual(explained.toSorted(), keys.toSorted());
    for (const code of goAheadCodes) assert.ok(page.includes(`\`${code}\``), code);
  });
}
