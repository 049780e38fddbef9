/**
 * Every command for an organisation, its keys and its signed releases: on real files, without a
 * server. What several signers do together stands in test/cli/signing.test.ts.
 */

import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { CommandLine, triedElsewhere } from './command-line-for-tests.ts';

const publicKey = z.object({ keyId: z.string(), name: z.string(), public: z.string() });
const staged = z.object({
  changes: z.array(z.object({ type: z.string() })),
  roles: z.array(z.object({ role: z.string(), signaturesMissing: z.int() })),
});
const outcome = z.object({
  lane: z.enum(['program', 'content']),
  signedBy: z.array(publicKey),
  staged: staged.nullable(),
  files: z.array(z.string()),
});
const state = z.object({
  lane: z.enum(['program', 'content']),
  roles: z.array(
    z.object({
      role: z.string(),
      threshold: z.int(),
      keys: z.array(publicKey),
      version: z.int().nullable(),
    }),
  ),
  targets: z.array(z.object({ target: z.string(), withdrawn: z.string().nullable() })),
  staged: staged.nullable(),
});
const published = outcome.extend({ staged: z.null() });

const inAcme = ['--organisation-folder', 'acme'];
const why = ['--reason', 'crashes with large files', ...inAcme];

describe('every command for keys and signatures', () => {
  let folder = '';
  let line: CommandLine;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dankai-command-line-'));
    const passphrase = join(folder, 'passphrase');
    await writeFile(passphrase, 'correct horse battery staple\n', { mode: 0o600 });
    line = await CommandLine.in(folder, { DANKAI_PASSPHRASE_FILE: passphrase });
    await mkdir(join(folder, 'tree'));
    await writeFile(join(folder, 'tree', 'run'), 'x');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function build(version: string): Promise<string> {
    const file = `program-${version}.dankai`;
    const what = ['--component', 'program', '--version', version, '--min', '5.0', '--max', '6.0'];
    const run = await line.run(['release', 'build', 'tree', ...what, '--out', file]);
    assert.equal(run.status, 0, run.err);
    return file;
  }

  const statusOf = () => line.json(state, ['release', 'status', ...inAcme]);

  test('an organisation is made, with the kit of its control manager', async () => {
    const made = z.object({
      organisation: z.literal('beta'),
      fingerprint: z.string().regex(/^[0-9a-f]{64}$/),
      kitFile: z.string(),
      passphraseFile: z.string(),
    });
    const init = (name: string) => ['init', '--organisation', name, '--out', name];
    await line.plain(init('acme'), /^Fingerprint [0-9a-f]{64}$/m);
    const { kitFile, passphraseFile } = await line.json(made, init('beta'));
    for (const file of [kitFile, passphraseFile]) {
      assert.equal((await stat(file)).mode & 0o777, 0o600);
    }
    assert.equal((await readFile(kitFile, 'utf8')).includes('PRIVATE KEY'), false);
    await line.refused(init('acme'), 1, 'ORGANISATION_EXISTS');
    await line.refused(['init', '--organisation', 'A B', '--out', 'wrong'], 2, 'NAME_UNFIT');
    await assert.rejects(stat(join(folder, 'wrong')));
  });

  test('sites are added, each with a kit of its own, and listed', async () => {
    const kits = z.array(z.object({ serial: z.string(), madeAt: z.number(), until: z.number() }));
    const one = z.object({ site: z.string(), kits });
    const add = (site: string) => ['site', 'add', site, ...inAcme, '--out', `${site}.kit`];
    await line.plain(add('tokyo'), /^tokyo: tokyo\.kit, valid until /m);
    assert.equal((await line.json(one, add('osaka'))).kits.length, 1);
    const kit = await readFile(join(folder, 'osaka.kit'), 'utf8');
    assert.equal(z.object({ site: z.string() }).parse(JSON.parse(kit)).site, 'osaka');
    await line.refused(['site', 'add', 'tokyo', ...inAcme, '--out', 'other.kit'], 1, 'SITE_EXISTS');
    await line.plain(
      ['site', 'add', 'tokyo', ...inAcme, '--out', 'other.kit', '--again', '--open-kit'],
      /^tokyo: other\.kit/m,
    );
    assert.ok((await readFile(join(folder, 'other.kit'), 'utf8')).includes('PRIVATE KEY'));
    const list = ['site', 'list', ...inAcme];
    await line.plain(list, /^tokyo .*\n(.*\n)*osaka |^osaka .*\n(.*\n)*tokyo /m);
    const { sites } = await line.json(z.object({ sites: z.array(one) }), list);
    const counted = new Map(sites.map(({ site, kits: made }) => [site, made.length]));
    assert.deepEqual([counted.get('tokyo'), counted.get('osaka')], [2, 1]);
    await line.refused(
      ['site', 'list', '--organisation-folder', 'nowhere'],
      2,
      'ORGANISATION_UNREADABLE',
    );
  });

  test('keys are made, shown and listed', async () => {
    const make = (name: string) => ['keys', 'make', name, '--out', `${name}.key`];
    await line.plain(make('bob'), /^bob \([0-9a-f]{8}\) stands in bob\.key$/m);
    const carol = await line.json(publicKey.extend({ file: z.string() }), make('carol'));
    assert.equal(carol.file, 'carol.key');
    await line.refused(make('bob'), 1, 'KEY_EXISTS');
    await line.plain(['keys', 'show', 'bob.key'], /^bob \([0-9a-f]{8}\)$/m);
    const shown = await line.json(publicKey, ['keys', 'show', 'carol.pub']);
    assert.equal(shown.keyId, carol.keyId);
    await line.refused(['keys', 'show', 'passphrase'], 2, 'KEY_FILE_UNREADABLE');
    await line.plain(['keys', 'list', ...inAcme], /Lane: program[^]*release \([^]*Lane: content/);
    const both = z.object({ program: state, content: state });
    const { content } = await line.json(both, ['keys', 'list', ...inAcme]);
    assert.equal(content.roles.find(({ role }) => role === 'targets')?.version, null);
    await line.refused(
      ['keys', 'list', '--organisation-folder', 'nowhere'],
      1,
      'REPOSITORY_ABSENT',
    );
  });

  test('releases are signed, refreshed, withdrawn and removed', async () => {
    const signed = (
      await line.plain(
        ['release', 'sign', await build('5.80'), ...inAcme],
        /^Next, at each information server: dankai share import program-5\.80\.signed\.dankai$/m,
      )
    ).trimEnd();
    assert.match(signed, /Published: program\nWritten: program-5\.80\.signed\.dankai/);
    const sign = ['release', 'sign', await build('5.81'), ...inAcme];
    const { files } = await line.json(published, sign);
    assert.deepEqual(files.slice(0, 1), ['program-5.81.signed.dankai']);
    await line.refused(['release', 'sign', 'passphrase', ...inAcme], 2, 'PACKAGE_UNREADABLE');

    await line.plain(['release', 'refresh', ...inAcme], /^Published: program$/m);
    const before = await statusOf();
    await line.json(published, ['release', 'refresh', ...inAcme]);
    const versionOf = ({ roles }: z.infer<typeof state>) =>
      roles.find(({ role }) => role === 'timestamp')?.version ?? 0;
    assert.equal(versionOf(await statusOf()), versionOf(before) + 1);
    const nobody = ['release', 'refresh', ...inAcme, '--key', 'bob.key'];
    await line.refused(nobody, 1, 'KEY_WITHOUT_ROLE');

    await campaignOf('5.81');
    const withdraw = (version: string) => ['release', 'withdraw', 'program', version, ...why];
    await line.plain(withdraw('5.80'), /^Published: program$/m);
    await line.json(published, withdraw('5.81'));
    await line.refused(withdraw('5.99'), 1, 'RELEASE_UNSIGNED');
    const permit = (from: string) => ['release', 'permit-return', 'program', '--from', from];
    await line.plain([...permit('5.81'), '--to', '5.70', ...why], /^Published: program$/m);
    await line.json(published, [...permit('5.80'), '--to', '5.70', ...why]);
    await line.refused([...permit('5.70'), '--to', '5.70', ...why], 2, 'OPTION_WRONG');

    await line.plain(
      ['release', 'status', ...inAcme],
      /program\/5\.80\.json {2}\(withdrawn: crashes with large files\)[^]*Nothing is staged\./,
    );
    const remove = (version: string) => ['release', 'remove', 'program', version, ...inAcme];
    await line.plain(remove('5.80'), /^Published: program$/m);
    await line.json(published, remove('5.81'));
    await line.refused(remove('5.81'), 1, 'RELEASE_UNSIGNED');
    assert.deepEqual(
      (await statusOf()).targets
        .map(({ target }) => target)
        .filter((one) => !one.startsWith('returns/')),
      [],
    );
    await line.refused(
      ['release', 'status', '--organisation-folder', 'nowhere'],
      1,
      'REPOSITORY_ABSENT',
    );
  });

  /** Approvers are named, make a campaign and take it back. */
  async function campaignOf(version: string): Promise<void> {
    const permit = ['release', 'permit-approver'];
    await line.plain([...permit, 'bob.pub', ...inAcme], /^Published: program$/m);
    await line.json(published, [...permit, 'carol.pub', ...inAcme]);
    await line.refused([...permit, 'passphrase', ...inAcme], 2, 'KEY_FILE_UNREADABLE');
    const lines = [
      'campaign: autumn',
      'reason: quarterly upgrade',
      `release: { version: '${version}' }`,
      'until: now+14d',
      'waves: [{ name: pilot, sites: [tokyo] }]',
      'plan: { groups: [{ name: A, domain: office }] }',
    ];
    await writeFile(join(folder, 'autumn.yaml'), lines.join('\n'));
    await writeFile(join(folder, 'wrong.yaml'), lines.slice(0, -1).join('\n'));
    const onDisk = z.object({
      campaign: z.object({ number: z.int(), withdrawn: z.string().nullable() }),
      signedBy: z.array(z.string()),
    });
    const make = (file: string) => ['campaign', 'make', file, ...inAcme, '--out'];
    await line.plain([...make('autumn.yaml'), 'a.campaign'], /^Campaign autumn, number \d+: /m);
    const made = await line.json(onDisk, [...make('autumn.yaml'), 'b.campaign']);
    await line.refused([...make('wrong.yaml'), 'c.campaign'], 2, 'PLAN_UNREADABLE');
    const sign = (key: string) => ['campaign', 'sign', 'b.campaign', '--key', key, '--yes'];
    await line.plain(sign('bob.key'), /^Signed by bob\.$/m);
    assert.deepEqual((await line.json(onDisk, sign('carol.key'))).signedBy, ['bob', 'carol']);
    await line.refused(sign('passphrase'), 2, 'KEY_FILE_UNREADABLE');
    const withdraw = ['campaign', 'withdraw', 'b.campaign', '--reason', 'too early', '--out'];
    await line.plain([...withdraw, 'd.campaign'], /^It is withdrawn: too early$/m);
    const withdrawn = await line.json(onDisk, [...withdraw, 'e.campaign']);
    assert.ok(withdrawn.campaign.number > made.campaign.number);
    assert.deepEqual([withdrawn.campaign.withdrawn, withdrawn.signedBy], ['too early', []]);
    await line.refused([...withdraw, 'e.campaign'], 1, 'FILE_EXISTS');
    const remove = (name: string) => ['release', 'remove-approver', name, ...inAcme];
    await line.plain(remove('bob'), /^Published: program$/m);
    await line.json(published, remove('carol'));
    await line.refused(remove('carol'), 1, 'APPROVER_UNKNOWN');
  }

  test('roles change hands; what two must sign is staged, carried away, given up, published', async () => {
    const rotate = ['keys', 'rotate', '--role', 'timestamp', ...inAcme];
    await line.plain([...rotate, '--add', 'bob.pub'], /^Published: program$/m);
    await line.json(published, [...rotate, '--add', 'carol.pub']);
    await line.refused([...rotate, '--threshold', '4'], 2, 'THRESHOLD_WRONG');
    const waits = async (words: readonly string[]) => {
      const { staged: waiting } = await line.json(outcome, words);
      assert.equal(waiting?.roles.at(-1)?.signaturesMissing, 1);
    };
    const publish = ['release', 'publish', ...inAcme];
    const signCopy = async (stick: string) => {
      await cp(join(folder, 'acme', 'program', 'staged'), join(folder, stick), { recursive: true });
      const sign = ['release', 'sign', '--staged', stick, '--key', 'bob.key', '--yes'];
      const copy = await line.run([...sign, '--organisation', 'acme/organisation.json']);
      assert.equal(copy.status, 0, copy.err);
    };
    await waits([...rotate, '--threshold', '2']);
    await line.refused(publish, 1, 'SIGNATURES_TOO_FEW');
    await signCopy('first');
    await line.plain([...publish, '--take', 'first'], /^Published: program$/m);

    const refresh = ['release', 'refresh', ...inAcme];
    const discard = ['release', 'discard', ...inAcme];
    await waits(refresh);
    await line.refused(discard, 2, 'CONFIRMATION_NEEDED');
    await line.plain([...discard, '--yes'], /^Given up\. Nothing is staged\.$/m);
    await waits(refresh);
    await line.json(z.object({ lane: z.literal('program') }), [...discard, '--yes']);
    await waits(refresh);
    await signCopy('second');
    await line.json(published, [...publish, '--take', 'second']);

    const revoke = (name: string) => ['keys', 'revoke', name, '--threshold', '1', ...inAcme];
    await line.plain(revoke('bob'), /^Published: program$/m);
    const { outcomes } = await line.json(
      z.object({ outcomes: z.array(published) }),
      revoke('carol'),
    );
    assert.equal(outcomes.length, 1);
    await line.refused(revoke('bob'), 1, 'KEY_UNKNOWN');
    const { roles } = await statusOf();
    assert.ok(roles.every(({ threshold, keys }) => threshold === 1 && keys.length === 1));
  });

  test('no command is without its case', () => line.assertProved(triedElsewhere.signing));
});
