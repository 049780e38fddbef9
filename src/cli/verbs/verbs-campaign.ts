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

/** At the control manager that carries them. */
export const campaignVerbs: readonly Verb[] = [
  {
    path: ['campaign', 'send'],
    arguments: ['<campaign-file>'],
    example: 'dankai campaign send autumn.campaign',
    answer: 'campaign.send',
    asksServer: true,
    load: async () => (await import('../commands/fleet/campaign.ts')).sendCampaign,
  },
  {
    path: ['campaign', 'show'],
    arguments: ['[campaign]'],
    example: 'dankai campaign show autumn',
    answer: 'campaign.list',
    asksServer: true,
    load: async () => (await import('../commands/fleet/campaign.ts')).showCampaigns,
  },
  {
    path: ['campaign', 'pass'],
    arguments: ['<campaign>', '<wave>'],
    example: 'dankai campaign pass autumn pilot',
    answer: 'campaign.pass',
    asksServer: true,
    load: async () => (await import('../commands/fleet/campaign.ts')).passWave,
  },
  {
    path: ['campaign', 'stop'],
    arguments: ['<campaign>'],
    options: [{ name: 'reason', value: '<text>', isRequired: true }, { name: 'yes' }],
    example: "dankai campaign stop autumn --reason 'calls from Osaka'",
    answer: 'campaign.stop',
    asksServer: true,
    load: async () => (await import('../commands/fleet/campaign.ts')).stopCampaign,
  },
];

/** At a site: its own parts. */
export const campaignPartVerbs: readonly Verb[] = [
  {
    path: ['campaign', 'parts'],
    example: 'dankai campaign parts',
    answer: 'campaign.parts',
    asksServer: true,
    load: async () => (await import('../commands/fleet/campaign-parts.ts')).listParts,
  },
  {
    path: ['campaign', 'begin'],
    arguments: ['<campaign>'],
    example: 'dankai campaign begin autumn',
    answer: 'campaign.begin',
    asksServer: true,
    load: async () => (await import('../commands/fleet/campaign-parts.ts')).beginPart,
  },
];
