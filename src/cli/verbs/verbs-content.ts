/** Commands about content on its way through rings, and about content taken back. */

import type { Verb } from './verb.ts';

export const contentVerbs: readonly Verb[] = [
  {
    path: ['content', 'rings'],
    example: 'dankai content rings',
    answer: 'content.rings',
    asksServer: true,
    load: async () => (await import('../commands/fleet/content.ts')).listRings,
  },
  {
    path: ['content', 'pass'],
    arguments: ['<rollout>', '<ring>'],
    example: 'dankai content pass pattern first',
    answer: 'content.pass',
    asksServer: true,
    load: async () => (await import('../commands/fleet/content.ts')).passRing,
  },
  {
    path: ['content', 'admit'],
    arguments: ['<component>', '<version>'],
    options: [{ name: 'reason', value: '<text>', isRequired: true }],
    example: "dankai content admit pattern 1.103 --reason 'outbreak in Osaka'",
    answer: 'content.admit',
    asksServer: true,
    load: async () => (await import('../commands/fleet/content.ts')).admitContent,
  },
  {
    path: ['content', 'withdraw'],
    arguments: ['<component>', '<version>'],
    options: [{ name: 'reason', value: '<text>', isRequired: true }],
    example: "dankai content withdraw pattern 1.102 --reason 'scans take minutes'",
    answer: 'content.withdraw',
    asksServer: true,
    load: async () => (await import('../commands/fleet/content.ts')).withdrawContent,
  },
];
