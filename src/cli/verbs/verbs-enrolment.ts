/** Commands about who may enrol at an information server, and who may stay. */

import type { Verb } from './verb.ts';

export const enrolmentVerbs: readonly Verb[] = [
  {
    path: ['fleet', 'token', 'add'],
    options: [
      { name: 'uses', value: '<number>' },
      { name: 'for', value: '<duration>', words: 'token-for' },
      { name: 'server', value: '<server>' },
      { name: 'at', value: '<url>' },
    ],
    example: 'dankai fleet token add --server files-01 > files-01.token',
    furtherExamples: ['dankai fleet token add --uses 200 --for 7d > tokyo.token'],
    answer: 'fleet.token.add',
    asksServer: true,
    load: async () => (await import('../commands/fleet/enrolment.ts')).addToken,
  },
  {
    path: ['fleet', 'token', 'list'],
    example: 'dankai fleet token list',
    answer: 'fleet.token.list',
    asksServer: true,
    load: async () => (await import('../commands/fleet/enrolment.ts')).listTokens,
  },
  {
    path: ['fleet', 'token', 'revoke'],
    arguments: ['<token>'],
    example: 'dankai fleet token revoke 0a1b2c3d4e5f6071',
    answer: 'fleet.token.revoke',
    asksServer: true,
    load: async () => (await import('../commands/fleet/enrolment.ts')).revokeToken,
  },
  {
    path: ['fleet', 'approve'],
    arguments: ['<server>'],
    example: 'dankai fleet approve files-01',
    answer: 'fleet.approve',
    asksServer: true,
    load: async () => (await import('../commands/fleet/enrolment.ts')).approveServer,
  },
  {
    path: ['fleet', 'revoke'],
    arguments: ['<server>'],
    options: [{ name: 'reason', value: '<text>', isRequired: true }, { name: 'yes' }],
    example: "dankai fleet revoke files-01 --reason 'stolen' --yes",
    answer: 'fleet.revoke',
    asksServer: true,
    load: async () => (await import('../commands/fleet/enrolment.ts')).revokeServer,
  },
  {
    path: ['fleet', 'remove'],
    arguments: ['<server>'],
    options: [{ name: 'yes' }],
    example: 'dankai fleet remove files-01 --yes',
    answer: 'fleet.remove',
    asksServer: true,
    load: async () => (await import('../commands/fleet/enrolment.ts')).removeServer,
  },
  {
    path: ['fleet', 'certificates'],
    example: 'dankai fleet certificates',
    answer: 'fleet.certificates',
    asksServer: true,
    load: async () => (await import('../commands/fleet/enrolment.ts')).listCertificates,
  },
];
