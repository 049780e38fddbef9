/** Commands about the site's links: what may be spent of them, what was, and what comes from neighbours. */

import type { OptionShape, Verb } from './verb.ts';

const budgetScope: readonly OptionShape[] = [
  { name: 'link', value: '<link>', words: 'budget-link' },
  { name: 'upgrade', value: '<upgrade>', words: 'budget-upgrade' },
  { name: 'each-server' },
];

export const trafficVerbs: readonly Verb[] = [
  {
    path: ['share', 'fetch'],
    arguments: ['<version>'],
    options: [
      { name: 'component', value: '<component>' },
      { name: 'digest', value: '<digest>', words: 'fetch-digest' },
    ],
    example: 'dankai share fetch 5.80.1179',
    answer: 'share.fetch',
    asksServer: true,
    load: async () => (await import('../commands/fleet/fetch.ts')).fetchShared,
  },
  {
    path: ['share', 'prune'],
    options: [
      { name: 'keep', value: '<number>', words: 'prune-keep' },
      { name: 'preview' },
      { name: 'yes' },
    ],
    example: 'dankai share prune --keep 5',
    furtherExamples: ['dankai share prune --preview', 'dankai share prune --yes'],
    answer: 'share.prune',
    asksServer: true,
    load: async () => (await import('../commands/fleet/prune.ts')).pruneShare,
  },
  {
    path: ['budget', 'show'],
    example: 'dankai budget show',
    answer: 'budget.show',
    asksServer: true,
    load: async () => (await import('../commands/fleet/budget.ts')).showBudget,
  },
  {
    path: ['budget', 'set'],
    arguments: ['<speed>'],
    options: [
      ...budgetScope,
      { name: 'for', value: '<duration>', words: 'budget-for' },
      { name: 'reason', value: '<text>', isRequired: true },
    ],
    example: "dankai budget set 20Mbit/s --for 2h --reason 'video conference'",
    furtherExamples: [
      "dankai budget set 2Mbit/s --link osaka --reason 'branch office at work'",
      "dankai budget set unlimited --each-server --reason 'night'",
    ],
    answer: 'budget.set',
    asksServer: true,
    load: async () => (await import('../commands/fleet/budget.ts')).setBudget,
  },
  {
    path: ['budget', 'reset'],
    options: budgetScope,
    example: 'dankai budget reset --link osaka',
    answer: 'budget.reset',
    asksServer: true,
    load: async () => (await import('../commands/fleet/budget.ts')).resetBudget,
  },
  {
    path: ['bill', 'show'],
    options: [
      { name: 'upgrade', value: '<upgrade>', words: 'bill-upgrade' },
      { name: 'servers', value: '<number>', words: 'bill-servers' },
    ],
    example: 'dankai bill show',
    furtherExamples: ['dankai bill show --upgrade autumn --servers 100'],
    answer: 'bill.show',
    asksServer: true,
    load: async () => (await import('../commands/fleet/bill.ts')).showBill,
  },
  {
    path: ['bill', 'export'],
    example: 'dankai bill export > bill.jsonl',
    answer: null,
    asksServer: true,
    load: async () => (await import('../commands/fleet/bill.ts')).exportBill,
  },
];
