/**
 * Every command of the CLI as data: words, arguments, options, an example, and where its code is.
 * The argument parser, the help in both languages and docs/operating/commands.md come from here.
 */

import type { OptionShape, Verb } from './verb.ts';
import { peopleVerbs } from './verbs-people.ts';
import { organisationVerbs } from './verbs-organisation.ts';
import { auditVerbs } from './verbs-record.ts';
import { trafficVerbs } from './verbs-traffic.ts';
import { signingVerbs } from './verbs-signing.ts';
import { campaignFileVerbs, campaignPartVerbs, campaignVerbs } from './verbs-campaign.ts';
import { contentVerbs } from './verbs-content.ts';
import { enrolmentVerbs } from './verbs-enrolment.ts';
import { installationVerbs } from './verbs-installation.ts';

const yes: OptionShape = { name: 'yes' };
const watch: OptionShape = { name: 'watch' };
const acknowledge: OptionShape = { name: 'acknowledge' };

const fleetVerbs: readonly Verb[] = [
  {
    path: ['site', 'show'],
    example: 'dankai site show --root /opt/dankai',
    answer: 'site.show',
    asksServer: true,
    load: async () => (await import('../commands/fleet/site.ts')).showSite,
  },
  {
    path: ['fleet', 'tree'],
    example: 'dankai fleet tree --root /opt/dankai',
    answer: 'fleet.tree',
    asksServer: true,
    load: async () => (await import('../commands/fleet/fleet.ts')).showTree,
  },
  {
    path: ['fleet', 'move'],
    arguments: ['<server>'],
    options: [{ name: 'domain', value: '<domain>', isRequired: true }],
    example: 'dankai fleet move files-01 --domain tokyo',
    answer: 'fleet.move',
    asksServer: true,
    load: async () => (await import('../commands/fleet/fleet.ts')).moveServer,
  },
  {
    path: ['identify'],
    arguments: ['<server>'],
    options: [{ name: 'all' }],
    example: 'dankai identify files-01',
    answer: 'fleet.identify',
    asksServer: true,
    load: async () => (await import('../commands/fleet/fleet.ts')).identifyServer,
  },
  {
    path: ['fleet', 'doctor'],
    arguments: ['<server>'],
    example: 'dankai fleet doctor files-01',
    answer: 'fleet.doctor',
    asksServer: true,
    load: async () => (await import('../commands/fleet/care.ts')).examineServer,
  },
  {
    path: ['fleet', 'log'],
    arguments: ['<server>'],
    options: [
      { name: 'log', value: '<name>' },
      { name: 'lines', value: '<number>' },
    ],
    example: 'dankai fleet log files-01 --lines 100',
    answer: 'fleet.log',
    asksServer: true,
    load: async () => (await import('../commands/fleet/care.ts')).readServerLog,
  },
  {
    path: ['components'],
    example: 'dankai components',
    answer: 'components.list',
    asksServer: true,
    load: async () => (await import('../commands/fleet/site.ts')).listComponents,
  },
  {
    path: ['share', 'import'],
    arguments: ['<file>'],
    example: 'dankai share import program-5.80.1179.dankai',
    answer: 'share.import',
    asksServer: true,
    load: async () => (await import('../commands/fleet/share.ts')).importRelease,
  },
  {
    path: ['deploy'],
    options: [
      { name: 'component', value: '<component>' },
      { name: 'version', value: '<version>' },
      { name: 'servers', value: '<servers...>', isRequired: true },
      acknowledge,
      { name: 'ahead-of-information-server', value: '<reason>' },
    ],
    example: 'dankai deploy --component program --servers files-01,files-02',
    answer: 'deploy',
    asksServer: true,
    load: async () => (await import('../commands/fleet/deploy.ts')).deployProgram,
  },
  {
    path: ['rollback'],
    arguments: ['<server>'],
    options: [
      { name: 'component', value: '<component>', words: 'component-deployed' },
      { name: 'version', value: '<version>', words: 'version-before' },
      { name: 'reason', value: '<text>', isRequired: true },
      acknowledge,
    ],
    example: "dankai rollback files-01 --reason 'scans stop after an hour'",
    answer: 'rollback',
    asksServer: true,
    load: async () => (await import('../commands/fleet/deploy.ts')).rollbackServer,
  },
  {
    path: ['update', 'now'],
    options: [{ name: 'source', value: '<source>' }],
    example: 'dankai update now --source /mnt/update',
    answer: 'update.now',
    asksServer: true,
    load: async () => (await import('../commands/fleet/deploy.ts')).updateNow,
  },
];

