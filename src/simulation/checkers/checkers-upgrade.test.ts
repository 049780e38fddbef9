/** What the checkers of leases, groups, holds and returns must see. */

import { test } from 'node:test';
import { brand, type GroupName, type ServerId } from '#domain/names.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import { exampleHead } from '#domain/upgrade/upgrade.testing.ts';
import { newGroup, type UpgradeServer } from '#domain/upgrade/state.ts';
import type { RowChange } from '../observation.ts';
import {
  content,
  holdOf,
  newer,
  old,
  pattern,
  plan,
  program,
  revisionOf,
  target,
  unknown,
} from './example.testing.ts';
import {
  check,
  ready,
  revise,
  stopped,
  switched,
  switching,
  text,
  upgraded,
  type Tell,
} from './planted.testing.ts';
import { Story } from './story.testing.ts';

check(1, 'a switch without a lease', {
  right: switched,
  wrong: (story) => ready(story).switched('a1', target.digest),
});
check(1, 'a word to go that no commit stands behind', {
  right: (story) => ready(story).permit('a1'),
  wrong: (story) => ready(story).lease('a1').go('a1'),
});
check(1, 'a switch that begins without a confirmation', {
  right: switching,
  wrong: (story) => ready(story).lease('a1').row('a1', { state: 'switching' }).switchBegun('a1'),
});
check(1, 'a switch that begins after its lease', {
  right: (story) => ready(story).permit('a1').after(59_000).switchBegun('a1'),
  wrong: (story) => ready(story).permit('a1').after(67_000).switchBegun('a1'),
});
check(1, 'a switch to something else than the lease is for', {
  right: switching,
  wrong: (story) => ready(story).permit('a1').switchBegun('a1', newer.digest),
});

check(2, 'a lease after the stop', {
  right: (story) => ready(story).lease('a1').head(stopped),
  wrong: (story) => ready(story).head(stopped).lease('a1'),
});
check(2, 'a confirmation while the upgrade is paused', {
  right: (story) => ready(story).permit('a1').head({ state: 'paused' }),
  wrong: (story) =>
    ready(story).lease('a1').head({ state: 'paused' }).row('a1', { state: 'switching' }),
});
const stoppedElsewhere = {
  type: 'committed',
  site: 'osaka',
  rows: [
    { of: 'plan', plan },
    { of: 'head', before: null, after: exampleHead(plan, stopped) },
  ],
} as const;
check(2, 'a start after the stop of its own site, not of an upgrade that another one names so', {
  right: (story) => ready(story.see(stoppedElsewhere).after(70_000)).permit('a1').switchBegun('a1'),
  wrong: (story) => ready(story).permit('a1').head(stopped).after(70_000).switchBegun('a1'),
});
check(2, 'a start later than a lease after the stop', {
  right: (story) => ready(story).permit('a1').head(stopped).after(30_000).switchBegun('a1'),
  wrong: (story) => ready(story).permit('a1').head(stopped).after(70_000).switchBegun('a1'),
});

check(3, 'one lease too many', {
  right: (story) => upgraded(story).lease('a2'),
  wrong: (story) => switched(story).lease('a2'),
});
/** Of another upgrade of the site, which has b1 and allows one server, too. */
const other: UpgradePlan = { ...plan, upgrade: brand('to-newer'), inFlightMax: 1 };
const moveOfOther = (before: UpgradeServer['state'], state: UpgradeServer['state']): RowChange => {
  const row = {
    server: brand<ServerId>('b1'),
    group: brand<GroupName>('B'),
    because: null,
    cause: null,
    lease: null,
    wasLeased: true,
    deadline: null,
  };
  const { upgrade } = other;
  return { of: 'row', upgrade, before: { ...row, state: before }, after: { ...row, state } };
};
const leaseOfOther = (story: Story): Story =>
  story.commit([{ of: 'plan', plan: other }]).commit([moveOfOther('staged', 'leased')]);
const otherEnds = (story: Story): Story => story.commit([moveOfOther('leased', 'upgraded')]);
check(3, 'two upgrades that keep their limits and together exceed that of the site', {
  right: (story) => otherEnds(leaseOfOther(upgraded(story))),
  wrong: (story) => otherEnds(leaseOfOther(switched(story))),
});
check(3, 'the same, when the second to lease is the older one', {
  right: (story) => otherEnds(leaseOfOther(story)).stage('a1').open('A').lease('a1'),
  wrong: (story) => otherEnds(leaseOfOther(story).stage('a1').open('A').lease('a1')),
});
check(3, 'a row that flies without a commit', {
  right: (story) => ready(story).lease('a1'),
  wrong: (story) =>
    ready(story).commit([
      {
        of: 'row',
        upgrade: plan.upgrade,
        before: null,
        after: {
          server: brand('b1'),
          group: brand('B'),
          state: 'leased',
          because: null,
          cause: null,
          lease: null,
          wasLeased: true,
          deadline: null,
        },
      },
    ]),
});
test('the checker of I3 does not count who vanished and comes back', () => {
  switched(new Story().begin())
    .row('a1', { state: 'vanished' })
    .lease('a2')
    .row('a1', { state: 'proving' })
    .watch(3);
});

const passA: Tell = (story) =>
  upgraded(story)
    .permit('a2')
    .row('a2', { state: 'upgraded', lease: null })
    .group('A', { state: 'settling' })
    .group('A', { state: 'passed' });
