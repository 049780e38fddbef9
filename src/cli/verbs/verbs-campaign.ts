/** Commands about campaigns over many sites: made and signed as files, then carried. */

import type { OptionShape, Verb } from './verb.ts';

const passphraseFile: OptionShape = { name: 'passphrase-file', value: '<file>' };
const out: OptionShape = {
  name: 'out',
  value: '<file>',
  isRequired: true,
  words: 'out-campaign',
};

/** On this computer's disk; folders alone are asked of a control manager. */
export const campaignFileVerbs: readonly Verb[] = [
  {
    path: ['campaign', 'make'],
    arguments: ['<file>'],
    options: [{ name: 'organisation-folder', value: '<folder>', isRequired: true }, out],
    example: 'dankai campaign make autumn.yaml --organisation-folder ./acme --out autumn.campaign',
    answer: null,
    asksServer: true,
    load: async () => (await import('../commands/organisation/campaign-files.ts')).makeCampaign,
  },
  {
    path: ['campaign', 'sign'],
    arguments: ['<campaign-file>'],
    options: [
      { name: 'key', value: '<files...>', isRequired: true, words: 'key-approver' },
      passphraseFile,
      { name: 'yes' },
    ],
    example: 'dankai campaign sign autumn.campaign --key alice.key',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/campaign-files.ts')).signCampaign,
  },
  {
    path: ['campaign', 'withdraw'],
    arguments: ['<campaign-file>'],
    options: [{ name: 'reason', value: '<text>', isRequired: true, words: 'reason-signed' }, out],
    example:
      "dankai campaign withdraw autumn.campaign --reason 'crashes with large files' " +
      '--out autumn-withdrawn.campaign',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/campaign-files.ts')).withdrawCampaign,
  },
];
