/** Commands about an organisation, its sites, and their backups; none of them asks a server. */

import type { OptionShape, Verb } from './verb.ts';

const organisationFolder: OptionShape = {
  name: 'organisation-folder',
  value: '<folder>',
  isRequired: true,
};
/** What acts on an installation itself takes its folder from nowhere but what was typed. */
export const root: OptionShape = {
  name: 'root',
  value: '<folder>',
  isRequired: true,
  words: 'root-typed',
};
export const passphraseFile: OptionShape = { name: 'passphrase-file', value: '<file>' };
const kitSeal: readonly OptionShape[] = [
  { name: 'kit-passphrase-file', value: '<file>' },
  { name: 'open-kit' },
];

export const organisationVerbs: readonly Verb[] = [
  {
    path: ['init'],
    options: [
      { name: 'organisation', value: '<name>', isRequired: true, words: 'organisation-name' },
      { name: 'out', value: '<folder>', isRequired: true, words: 'out-organisation' },
      passphraseFile,
      ...kitSeal,
    ],
    example: 'dankai init --organisation acme --out ./acme',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/organisation.ts')).makeOrganisation,
  },
  {
    path: ['site', 'add'],
    arguments: ['<site>'],
    options: [
      organisationFolder,
      { name: 'out', value: '<file>', isRequired: true, words: 'out-kit' },
      { name: 'again' },
      passphraseFile,
      ...kitSeal,
    ],
    example: 'dankai site add tokyo --organisation-folder ./acme --out tokyo.kit',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/organisation.ts')).addSite,
  },
  {
    path: ['site', 'revoke'],
    arguments: ['<site>'],
    options: [
      organisationFolder,
      { name: 'reason', value: '<text>', isRequired: true },
      passphraseFile,
      { name: 'yes' },
    ],
    example: "dankai site revoke tokyo --organisation-folder ./acme --reason 'kit stolen' --yes",
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/organisation.ts')).revokeSite,
  },
  {
    path: ['fleet', 'rehome'],
    arguments: ['<servers...>'],
    options: [
      { name: 'from', value: '<site>', isRequired: true, words: 'rehome-from' },
      { name: 'to', value: '<site>', isRequired: true, words: 'rehome-to' },
      { name: 'at', value: '<url>', isRequired: true },
      { name: 'for', value: '<duration>', words: 'rehome-for' },
      organisationFolder,
      { name: 'out', value: '<file>', isRequired: true, words: 'out-order' },
      passphraseFile,
    ],
    example:
      'dankai fleet rehome files-01 --from tokyo --to osaka --at https://osaka:4481 --organisation-folder ./acme --out tokyo-to-osaka.order',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/rehome.ts')).rehomeServers,
  },
  {
    path: ['organisation', 'import'],
    arguments: ['<file>'],
    example: 'dankai organisation import ./acme/authority/refused-authorities.crl',
    answer: 'organisation.import',
    asksServer: true,
    load: async () => (await import('../commands/organisation/organisation.ts')).importNotice,
  },
  {
    path: ['backup'],
    options: [
      root,
      { name: 'out', value: '<file>', isRequired: true, words: 'out-backup' },
      { name: 'with-secrets' },
      { name: 'without-store' },
      passphraseFile,
    ],
    example: 'dankai backup --root /opt/dankai --out tokyo.backup',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/backup.ts')).makeBackup,
  },
  {
    path: ['restore'],
    arguments: ['<file>'],
    options: [
      root,
      { name: 'revocations', value: '<file>' },
      { name: 'without-revocations' },
      passphraseFile,
      { name: 'yes' },
    ],
    example: 'dankai restore tokyo.backup --root /opt/dankai --revocations tokyo.revocations --yes',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/backup.ts')).restoreBackup,
  },
  {
    path: ['site', 'list'],
    options: [organisationFolder],
    example: 'dankai site list --organisation-folder ./acme',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/organisation/organisation.ts')).listSites,
  },
];