const guardVerbs: readonly Verb[] = [
  {
    path: ['catalogue', 'show'],
    example: 'dankai catalogue show > server.ini',
    answer: 'catalogue.show',
    asksServer: true,
    load: async () => (await import('../commands/catalogue/catalogue.ts')).showCatalogue,
  },
  {
    path: ['catalogue', 'diff'],
    example: 'dankai catalogue diff',
    answer: 'catalogue.diff',
    asksServer: true,
    load: async () => (await import('../commands/catalogue/catalogue.ts')).diffCatalogue,
  },
  {
    path: ['catalogue', 'restore'],
    options: [{ name: 'preview' }, yes],
    example: 'dankai catalogue restore --preview',
    answer: 'catalogue.restore',
    asksServer: true,
    load: async () => (await import('../commands/catalogue/catalogue.ts')).restoreCatalogue,
  },
  ...(['status', 'stop', 'start', 'upgrade'] as const).map((name): Verb => ({
    path: ['agent', name],
    example: `dankai agent ${name}`,
    answer: `agent.${name}`,
    asksServer: true,
    load: async () => {
      const { showAgent, startAgent, stopAgent, upgradeAgent } =
        await import('../commands/fleet/agent.ts');
      return { status: showAgent, start: startAgent, stop: stopAgent, upgrade: upgradeAgent }[name];
    },
  })),
  ...trafficVerbs,
  {
    path: ['hold', 'add'],
    options: [
      { name: 'reason', value: '<text>', isRequired: true },
      { name: 'for', value: '<duration>' },
      { name: 'from', value: '<time>', words: 'hold-from' },
      { name: 'every', value: '<period>' },
      { name: 'times', value: '<number>' },
      { name: 'servers', value: '<servers...>' },
      { name: 'domains', value: '<domains...>' },
      { name: 'sites', value: '<sites...>' },
      { name: 'lanes', value: '<lanes...>' },
      { name: 'components', value: '<components...>' },
    ],
    example: "dankai hold add --reason 'migration to 5.80' --for 2h",
    furtherExamples: [
      "dankai hold add --reason 'year end' --from 2026-12-25T18:00+09:00 --for 11d --every year --times 3 --lanes program,content",
    ],
    answer: 'hold.add',
    asksServer: true,
    load: async () => (await import('../commands/fleet/hold.ts')).addHold,
  },
  {
    path: ['hold', 'list'],
    example: 'dankai hold list',
    answer: 'hold.list',
    asksServer: true,
    load: async () => (await import('../commands/fleet/hold.ts')).listHolds,
  },
  {
    path: ['hold', 'calendar'],
    example: 'dankai hold calendar > holds.ics',
    answer: 'hold.list',
    asksServer: true,
    load: async () => (await import('../commands/fleet/hold.ts')).holdCalendar,
  },
  {
    path: ['hold', 'release'],
    arguments: ['<hold>'],
    options: [{ name: 'series' }, yes],
    example: 'dankai hold release hold-1 --yes',
    answer: 'hold.release',
    asksServer: true,
    load: async () => (await import('../commands/fleet/hold.ts')).releaseHold,
  },
];

const upgradeNamed = { name: 'upgrade', value: '<upgrade>' };

const upgradeVerbs: readonly Verb[] = [
  {
    path: ['upgrade', 'plan'],
    arguments: ['[plans...]'],
    options: [
      acknowledge,
      { name: 'forecast' },
      { name: 'compare' },
      { name: 'runs', value: '<number>' },
      { name: 'seed', value: '<number>' },
      { name: 'link', value: '<speed>' },
      { name: 'servers', value: '<number>', words: 'servers-counted' },
      { name: 'groups', value: '<number|sizes>' },
      { name: 'package-bytes', value: '<size>' },
      { name: 'local-minutes', value: '<number>' },
      { name: 'local-people', value: '<number>' },
    ],
    example: 'dankai upgrade plan to-5.80.yaml --forecast',
    furtherExamples: [
      'dankai upgrade plan to-5.80.yaml --forecast --compare',
      'dankai upgrade plan to-5.80.yaml to-5.80-slow.yaml --forecast',
      'dankai upgrade plan --forecast --servers 3000 --groups 4 --link 50Mbit/s',
      'dankai upgrade plan --forecast --servers 5000 --groups 10,500,rest --link 10Mbit/s',
    ],
    answer: 'upgrade.plan',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade-plan.ts')).planUpgrade,
  },
  {
    path: ['upgrade', 'start'],
    arguments: ['<plan>'],
    options: [acknowledge, watch],
    example: 'dankai upgrade start to-5.80.yaml --acknowledge --watch',
    answer: 'upgrade.start',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade-plan.ts')).startUpgrade,
  },
  {
    path: ['upgrade', 'status'],
    options: [upgradeNamed, watch],
    example: 'dankai upgrade status --watch',
    answer: 'upgrade.status',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade.ts')).showUpgrade,
  },
  {
    path: ['upgrade', 'report'],
    arguments: ['[upgrade]'],
    example: 'dankai upgrade report to-5.80 --json > report.json',
    answer: 'upgrade.report',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade-report.ts')).reportUpgrade,
  },
  {
    path: ['upgrade', 'approve'],
    arguments: ['<group>'],
    options: [upgradeNamed],
    example: 'dankai upgrade approve B',
    answer: 'upgrade.approve',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade.ts')).approveGroup,
  },
  {
    path: ['upgrade', 'pause'],
    options: [upgradeNamed],
    example: 'dankai upgrade pause',
    answer: 'upgrade.pause',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade.ts')).pauseUpgrade,
  },
  {
    path: ['upgrade', 'resume'],
    options: [upgradeNamed],
    example: 'dankai upgrade resume',
    answer: 'upgrade.resume',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade.ts')).resumeUpgrade,
  },
  {
    path: ['upgrade', 'stop'],
    options: [upgradeNamed, yes],
    example: 'dankai upgrade stop --yes',
    answer: 'upgrade.stop',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade.ts')).stopUpgrade,
  },
  {
    path: ['upgrade', 'why'],
    arguments: ['<server>'],
    options: [upgradeNamed],
    example: 'dankai upgrade why files-01',
    answer: 'upgrade.why',
    asksServer: true,
    load: async () => (await import('../commands/upgrade/upgrade.ts')).whyServer,
  },
  {
    path: ['information-server', 'upgrade'],
    arguments: ['<version>'],
    example: 'dankai information-server upgrade 5.80.1179',
    answer: 'information-server.upgrade',
    asksServer: true,
    load: async () => (await import('../commands/fleet/site.ts')).upgradeInformationServer,
  },
];