check(4, 'a group that begins too early', {
  right: (story) => passA(story).open('B'),
  wrong: (story) => upgraded(story).open('B'),
});
check(4, 'a group that passes by no rule', {
  right: (story) =>
    switched(story)
      .row('a1', { state: 'returned', cause: 'health' })
      .together((one) =>
        one.group('A', { state: 'passed' }).record('group-passed', 'Sato', { group: 'A' }),
      ),
  wrong: (story) =>
    switched(story)
      .row('a1', { state: 'returned', cause: 'health' })
      .together((one) =>
        one.group('A', { state: 'passed' }).record('group-passed', 'upgrade:x', { group: 'A' }),
      ),
});
check(4, 'an upgrade that goes on although a gate failed', {
  right: (story) =>
    switched(story)
      .row('a1', { state: 'returned', cause: 'health' })
      .together((one) => one.head({ state: 'paused' }).group('A', { state: 'failed' })),
  wrong: (story) =>
    switched(story)
      .row('a1', { state: 'returned', cause: 'health' })
      .group('A', { state: 'failed' }),
});
check(4, 'a lease while the group is not open', {
  right: (story) => ready(story).lease('a1'),
  wrong: (story) => story.stage('a1').group('A', { state: 'staging' }).lease('a1'),
});

const patternOf = (version: string) =>
  ({
    of: 'content',
    after: {
      component: pattern,
      version,
      ordering: 'decimal',
      path: 'p',
      file: { digest: content.digest, bytes: 1 },
      release: content.digest,
    },
  }) as const;
const held: Tell = (story) => story.hold(holdOf()).after(1);
const released: Tell = (story) =>
  held(story)
    .hold(holdOf({ releasedAt: 1 }))
    .after(1);
check(5, 'content that enters the share under a hold', {
  right: (story) => released(story).commit([patternOf('2')]),
  wrong: (story) => held(story).commit([patternOf('2')]),
});
check(5, 'content that is offered to a server under a hold', {
  right: (story) => released(story).want('a1', [content.digest]),
  wrong: (story) => held(story).want('a1', [content.digest]),
});
check(5, 'content that was installed without being wanted any more', {
  right: (story) => story.want('a1', [content.digest]).switched('a1', content.digest),
  wrong: (story) =>
    story.want('a1', [content.digest]).want('a1', [], 2).switched('a1', content.digest),
});
check(5, 'an older content after a newer one', {
  right: (story) => story.commit([patternOf('2')]).commit([patternOf('3')]),
  wrong: (story) => story.commit([patternOf('3')]).commit([patternOf('2')]),
});
test('the checker of I5 knows holds that end by themselves, of other components or servers', () => {
  for (const hold of [
    holdOf({ until: 1_000 }),
    holdOf({ scope: { servers: 'site', lanes: ['content'], components: [program] } }),
    holdOf({ scope: { servers: [brand('b1')], lanes: ['content'], components: [] } }),
    holdOf({ scope: { servers: 'site', lanes: ['program'], components: [] } }),
  ]) {
    new Story().begin().hold(hold).after(1).want('a1', [content.digest]).watch(5);
  }
});

const toTarget = revisionOf({ manifests: [target.digest], text: text('5.80') });
const toNewer = revisionOf({ manifests: [newer.digest], text: text('5.90') });
check(6, 'a program in the catalogue that no upgrade brought', {
  right: (story) => revise(story, revisionOf({}), toTarget),
  wrong: (story) => revise(story, revisionOf({}), toNewer),
});
check(6, 'a program section that says another number', {
  right: (story) => revise(story, toTarget),
  wrong: (story) => revise(story, revisionOf({ manifests: [target.digest], text: text('5.70') })),
});
check(6, 'a release in the catalogue that nobody published', {
  right: (story) => revise(story, revisionOf({})),
  wrong: (story) => revise(story, revisionOf({ manifests: [unknown], text: text('5.70') })),
});

check(7, 'a counter that is wrong', {
  right: upgraded,
  wrong: (story) =>
    upgraded(story).group('A', { gate: { leased: 1, healthy: 0, vanished: 0, failedBy: {} } }),
});
check(7, 'a move that its group did not count', {
  right: (story) => story.row('a1', { state: 'staging' }),
  wrong: (story) => {
    const { counts } = newGroup(brand<GroupName>('A'), 2, 0);
    return story.row('a1', { state: 'staging' }).group('A', { counts });
  },
});

check(8, 'a return to something else than what ran before', {
  right: (story) => switched(story).switched('a1', old.digest, true),
  wrong: (story) => switched(story).switched('a1', newer.digest, true),
});
check(8, 'a version that does not work and is left standing', {
  right: (story) => switched(story).run('a1', target.digest, false).powerOff('a1'),
  wrong: (story) => switched(story).run('a1', target.digest, false),
});
const wentBack: Tell = (story) => switched(story).ends('a1').switched('a1', old.digest, true);
check(8, 'a server that went back and runs nothing', {
  right: (story) => wentBack(story).after(1_000).run('a1', old.digest).after(3_600_000),
  wrong: (story) => wentBack(story).after(3_600_000),
});
test('the checker of I8 asks nothing of a machine without power, nor of the next seconds', () => {
  wentBack(new Story().begin()).powerOff('a1').after(3_600_000).watch(8);
  wentBack(new Story().begin()).after(30_000).watch(8);
});
check(8, 'a process of another version than the current one', {
  right: (story) => switched(story).run('a1', target.digest),
  wrong: (story) => switched(story).run('a1', newer.digest),
});

check(9, 'a hold of an upgrade that outlives it', {
  right: (story) =>
    story
      .hold(holdOf())
      .hold(holdOf({ releasedAt: 1 }))
      .head(stopped),
  wrong: (story) => story.hold(holdOf()).head(stopped),
});
check(9, 'a hold that is longer than the plan says', {
  right: (story) => story.hold(holdOf({ until: 600_000, releasedAt: null })),
  wrong: (story) => story.hold(holdOf({ until: 600_001 })),
});
