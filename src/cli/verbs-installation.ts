/** Commands about one installation on this computer: laying it down, running it, taking it away. */

import type { OptionShape, Verb } from './verb.ts';
import { root } from './verbs-organisation.ts';

const yes: OptionShape = { name: 'yes' };

export const installationVerbs: readonly Verb[] = [
  {
    path: ['install'],
    options: [
      root,
      { name: 'role', value: '<roles...>', isRequired: true },
      { name: 'release', value: '<file>' },
      { name: 'settings', value: '<file>' },
      { name: 'name', value: '<name>' },
      { name: 'domain', value: '<domain>' },
      { name: 'host', value: '<address>' },
      { name: 'insecure-loopback' },
      { name: 'kit', value: '<file>' },
      { name: 'keep-kit' },
      { name: 'signatures', value: '<file>' },
      { name: 'unsigned-baseline' },
      { name: 'token-file', value: '<file>', words: 'enrolment-token-file' },
      { name: 'information-server', value: '<url>' },
      { name: 'control-manager', value: '<url>' },
    ],
    example: 'dankai install --root /opt/dankai --role information-server --kit tokyo.kit',
    furtherExamples: [
      'dankai install --root /opt/dankai --role normal-server --token-file files-01.token',
      'dankai install --root /opt/dankai --role information-server --insecure-loopback',
    ],
    answer: null,
    asksServer: false,
    load: async () => (await import('./commands/local.ts')).installHere,
  },
  {
    path: ['enrol'],
    options: [
      root,
      { name: 'token-file', value: '<file>', words: 'enrolment-token-file' },
      { name: 'kit', value: '<file>' },
      { name: 'order', value: '<file>' },
    ],
    example: 'dankai enrol --root /opt/dankai --token-file files-01.token',
    furtherExamples: [
      'dankai enrol --root /opt/dankai --kit tokyo.kit',
      'dankai enrol --root /opt/dankai --order tokyo-to-osaka.order',
    ],
    answer: null,
    asksServer: false,
    load: async () => (await import('./commands/local.ts')).enrolHere,
  },
  {
    path: ['uninstall'],
    options: [root, { name: 'only-agent' }, { name: 'force' }, yes],
    example: 'dankai uninstall --root /opt/dankai',
    furtherExamples: [
      'dankai uninstall --root /opt/dankai --force --yes',
      'dankai uninstall --root /opt/dankai --only-agent',
    ],
    answer: null,
    asksServer: false,
    load: async () => (await import('./commands/uninstall.ts')).uninstall,
  },
  {
    path: ['run'],
    options: [root],
    example: 'dankai run --root /opt/dankai',
    answer: null,
    asksServer: false,
    load: async () => (await import('./commands/local.ts')).becomeLauncher,
  },
];