const recordVerbs: readonly Verb[] = [
  ...auditVerbs,
  {
    path: ['evidence'],
    example: 'dankai evidence',
    answer: 'evidence.list',
    asksServer: true,
    load: async () => (await import('../commands/fleet/evidence.ts')).showEvidence,
  },
];

const controlManagerVerbs: readonly Verb[] = [
  {
    path: ['sites'],
    example: 'dankai sites --root /opt/dankai-control-manager',
    answer: 'control-manager.show',
    asksServer: true,
    load: async () => (await import('../commands/fleet/control-manager.ts')).listSites,
  },
  {
    path: ['site', 'move'],
    arguments: ['<site>'],
    options: [{ name: 'folder', value: '<folder>', isRequired: true }],
    example: 'dankai site move tokyo --folder east',
    answer: 'site.move',
    asksServer: true,
    load: async () => (await import('../commands/fleet/control-manager.ts')).moveSite,
  },
  {
    path: ['feed', 'poll'],
    example: 'dankai feed poll',
    answer: 'feed.poll',
    asksServer: true,
    load: async () => (await import('../commands/fleet/control-manager.ts')).pollFeed,
  },
  {
    path: ['deliver'],
    options: [{ name: 'plan', value: '<name>' }],
    example: 'dankai deliver --plan deploy-to-all-now',
    answer: 'deliver.now',
    asksServer: true,
    load: async () => (await import('../commands/fleet/control-manager.ts')).deliverNow,
  },
];

const localVerbs: readonly Verb[] = [
  {
    path: ['catalogue', 'check'],
    arguments: ['<file>'],
    options: [
      { name: 'expect', value: '<version>' },
      { name: 'baseline', value: '<file>' },
      { name: 'profile', value: '<profile>' },
    ],
    example: 'dankai catalogue check server.ini --expect 5.80',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/catalogue/catalogue-file.ts')).checkCatalogueFile,
  },
  {
    path: ['release', 'build'],
    arguments: ['<folder>'],
    options: [
      { name: 'component', value: '<component>', isRequired: true },
      { name: 'version', value: '<version>', isRequired: true },
      { name: 'min', value: '<version>', isRequired: true },
      { name: 'max', value: '<version>', isRequired: true },
      { name: 'out', value: '<file>', isRequired: true },
      { name: 'platform', value: '<platform>' },
      { name: 'ordering', value: '<ordering>' },
      { name: 'kind', value: '<kind>' },
      { name: 'precaution', value: '<sentences...>' },
      { name: 'floor', value: '<versions...>' },
      { name: 'dead-end', value: '<versions...>' },
      { name: 'prerequisite', value: '<prerequisites...>' },
      { name: 'needs-component', value: '<components...>' },
      { name: 'return-to', value: '<versions...>' },
      { name: 'reboot-recommended' },
      { name: 'disk-bytes', value: '<bytes>' },
      { name: 'memory-bytes', value: '<bytes>' },
      { name: 'tree-commands', value: '<file>' },
      { name: 'vendor-commands', value: '<file>' },
      { name: 'delta-from', value: '<versions...>' },
      { name: 'catalogue-version', value: '<version>' },
      { name: 'section', value: '<sections...>' },
    ],
    example:
      'dankai release build ./tree --component program --version 5.80.1179 ' +
      '--platform linux-x64 --min 5.0 --max 6.0 --out program-5.80.1179.dankai',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/installation/local.ts')).buildReleaseFile,
  },
  {
    path: ['release', 'show'],
    arguments: ['<file>'],
    example: 'dankai release show program-5.80.1179.dankai',
    answer: null,
    asksServer: false,
    load: async () => (await import('../commands/installation/local.ts')).showReleaseFile,
  },
];

export const verbs: readonly Verb[] = [
  ...localVerbs,
  ...installationVerbs,
  ...organisationVerbs,
  ...signingVerbs,
  ...campaignFileVerbs,
  ...fleetVerbs,
  ...enrolmentVerbs,
  ...guardVerbs,
  ...contentVerbs,
  ...upgradeVerbs,
  ...peopleVerbs,
  ...recordVerbs,
  ...controlManagerVerbs,
  ...campaignVerbs,
  ...campaignPartVerbs,
];
