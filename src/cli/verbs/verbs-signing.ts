/** The commands for keys and for the signed repositories; none of them asks a server. */

import type { OptionShape, Verb } from './verb.ts';

const organisationFolder: OptionShape = {
  name: 'organisation-folder',
  value: '<folder>',
  isRequired: true,
};
const lane: OptionShape = { name: 'lane', value: '<lane>' };
const passphraseFile: OptionShape = { name: 'passphrase-file', value: '<file>' };
const key: OptionShape = { name: 'key', value: '<files...>' };
const add: OptionShape = { name: 'add', value: '<files...>' };
const threshold: OptionShape = { name: 'threshold', value: '<number>' };
const reason: OptionShape = {
  name: 'reason',
  value: '<text>',
  isRequired: true,
  words: 'reason-signed',
};
const yes: OptionShape = { name: 'yes' };
const signing: readonly OptionShape[] = [organisationFolder, key, passphraseFile];

const local = { answer: null, asksServer: false } as const;

const keysVerbs: readonly Verb[] = [
  {
    ...local,
    path: ['keys', 'make'],
    arguments: ['<name>'],
    options: [
      { ...organisationFolder, isRequired: false },
      { name: 'out', value: '<file>', words: 'out-key' },
      { name: 'online' },
      passphraseFile,
    ],
    example: 'dankai keys make bob --out bob.key',
    load: async () => (await import('../commands/signing/keys.ts')).makeKey,
  },
  {
    ...local,
    path: ['keys', 'show'],
    arguments: ['<key-file>'],
    example: 'dankai keys show bob.key',
    load: async () => (await import('../commands/signing/keys.ts')).showKey,
  },
  {
    ...local,
    path: ['keys', 'list'],
    options: [organisationFolder],
    example: 'dankai keys list --organisation-folder ./acme',
    load: async () => (await import('../commands/signing/keys.ts')).listKeys,
  },
  {
    ...local,
    path: ['keys', 'rotate'],
    options: [
      lane,
      { name: 'role', value: '<roles...>', words: 'role-signing' },
      add,
      { name: 'remove', value: '<keys...>' },
      threshold,
      ...signing,
    ],
    example:
      'dankai keys rotate --role targets --add bob.pub --add carol.pub --threshold 2 ' +
      '--organisation-folder ./acme',
    load: async () => (await import('../commands/signing/keys.ts')).rotateKeys,
  },
  {
    ...local,
    path: ['keys', 'revoke'],
    arguments: ['<signing-key>'],
    options: [add, threshold, ...signing],
    example: 'dankai keys revoke bob --add dave.pub --organisation-folder ./acme',
    load: async () => (await import('../commands/signing/keys.ts')).revokeKey,
  },
];

export const signingVerbs: readonly Verb[] = [
  ...keysVerbs,
  {
    ...local,
    path: ['release', 'sign'],
    arguments: ['[release-file]'],
    options: [
      { ...organisationFolder, isRequired: false },
      key,
      passphraseFile,
      { name: 'out', value: '<file>', words: 'out-signed' },
      { name: 'staged', value: '<folder>' },
      { name: 'organisation', value: '<file>', words: 'organisation-of-copy' },
      lane,
      yes,
    ],
    example: 'dankai release sign program-5.80.1179.dankai --organisation-folder ./acme',
    furtherExamples: [
      'dankai release sign --staged /media/stick/staged --key bob.key --organisation organisation.json',
    ],
    load: async () => (await import('../commands/signing/release-sign.ts')).signRelease,
  },
  {
    ...local,
    path: ['release', 'publish'],
    options: [
      organisationFolder,
      { name: 'take', value: '<folders...>' },
      { name: 'release', value: '<files...>', words: 'release-signed' },
      lane,
    ],
    example:
      'dankai release publish --take /media/stick/staged --release program-5.80.1179.dankai ' +
      '--organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).publishStaged,
  },
  {
    ...local,
    path: ['release', 'refresh'],
    options: signing,
    example: 'dankai release refresh --organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).refreshTimestamp,
  },
  {
    ...local,
    path: ['release', 'withdraw'],
    arguments: ['<component>', '<version>'],
    options: [reason, ...signing],
    example:
      "dankai release withdraw program 5.80.1179 --reason 'crashes with large files' " +
      '--organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).withdrawRelease,
  },
  {
    ...local,
    path: ['release', 'permit-return'],
    arguments: ['<component>'],
    options: [
      { name: 'from', value: '<version>', isRequired: true, words: 'from-version' },
      { name: 'to', value: '<version>', isRequired: true, words: 'to-version' },
      reason,
      ...signing,
    ],
    example:
      "dankai release permit-return program --from 5.80.1179 --to 5.70.1000 --reason 'printing' " +
      '--organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).permitReturn,
  },
  {
    ...local,
    path: ['release', 'permit-approver'],
    arguments: ['<key-file>'],
    options: signing,
    example: 'dankai release permit-approver carol.pub --organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).permitApprover,
  },
  {
    ...local,
    path: ['release', 'remove-approver'],
    arguments: ['<approver>'],
    options: signing,
    example: 'dankai release remove-approver carol --organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).removeApprover,
  },
  {
    ...local,
    path: ['release', 'remove'],
    arguments: ['<component>', '<version>'],
    options: signing,
    example: 'dankai release remove program 5.60.1000 --organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).removeRelease,
  },
  {
    ...local,
    path: ['release', 'discard'],
    options: [organisationFolder, lane, yes],
    example: 'dankai release discard --organisation-folder ./acme --yes',
    load: async () => (await import('../commands/signing/release-sign.ts')).discardStaged,
  },
  {
    ...local,
    path: ['release', 'status'],
    options: [organisationFolder, lane],
    example: 'dankai release status --organisation-folder ./acme',
    load: async () => (await import('../commands/signing/release-sign.ts')).showStatus,
  },
];
