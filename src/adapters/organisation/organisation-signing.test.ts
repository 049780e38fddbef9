import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ReleaseManifest } from '#domain/catalogue/release.ts';
import { brand, type ComponentName, type Platform } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { SigningOutcome, SigningRequest } from '#ports/signing.ts';
import { organisationText } from '#protocol/shared/organisation.ts';
import { publicKeyText, readAnyPublicKey, type KeyOpener } from './key-opener.ts';
import { openSigning } from './organisation-signing.ts';
import { packTree } from '../release/package-archive.ts';
import { readMetadataEntries } from '../release/release-file-metadata.ts';
import { writeReleaseFile } from '../release/release-file-write.ts';
import type { Signer } from '../secrets/signing-key.ts';
import { makeSigner, openReader, rolesFor } from '../metadata/tuf-repository.testing.ts';
import { makeRepository } from '../metadata/tuf-repository.ts';
import { contentLifetimes, programLifetimes } from '../metadata/tuf-staging.ts';

const root = await mkdtemp(join(tmpdir(), 'dankai-organisation-'));
after(() => rm(root, { recursive: true, force: true }));

const [alice, bob, carol, online] = [
  makeSigner('alice'),
  makeSigner('bob'),
  makeSigner('carol'),
  makeSigner('content'),
];
const everybody = [alice, bob, carol];
const now = Date.now();

/**
 * Key files as people have them, but for their seal: it takes a fifth of a second each, and is
 * shown in `key-file.test.ts`. `closed`: names of keys whose passphrase nobody here knows.
 */
function openerFor(closed: readonly string[] = []): KeyOpener & { readonly opened: string[] } {
  const opened: string[] = [];
  return {
    opened,
    open: async (file) => {
      const key = await readAnyPublicKey(file);
      assert.ok(key.ok);
      const { name, keyId } = key.value;
      opened.push(name);
      const signer = everybody.find((one) => one.key.keyId === keyId);
      assert.ok(signer !== undefined);
      return closed.includes(name) ? refuse(problem('PASSPHRASE_WRONG', { file })) : ok(signer);
    },
    choose: async () => ok('correct horse battery staple'),
  };
}

