/** What the checkers of catalogues, servers, bytes and proofs must see. */

import { test } from 'node:test';
import { brand, type Digest, type GroupName, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { newer, old, ownServer, revisionOf, site, target, unknown } from './example.testing.ts';
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

const a1 = brand<ServerId>('a1');
const share = (story: Story, by: 'somebody' | 'lay' | 'restore', lines: string): Story =>
  story.see({ type: 'share-changed', site, by, text: lines });
const others = '[Other]\r\nName=theirs\r\n';
const laid: Tell = (story) => share(revise(story, revisionOf({})), 'lay', text('5.70') + others);
const drifted: Tell = (story) => share(laid(story), 'somebody', text('1.00') + others);
check(10, 'a restore that takes a line of others', {
  right: (story) => share(drifted(story), 'restore', text('5.70') + others),
  wrong: (story) => share(drifted(story), 'restore', text('5.70')),
});
check(10, 'a restore that takes newer content', {
  right: (story) =>
    share(
      share(laid(story), 'somebody', `${text('1.00')}[PATTERN]\r\nP.9=new\r\n`),
      'restore',
      `${text('5.70')}[PATTERN]\r\nP.9=new\r\n`,
    ),
  wrong: (story) =>
    share(
      share(laid(story), 'somebody', `${text('1.00')}[PATTERN]\r\nP.9=new\r\n`),
      'restore',
      text('5.70'),
    ),
});

const raised: Tell = (story) =>
  share(revise(laid(story), revisionOf({ text: text('5.80') })), 'lay', text('5.80') + others);
check(10, 'a restore to an older revision than the journal has', {
  right: (story) =>
    share(raised(story).see({ type: 'journal-replaced', site }), 'restore', text('5.70') + others),
  wrong: (story) => share(raised(story), 'restore', text('5.70') + others),
});

check(11, 'a list with a lower fence that is obeyed', {
  right: (story) => story.want('a1', [target.digest], 2).want('a1', [], 1).switchBegun('a1'),
  wrong: (story) => story.want('a1', [], 2).want('a1', [target.digest], 1).switchBegun('a1'),
});
check(11, 'a server that forgets what it obeyed', {
  right: (story) => story.hello('a1', old, { number: 3 }).hello('a1', old, { number: 4 }),
  wrong: (story) => story.hello('a1', old, { number: 3 }).hello('a1', old, { number: 2 }),
});

check(12, 'a tree that is not the one of its manifest', {
  right: (story) => story.unpacked('a1', target),
  wrong: (story) =>
    story.see({ type: 'unpacked', server: a1, digest: target.digest, tree: unknown }),
});
check(12, 'a switch to what was never unpacked', {
  right: switched,
  wrong: (story) => story.switched('a1', target.digest),
});

const withdrawn = { type: 'trusted', server: a1, withdrawn: [target.digest] } as const;
const forged: Digest = unknown;
check(27, 'what nobody signed, unpacked', {
  right: (story) => story.unpacked('a1', target),
  wrong: (story) => story.see({ type: 'unpacked', server: a1, digest: forged, tree: unknown }),
});
check(27, 'a program that came as content', {
  right: switched,
  wrong: (story) =>
    story.see({
      type: 'switched',
      server: a1,
      component: target.manifest.component,
      lane: 'content',
      from: null,
      to: target.digest,
      isReturn: false,
    }),
});
check(27, 'a switch to what was withdrawn, as that server knows', {
  // Told to go before it heard of it, it goes.
  right: (story) => ready(story).see(withdrawn).after(60_000).permit('a1').switchBegun('a1'),
  wrong: (story) => ready(story).see(withdrawn).after(3_600_000).permit('a1').switchBegun('a1'),
});
check(27, 'the same where the withdrawal was taken back', {
  right: (story) =>
    ready(story)
      .see(withdrawn)
      .after(3_600_000)
      .see({ ...withdrawn, withdrawn: [] })
      .permit('a1')
      .switchBegun('a1'),
  wrong: (story) =>
    ready(story).see(withdrawn).after(3_600_000).see(withdrawn).permit('a1').switchBegun('a1'),
});

check(13, 'a second switch to the same', {
  right: switched,
  wrong: (story) => switched(story).switched('a1', target.digest),
});
check(13, 'a server that is waited for although nothing runs there', {
  right: (story) => switched(story).row('a1', { state: 'vanished' }).head(stopped).ends('a1'),
  wrong: (story) => switched(story).head(stopped).ends('a1').after(3_600_000),
});
check(13, 'a server that is waited for after the end', {
  right: (story) => switched(story).head(stopped).powerOff('a1'),
  wrong: (story) => switched(story).head(stopped),
});

const started = (process: string) => ({ type: 'process-started', machine: 'a1', process }) as const;
check(14, 'a second daemon', {
  right: (story) =>
    story
      .see(started('x'))
      .see({ ...started('x'), type: 'process-ended' })
      .see(started('x')),
  wrong: (story) => story.see(started('x')).see(started('y')).see(started('x')),
});

const daemon = (type: 'process-started' | 'process-ended', machine: string) =>
  ({ type, machine, process: 'normal-server' }) as const;
check(14, 'two daemons on a normal server', {
  right: (story) =>
    story
      .see(daemon('process-started', 'a1'))
      .see(daemon('process-started', 'a1-copy-1'))
      .see(daemon('process-ended', 'a1'))
      .see(daemon('process-started', 'a1')),
  wrong: (story) =>
    story
      .see(daemon('process-started', 'a1'))
      .see(daemon('process-ended', 'a2'))
      .see(daemon('process-started', 'a1')),
});

check(15, 'a server that counts as upgraded in silence', {
  right: upgraded,
  wrong: (story) => switched(story).row('a1', { state: 'upgraded', lease: null }),
});

const failedBy = (story: Story, cause: 'network' | 'health'): Story =>
  switched(story)
    .row('a1', { state: 'returned', cause })
    .together((one) => one.head({ state: 'paused' }).group('A', { state: 'failed' }));
check(16, 'a release that is condemned for a network', {
  right: (story) => failedBy(story, 'health'),
  wrong: (story) => failedBy(story, 'network'),
});

check(17, 'a catalogue laid down over lines of others', {
  right: (story) => share(laid(story), 'lay', text('5.80') + others),
  wrong: (story) => share(laid(story), 'lay', text('5.80') + others.replace('\r', '')),
});

const ownTo =
  (digest: Digest, isReturn: boolean): Tell =>
  (story) =>
    story.switched(ownServer, digest, isReturn);
check(18, 'an old program that writes what the newer one wrote', {
  right: (story) =>
    ownTo(
      old.digest,
      true,
    )(ownTo(newer.digest, false)(story)).see({ type: 'journal-replaced', site }),
  wrong: (story) => ownTo(old.digest, true)(ownTo(newer.digest, false)(story)).stage('a1'),
});
check(18, 'a journal that is not as the old program left it', {
  right: (story) => ownTo(newer.digest, false)(story).stage('a1'),
  wrong: (story) =>
    ownTo(
      old.digest,
      true,
    )(ownTo(newer.digest, false)(story).stage('a1')).see({
      type: 'journal-replaced',
      site,
    }),
});

const proves = (is: Digest) => ({ type: 'proved', server: a1, claims: target.digest, is }) as const;
check(19, 'a process that proves to be another', {
  right: (story) => story.see(proves(target.digest)).lie('a2'),
  wrong: (story) => story.see(proves(old.digest)),
});
check(19, 'a server that counts without its proof', {
  right: upgraded,
  wrong: (story) =>
    switched(story).hello('a1', target, { proofOf: old }).row('a1', { state: 'upgraded' }),
});

check(20, 'a lease that was used twice', {
  right: switched,
  wrong: (story) => switched(story).switched('a1', old.digest, true).switched('a1', target.digest),
});
check(20, 'a server that runs something else than it has', {
  right: switched,
  wrong: (story) => switching(story).switched('a1', target.digest),
});

check(20, 'a server that runs nothing', {
  right: (story) => switched(story).ends('a1').after(30_000),
  wrong: (story) => switched(story).ends('a1').after(3_600_000),
});

check(21, 'a switch to a release of no upgrade', {
  right: switched,
  wrong: (story) => story.switched('a1', newer.digest),
});
check(21, 'a server that is newer than its information server', {
  right: switched,
  wrong: (story) => switched(story.run(ownServer, old.digest).switched(ownServer, old.digest)),
});

const ended: Tell = (story) => story.head({ state: 'finished' });
check(22, 'a server that counts as upgraded and is not', {
  right: (story) => ended(upgraded(story)),
  wrong: (story) => ended(upgraded(story).switched('a1', old.digest)),
});
check(22, 'a server that was left behind without a reason', {
  right: (story) =>
    ended(
      story
        .run('a1', old.digest)
        .row('a1', { state: 'absent', because: problem('SERVER_ABSENT', { server: a1 }) }),
    ),
  wrong: (story) => ended(story.row('a1', { state: 'absent' })),
});
check(22, 'a server that has the release and does not count', {
  right: (story) => ended(upgraded(story)),
  wrong: (story) => ended(switched(story)),
});
check(22, 'a server that ended and runs nothing', {
  right: (story) => ended(upgraded(story)).ends('a1').after(30_000),
  wrong: (story) => ended(upgraded(story)).ends('a1').after(3_600_000),
});
check(22, 'a server that is neither old nor new', {
  right: (story) => ended(story),
  wrong: (story) => ended(story.switched('a1', newer.digest)),
});

const bytes = (type: 'served' | 'fetched', count: number) =>
  ({ type, site, server: a1, digest: brand<Digest>('archive of b'), bytes: count }) as const;
check(23, 'bytes that nobody sent', {
  right: (story) => story.see(bytes('served', 10)).see(bytes('fetched', 10)),
  wrong: (story) => story.see(bytes('served', 9)).see(bytes('fetched', 10)),
});
check(23, 'bytes accounted that were not received', {
  right: (story) => story.see(bytes('served', 9)).see(bytes('fetched', 9)).account('a1', 9),
  wrong: (story) => story.see(bytes('served', 9)).see(bytes('fetched', 9)).account('a1', 10),
});

const status = { type: 'status', component: target.manifest.component } as const;
const says = (story: Story, bytesReceived: number): Story => {
  const { digest } = target;
  return story.say('a1', { ...status, digest, state: 'staged', bytesReceived, bytesTotal: 10 });
};
const fetchedAll: Tell = (story) => story.see(bytes('served', 10)).see(bytes('fetched', 10));
const minutes = 120_000;
check(23, 'bytes received that were not accounted', {
  right: (story) => says(fetchedAll(story), 10).account('a1', 10).after(minutes),
  wrong: (story) => says(fetchedAll(story), 9).account('a1', 9).after(minutes),
});
check(23, 'bytes of an earlier attempt that were not accounted', {
  right: (story) =>
    says(fetchedAll(fetchedAll(story)), 20)
      .account('a1', 20)
      .after(minutes),
  wrong: (story) =>
    says(fetchedAll(fetchedAll(story)), 10)
      .account('a1', 10)
      .after(minutes),
});
check(23, 'bytes that left and never arrived', {
  right: fetchedAll,
  wrong: (story) => story.see(bytes('served', 10)).see(bytes('fetched', 9)),
});
test('the checker of I23 knows who may have lost count', () => {
  const tooLittle: Tell = (story) => says(story, 9).account('a1', 9).after(minutes);
  const a1Ended = { type: 'running', server: a1, component: target.manifest.component } as const;
  const killed = { ...a1Ended, digest: null, works: false } as const;
  const stories: readonly Tell[] = [
    (story) => tooLittle(fetchedAll(story).see(killed)),
    (story) => tooLittle(fetchedAll(story.see(killed))),
    (story) => tooLittle(fetchedAll(story).switched('a1', old.digest, true)),
    (story) => tooLittle(fetchedAll(story)).powerOff('a1'),
    (story) => tooLittle(fetchedAll(story)).powerOff(site),
    (story) => tooLittle(fetchedAll(story)).lie('a1'),
    (story) => tooLittle(fetchedAll(story)).see({ type: 'journal-replaced', site }),
  ];
  for (const story of stories) story(new Story().begin()).watch(23);
});

check(24, 'a hello without an answer', {
  right: (story) =>
    story.hello('a1', old).tell('a1', { type: 'welcome', protocol: 1, epoch: 1 }).after(120_000),
  wrong: (story) => story.hello('a1', old).after(120_000),
});
const welcome = { type: 'welcome', protocol: 1, epoch: 1 } as const;
check(24, 'an answer that comes too late', {
  right: (story) => story.hello('a1', old).after(10_000).tell('a1', welcome),
  wrong: (story) => story.hello('a1', old).after(70_000).tell('a1', welcome),
});
const lostHello = { type: 'hello-lost', site, server: a1 } as const;
check(24, 'a server that hangs up because nobody answers', {
  right: (story) => story.hello('a1', old).after(10_000).see(lostHello),
  wrong: (story) => story.hello('a1', old).after(20_000).see(lostHello),
});
check(24, 'a server that is sent away again and again', {
  right: (story) => story.hello('a1', old).after(10_000).tell('a1', welcome).hello('a1', old),
  wrong: (story) => story.hello('a1', old).after(10_000).hello('a1', old).after(10_000),
});
const hungUp = { type: 'hung-up', site, server: a1 } as const;
check(24, 'a server that is hung up on again and again, before it can say hello', {
  right: (story) =>
    story
      .see(hungUp)
      .after(10_000)
      .see(hungUp)
      .hello('a1', old)
      .tell('a1', welcome)
      .after(10_000)
      .see(hungUp)
      .after(600_000)
      .see(hungUp),
  wrong: (story) => story.see(hungUp).after(10_000).see(hungUp).after(10_000).see(hungUp),
});
check(24, 'hellos that one information server does not answer, whatever another does', {
  right: (story) =>
    story
      .hello('a1', old)
      .see({ type: 'process-ended', machine: site, process: 'information-server' })
      .hello('a2', old)
      .see({ type: 'hello-lost', site, server: brand<ServerId>('a2') })
      .after(120_000),
  wrong: (story) =>
    story
      .hello('a1', old)
      .see({ type: 'process-ended', machine: 'osaka', process: 'information-server' })
      .see({ type: 'process-ended', machine: site, process: 'agent' })
      .after(120_000),
});
test('the checker of I24 asks nothing of an information server that cannot work', () => {
  new Story().begin().hello('a1', old).powerOff(site).after(120_000).watch(24);
});

const facts = { inFlight: 0, inFlightMax: 1, heldBy: null, proving: false };
const paused = { type: 'paused', who: 'Sato' } as const;
const group = brand<GroupName>('A');
const input = { at: 1_000, input: { event: paused, group, site: facts } } as const;
const replayed = (story: Story): Story =>
  story
    .head({ state: 'paused', because: problem('PAUSED_BY_PERSON', { who: 'Sato' }) })
    .head({ resumeTo: 'self-staging', ownHoldSince: null })
    .input(input);
check(25, 'a row that no input made', {
  right: replayed,
  wrong: (story) => replayed(story).row('a1', { state: 'staging' }),
});
check(25, 'a head that no input made', {
  right: replayed,
  wrong: (story) => replayed(story).head({ turn: 1 }),
});
