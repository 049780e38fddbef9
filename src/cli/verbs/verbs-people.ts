/** Commands about people: accounts, tokens, logins, and what waits for approval. */

import type { OptionShape, Verb } from './verb.ts';

const scope: OptionShape = { name: 'scope', value: '<names...>' };
const passwordFile: OptionShape = { name: 'password-file', value: '<file>' };
const role = (isRequired: boolean): OptionShape => ({
  name: 'role',
  value: '<role>',
  isRequired,
  words: 'person-role',
});

export const peopleVerbs: readonly Verb[] = [
  {
    path: ['people', 'add'],
    arguments: ['<person>'],
    options: [role(true), scope, passwordFile, { name: 'without-password' }],
    example: 'dankai people add sato --role operator --scope tokyo,osaka',
    furtherExamples: ['dankai people add nightly-report --role viewer --without-password'],
    answer: 'people.add',
    asksServer: true,
    load: async () => (await import('../commands/people/people.ts')).addPerson,
  },
  {
    path: ['people', 'list'],
    example: 'dankai people list',
    answer: 'people.list',
    asksServer: true,
    load: async () => (await import('../commands/people/people.ts')).listPeople,
  },
  {
    path: ['people', 'change'],
    arguments: ['<person>'],
    options: [role(false), scope, { name: 'password' }, passwordFile],
    example: 'dankai people change sato --role approver',
    answer: 'people.change',
    asksServer: true,
    load: async () => (await import('../commands/people/people.ts')).changePerson,
  },
  {
    path: ['people', 'remove'],
    arguments: ['<person>'],
    options: [{ name: 'yes' }],
    example: 'dankai people remove sato --yes',
    answer: 'people.remove',
    asksServer: true,
    load: async () => (await import('../commands/people/people.ts')).removePerson,
  },
  {
    path: ['token', 'add'],
    arguments: ['<person>'],
    options: [
      { name: 'name', value: '<name>', isRequired: true, words: 'token-name' },
      role(false),
      scope,
      { name: 'days', value: '<number>' },
    ],
    example: 'dankai token add nightly-report --name cron --days 365 > report.token',
    answer: 'token.add',
    asksServer: true,
    load: async () => (await import('../commands/people/people.ts')).addToken,
  },
  {
    path: ['token', 'list'],
    example: 'dankai token list',
    answer: 'token.list',
    asksServer: true,
    load: async () => (await import('../commands/people/people.ts')).listTokens,
  },
  {
    path: ['token', 'revoke'],
    arguments: ['<api-token>'],
    example: 'dankai token revoke 0a1b2c3d4e5f',
    answer: 'token.revoke',
    asksServer: true,
    load: async () => (await import('../commands/people/people.ts')).revokeToken,
  },
  {
    path: ['login'],
    arguments: ['<person>'],
    options: [passwordFile],
    example:
      'dankai login sato --address https://tokyo.example:7443 --organisation organisation.json --site tokyo',
    answer: null,
    asksServer: true,
    load: async () => (await import('../commands/people/session.ts')).login,
  },
  {
    path: ['logout'],
    example: 'dankai logout --address https://tokyo.example:7443 --organisation organisation.json',
    answer: null,
    asksServer: true,
    load: async () => (await import('../commands/people/session.ts')).logout,
  },
  {
    path: ['console', 'link'],
    options: [{ name: 'person', value: '<person>', words: 'link-person' }],
    example: 'dankai console link --root /opt/dankai',
    answer: 'session.link',
    asksServer: true,
    load: async () => (await import('../commands/people/session.ts')).consoleLink,
  },
  {
    path: ['whoami'],
    example: 'dankai whoami',
    answer: 'whoami',
    asksServer: true,
    load: async () => (await import('../commands/people/session.ts')).whoami,
  },
  {
    path: ['password'],
    options: [passwordFile, { name: 'new-password-file', value: '<file>' }],
    example: 'dankai password',
    answer: 'password.change',
    asksServer: true,
    load: async () => (await import('../commands/people/session.ts')).changePassword,
  },
  {
    path: ['approvals'],
    example: 'dankai approvals',
    answer: 'approval.list',
    asksServer: true,
    load: async () => (await import('../commands/people/approvals.ts')).listApprovals,
  },
  {
    path: ['approve'],
    arguments: ['<request>'],
    example: 'dankai approve request-3f9a21',
    answer: 'approval.give',
    asksServer: true,
    load: async () => (await import('../commands/people/approvals.ts')).giveApproval,
  },
];