async function writeKey({ key }: Signer, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${key.name}.key`);
  await writeFile(file, publicKeyText(key), { mode: 0o600 });
  return file;
}

let made = 0;

/** An organisation folder; the keys of `here` stand in it. */
async function organisation(options: {
  readonly signers: readonly Signer[];
  readonly threshold?: number;
  readonly here?: readonly Signer[];
}): Promise<string> {
  const { signers, threshold = 1, here = signers } = options;
  const folder = join(root, `acme-${++made}`);
  const program = rolesFor(signers, threshold);
  const content = rolesFor([online], 1, { root: program.root });
  const common = { signers, now };
  const programRoot = await makeRepository({
    ...common,
    folder: join(folder, 'program'),
    roles: program,
    lifetimes: programLifetimes,
  });
  const contentRoot = await makeRepository({
    ...common,
    folder: join(folder, 'content'),
    roles: content,
    lifetimes: contentLifetimes,
    rootAlone: true,
  });
  assert.ok(programRoot.ok && contentRoot.ok);
  const text = organisationText({
    format: 1,
    organisation: 'acme',
    authority: '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n',
    programRoot: JSON.parse(JSON.stringify(programRoot.value)),
    contentRoot: JSON.parse(JSON.stringify(contentRoot.value)),
  });
  await writeFile(join(folder, 'organisation.json'), text);
  for (const signer of here) await writeKey(signer, join(folder, 'keys'));
  return folder;
}

async function releaseFile(version: string, content = version): Promise<string> {
  const folder = await mkdtemp(join(root, 'release-'));
  await mkdir(join(folder, 'tree'));
  await writeFile(join(folder, 'tree', 'a'), content);
  const packed = await packTree(join(folder, 'tree'), join(folder, 'archive'));
  const manifest: ReleaseManifest = {
    format: 1,
    component: brand<ComponentName>('program'),
    lane: 'program',
    kind: 'tree',
    version,
    ordering: 'decimal',
    appliesTo: { min: '5.0', max: '6.0' },
    needsComponents: [],
    needs: { diskBytes: 0, memoryBytes: 0 },
    precautions: [],
    returnTo: [],
    rebootRecommended: false,
    packages: [{ platform: brand<Platform>('any'), ...packed, proof: [] }],
    catalogue: { version, sections: [] },
  };
  const file = join(folder, `program-${version}.dankai`);
  const archiveFile = (): string => join(folder, 'archive');
  assert.ok((await writeReleaseFile({ manifest, archiveFile, file })).ok);
  return file;
}

function code(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.because.code;
}

function value<Value>(result: Result<Value>): Value {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const at = (folder: string, keys: readonly string[] = []) =>
  ({ folder, lane: 'program', keys }) as const;

async function act(
  folder: string,
  request: SigningRequest,
  opener = openerFor(),
): Promise<Result<SigningOutcome>> {
  return openSigning({ opener, now: () => now }).act(request, at(folder));
}

async function signFile(folder: string, file: string, opener = openerFor()) {
  return act(folder, { type: 'release', file, out: null }, opener);
}

async function custom(folder: string, target: string): Promise<unknown> {
  const reader = await openReader(join(folder, 'program'));
  try {
    await reader.refresh();
    return (await reader.target(target))?.custom ?? null;
  } finally {
    await reader.end();
  }
}

const signing = openSigning({ opener: openerFor(), now: () => now });
const target = 'program/5.80.json';

test('one person: one command signs, publishes, and writes the signed file beside it', async () => {
  const folder = await organisation({ signers: [alice] });
  const file = await releaseFile('5.80');
  const outcome = value(await signFile(folder, file));
  const signedFile = file.replace('.dankai', '.signed.dankai');
  assert.deepEqual(outcome.files, [signedFile, join(folder, 'program.bundle')]);
  assert.equal(outcome.staged, null);
  assert.ok(await custom(folder, target));
  for (const one of outcome.files) {
    const names = [...value(await readMetadataEntries(one)).keys()];
    const expected = ['1.root.json', '2.targets.json', '2.snapshot.json', 'timestamp.json'];
    assert.deepEqual(names, expected);
  }
  const again = value(await signFile(folder, file));
  assert.deepEqual([again.signedBy, again.files], [[], outcome.files], 'nothing is done twice');
});

test('the same version with other bytes is not signed', async () => {
  const folder = await organisation({ signers: [alice] });
  value(await signFile(folder, await releaseFile('5.80')));
  assert.equal(
    code(await signFile(folder, await releaseFile('5.80', 'other'))),
    'RELEASE_VERSION_TAKEN',
  );
});

test('only as many keys are opened as it takes', async () => {
  const folder = await organisation({ signers: everybody, threshold: 2 });
  const opener = openerFor();
  const outcome = value(await signFile(folder, await releaseFile('5.80'), opener));
  assert.deepEqual(opener.opened, ['alice', 'bob']);
  assert.deepEqual(
    outcome.signedBy.map(({ name }) => name),
    ['alice', 'bob'],
  );
});

test('a key that does not open here is passed over', async () => {
  const folder = await organisation({ signers: everybody, threshold: 2 });
  const outcome = value(await signFile(folder, await releaseFile('5.80'), openerFor(['alice'])));
  assert.deepEqual(
    outcome.signedBy.map(({ name }) => name),
    ['bob', 'carol'],
  );
});

test('where no key opens, that is said', async () => {
  const folder = await organisation({ signers: [alice] });
  const answer = await signFile(folder, await releaseFile('5.80'), openerFor(['alice']));
  assert.equal(code(answer), 'PASSPHRASE_WRONG');
});

test('several persons: staged here, signed on a stick elsewhere, published here', async () => {
  const folder = await organisation({ signers: everybody, threshold: 2, here: [alice] });
  const file = await releaseFile('5.80');
  const outcome = value(await signFile(folder, file));
  assert.deepEqual(
    outcome.staged?.roles.map(({ role, signaturesMissing, waitsFor }) => [
      role,
      signaturesMissing,
      waitsFor.map(({ name }) => name).join(),
    ]),
    ['targets', 'snapshot', 'timestamp'].map((role) => [role, 1, 'bob,carol']),
  );
  const none = { copies: [], releases: [] };
  assert.equal(code(await signing.publish(at(folder), none)), 'SIGNATURES_TOO_FEW');

  const stick = join(root, 'stick');
  await cp(outcome.stagedFolder, stick, { recursive: true });
  const bobsKey = await writeKey(bob, join(root, 'bob'));
  const organisationFile = join(folder, 'organisation.json');
  const copy = { staged: stick, lane: 'program', organisation: organisationFile } as const;
  const shown = value(await signing.copy(copy));
  assert.deepEqual(shown.changes[0], { type: 'signed', target, digest: await digestOf(outcome) });
  value(await signing.signCopy(copy, [bobsKey]));

  const from = { copies: [stick], releases: [file] };
  const published = value(await signing.publish(at(folder), from));
  assert.equal(published.staged, null);
  assert.ok(published.files[0]?.endsWith('.signed.dankai'));
  assert.ok(await custom(folder, target));
});

async function digestOf({ staged }: SigningOutcome): Promise<string> {
  const change = staged?.changes.find((one) => one.type === 'signed');
  assert.ok(change?.type === 'signed');
  return change.digest;
}

test('what a copy hides from its signer is seen where organisation.json is there', async () => {
  const folder = await organisation({ signers: [alice, bob], threshold: 2, here: [alice] });
  const { stagedFolder } = value(await signFile(folder, await releaseFile('6.66')));
  const stick = join(root, 'stick-hiding');
  await cp(stagedFolder, stick, { recursive: true });
  // Who carries it says that the release was there before, so that nothing seems to be new.
  const staged = JSON.parse(await readFile(join(stick, 'staged.json'), 'utf8'));
  staged.before.targets.signed.targets = staged.metadata.targets.signed.targets;
  await writeFile(join(stick, 'staged.json'), JSON.stringify(staged));
  const copy = { staged: stick, lane: 'program' } as const;
  const unaware = value(await signing.copy({ ...copy, organisation: null }));
  assert.equal(unaware.isCompared, false);
  assert.ok(!unaware.changes.some((change) => change.type === 'signed'));
  const compared = { ...copy, organisation: join(folder, 'organisation.json') };
  assert.equal(code(await signing.copy(compared)), 'STAGED_FOREIGN');
  const bobsKey = await writeKey(bob, join(root, 'bob'));
  assert.equal(code(await signing.signCopy(compared, [bobsKey])), 'STAGED_FOREIGN');
});

test('a copy of another organisation is seen', async () => {
  const [ours, theirs] = [
    await organisation({ signers: [alice, bob], threshold: 2, here: [alice] }),
    await organisation({ signers: [bob], threshold: 1 }),
  ];
  const { stagedFolder } = value(await signFile(ours, await releaseFile('5.80')));
  const organisationFile = join(theirs, 'organisation.json');
  const copy = { staged: stagedFolder, lane: 'program', organisation: organisationFile } as const;
  assert.equal(code(await signing.copy(copy)), 'STAGED_FOREIGN');
});

test('a manifest that was exchanged on a stick is not signed', async () => {
  const folder = await organisation({ signers: [alice, bob], threshold: 2, here: [alice] });
  const { stagedFolder } = value(await signFile(folder, await releaseFile('5.80')));
  const staged = JSON.parse(await readFile(join(stagedFolder, 'staged.json'), 'utf8'));
  staged.files[target] = '{}';
  await writeFile(join(stagedFolder, 'staged.json'), JSON.stringify(staged));
  const copy = { staged: stagedFolder, lane: 'program', organisation: null } as const;
  const bobsKey = await writeKey(bob, join(root, 'bob'));
  assert.equal(code(await signing.signCopy(copy, [bobsKey])), 'PACKAGE_DIGEST_WRONG');
});

type StagedJson = {
  metadata: {
    targets: { signed: { delegations?: object; targets: Record<string, Record<string, object>> } };
    snapshot: { signed: { meta: Record<string, object> } };
    timestamp: { signed: { note?: string } };
  };
};

/** What somebody adds to a copy, and would be signed unseen. */
const smuggled: readonly (readonly [string, (staged: StagedJson) => void])[] = [
  [
    'a delegation to other keys',
    ({ metadata }) => {
      metadata.targets.signed.delegations = { keys: {}, roles: [] };
    },
  ],
  [
    'a second digest of a target',
    ({ metadata }) => {
      Object.assign(metadata.targets.signed.targets[target]?.['hashes'] ?? {}, { sha512: 'ab' });
    },
  ],
  [
    'another word about a target',
    ({ metadata }) => {
      Object.assign(metadata.targets.signed.targets[target]?.['custom'] ?? {}, { runAs: 'root' });
    },
  ],
  [
    'other targets under the snapshot',
    ({ metadata }) => {
      metadata.snapshot.signed.meta = { 'targets.json': { version: 99 } };
    },
  ],
  [
    'a word in the timestamp',
    ({ metadata }) => {
      metadata.timestamp.signed.note = 'x';
    },
  ],
];
for (const [name, smuggle] of smuggled) {
  test(`not signed unseen: ${name}`, async () => {
    const folder = await organisation({ signers: [alice, bob], threshold: 2, here: [alice] });
    const { stagedFolder } = value(await signFile(folder, await releaseFile('5.80')));
    const file = join(stagedFolder, 'staged.json');
    const staged: StagedJson = JSON.parse(await readFile(file, 'utf8'));
    const copy = { staged: stagedFolder, lane: 'program', organisation: null } as const;
    const bobsKey = await writeKey(bob, join(root, 'bob'));
    smuggle(staged);
    await writeFile(file, JSON.stringify(staged));
    assert.equal(code(await signing.copy(copy)), 'METADATA_MIXED');
    assert.equal(code(await signing.signCopy(copy, [bobsKey])), 'METADATA_MIXED');
  });
}

test('withdrawn with a reason, then removed; never removed before', async () => {
  const folder = await organisation({ signers: [alice] });
  value(await signFile(folder, await releaseFile('5.80')));
  const which = { component: 'program', version: '5.80' } as const;
  assert.equal(code(await act(folder, { type: 'remove', ...which })), 'RELEASE_NOT_WITHDRAWN');
  value(await act(folder, { type: 'withdraw', ...which, reason: 'crashes' }));
  const facts = await custom(folder, target);
  assert.ok(typeof facts === 'object' && facts !== null && 'withdrawn' in facts);
  assert.equal(facts.withdrawn, 'crashes');
  assert.equal(code(await signFile(folder, await releaseFile('5.80'))), 'RELEASE_WITHDRAWN');
  value(await act(folder, { type: 'remove', ...which }));
  assert.equal(await custom(folder, target), null);
  assert.equal(
    code(await act(folder, { type: 'withdraw', ...which, reason: 'x' })),
    'RELEASE_UNSIGNED',
  );
});

test('a release that was staged and removed again before it was published leaves nothing', async () => {
  const folder = await organisation({ signers: [alice, bob], threshold: 2, here: [alice] });
  value(await signFile(folder, await releaseFile('5.80')));
  value(await signFile(folder, await releaseFile('5.90')));
  const which = { component: 'program', version: '5.80' } as const;
  value(await act(folder, { type: 'withdraw', ...which, reason: 'too early' }));
  value(await act(folder, { type: 'remove', ...which }));
  await writeKey(bob, join(folder, 'keys'));
  value(await act(folder, { type: 'sign' }));
  assert.equal(await custom(folder, target), null);
  assert.ok(await custom(folder, 'program/5.90.json'));
});

test('a permitted return is a target of its own', async () => {
  const folder = await organisation({ signers: [alice] });
  const permission = { component: 'program', from: '5.80', to: '5.70', reason: 'printing' };
  value(await act(folder, { type: 'permit-return', ...permission }));
  assert.deepEqual(await custom(folder, 'returns/program/5.80-to-5.70.json'), permission);
});

test('an approver is a target whose name says whom and which key, until he is taken out', async () => {
  const folder = await organisation({ signers: [alice] });
  const file = await writeKey(carol, join(root, 'approvers'));
  const { keyId, public: text } = carol.key;
  const name = `approvers/carol/${keyId}.json`;
  value(await act(folder, { type: 'permit-approver', file }));
  assert.deepEqual(await custom(folder, name), { public: text });
  // Once more changes nothing; another key of that name is not taken silently.
  value(await act(folder, { type: 'permit-approver', file }));
  const other = await writeKey(makeSigner('carol'), join(root, 'others'));
  assert.equal(
    code(await act(folder, { type: 'permit-approver', file: other })),
    'APPROVER_EXISTS',
  );
  value(await act(folder, { type: 'remove-approver', name: 'carol' }));
  assert.equal(await custom(folder, name), null);
  const again = await act(folder, { type: 'remove-approver', name: 'carol' });
  assert.equal(code(again), 'APPROVER_UNKNOWN');
});

test('content is not signed by people, but its root is', async () => {
  const folder = await organisation({ signers: [alice] });
  const place = { folder, lane: 'content', keys: [] } as const;
  const file = await releaseFile('5.80');
  const asked = await signing.act({ type: 'release', file, out: null }, place);
  assert.equal(code(asked), 'LANE_SIGNED_ELSEWHERE');
  const next = await writeKey(makeSigner('content-2'), join(root, 'next'));
  const outcome = value(
    await signing.act(
      {
        type: 'keys',
        roles: ['targets', 'snapshot', 'timestamp'],
        add: [next],
        remove: ['content'],
        threshold: null,
      },
      place,
    ),
  );
  assert.deepEqual(outcome.files, [join(folder, 'content.bundle')]);
  const names = [...value(await readMetadataEntries(outcome.files[0] ?? '')).keys()];
  assert.deepEqual(names, ['1.root.json', '2.root.json']);
});

test('a timestamp is renewed, and what is given up is not published', async () => {
  const folder = await organisation({ signers: [alice, bob], threshold: 2, here: [alice] });
  value(await act(folder, { type: 'refresh' }));
  value(await signing.discard(at(folder)));
  assert.equal(code(await signing.discard(at(folder))), 'NOTHING_STAGED');
  assert.equal(code(await act(folder, { type: 'sign' })), 'NOTHING_STAGED');
  await writeKey(bob, join(folder, 'keys'));
  value(await act(folder, { type: 'refresh' }));
  const state = value(await signing.state(folder, 'program'));
  const timestamp = state.roles.find(({ role }) => role === 'timestamp');
  assert.equal(timestamp?.version, 3, 'the number of what was given up is not used again');
});

test('what waited until it expired is not published', async () => {
  const folder = await organisation({ signers: [alice, bob], threshold: 2, here: [alice] });
  value(await act(folder, { type: 'refresh' }));
  await writeKey(bob, join(folder, 'keys'));
  const late = openSigning({ opener: openerFor(), now: () => now + 91 * 86_400_000 });
  assert.equal(code(await late.act({ type: 'sign' }, at(folder))), 'METADATA_EXPIRED');
});
