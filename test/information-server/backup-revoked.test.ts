/** What a restore does not bring back: access of any kind, older metadata, and what nobody named. */

import assert from 'node:assert/strict';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { keepRevocations } from '#adapters/backup/revocations-file.ts';
import { noticeFiles } from '#adapters/identity/notice-files.ts';
import { makeRefusedAuthorities } from '#adapters/identity/refused-authorities.ts';
import { addText, writeTar } from '#adapters/files/tar-file.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { trustIn } from '#adapters/metadata/trust-tuf.ts';
import { writeOrganisation, writeSecret } from '#adapters/identity/trust-files.ts';
import { brand, type CredentialId, type Digest, type PersonName } from '#domain/names.ts';
import type { EnrolledServer, EnrolmentTokenRow } from '#domain/trust/enrolment.ts';
import type { StoredPerson } from '#ports/people.ts';
import type { Revocations } from '#protocol/shared/revocations.ts';
import { serverId } from '#protocol/shared/primitives.ts';
import {
  backup,
  codeOf,
  dataOf,
  digest,
  folder,
  installation,
  restore,
  tokyo,
  within,
} from './backup-site.ts';
import { TestRepository } from '../trust/tuf-for-tests.ts';

const tokenRow: EnrolmentTokenRow = {
  id: '00112233445566aa',
  secretDigest: brand<Digest>('b'.repeat(64)),
  madeAt: 0,
  until: 9e12,
  who: 'mori',
  usesMax: 1,
  uses: 0,
  server: null,
  revokedAt: null,
};
const person = (name: string): StoredPerson => ({
  name: brand<PersonName>(name),
  role: 'administrator',
  scope: 'whole',
  password: '$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHQ$aGFzaGhhc2g',
  at: 0,
});
const server = (name: string): EnrolledServer => ({
  server: serverId.parse(name),
  state: 'enrolled',
  since: 0,
  token: tokenRow.id,
  keyDigest: null,
  installId: 'install-1',
  machineId: 'machine-1',
  remote: '127.0.0.1',
  until: 9e12,
  approvedBy: 'mori',
  refusedBefore: null,
});
const sato = brand<PersonName>('sato');

/** Two people with passwords and tokens, two servers, one token that nobody used. */
async function inhabited(name: string): Promise<string> {
  const root = await tokyo(name);
  await within(root, async ({ people, enrolment }) => {
    await enrolment.putToken(tokenRow);
    for (const one of ['sato', 'kimura']) await people.putPerson(person(one));
    const id = brand<CredentialId>('t1');
    await people.putToken({
      id,
      person: sato,
      name: 'script',
      isOfLogin: false,
      role: 'viewer',
      scope: 'whole',
      at: 0,
      until: null,
      usedAt: null,
      digest: brand<Digest>('c'.repeat(64)),
    });
    for (const one of ['files-01', 'files-02']) {
      await enrolment.putEnrolled(server(one));
      const from = { from: 0, until: 9e12, revokedAt: null };
      await enrolment.putCertificate({
        serial: `${one}-old`,
        server: serverId.parse(one),
        ...from,
      });
    }
  });
  return root;
}

test('no hash of a password and no token is in a backup, not even in a page that was freed', async () => {
  const root = await inhabited('bare');
  await within(root, async ({ people }) => people.removePerson(brand<PersonName>('kimura')));
  await writeSecret(root, 'console.token', 'secret-of-the-installation\n');
  assert.ok((await backup(root, 'bare.backup', { withSecrets: true })).ok);
  const bytes = await readFile(join(folder, 'bare.backup'), 'latin1');
  for (const secret of ['argon2id$v=19', 'c'.repeat(64), 'secret-of-the-installation']) {
    assert.equal(bytes.includes(secret), false, secret);
  }
  const fresh = await installation('bare-again');
  assert.ok((await restore(fresh, 'bare.backup')).ok);
  await assert.rejects(stat(join(fresh, 'secrets', 'console.token')));
});

test('after a restore no token, session or password of before lets anybody in', async () => {
  const root = await inhabited('void');
  assert.ok((await backup(root, 'void.backup')).ok);
  const fresh = await installation('void-again');
  const restored = await restore(fresh, 'void.backup');
  assert.ok(restored.ok, JSON.stringify(restored));
  const { voided, revocationsAt } = restored.value;
  assert.deepEqual(
    [voided.enrolmentTokens, voided.passwords, voided.serversRevoked, revocationsAt],
    [1, 2, 0, null],
  );
  await within(fresh, async ({ people, enrolment }) => {
    assert.equal((await enrolment.token(tokenRow.id))?.revokedAt, 1_000);
    assert.deepEqual(await people.tokens(), []);
    assert.equal((await people.person(sato))?.password, null);
    assert.equal((await enrolment.enrolled(serverId.parse('files-01')))?.state, 'enrolled');
  });
});

test('a list from elsewhere revokes again what was revoked since the backup', async () => {
  const root = await inhabited('list');
  assert.ok((await backup(root, 'list.backup')).ok);
  const revoked: EnrolledServer = { ...server('files-01'), state: 'revoked', refusedBefore: 5_000 };
  const renewed: EnrolledServer = { ...server('files-02'), refusedBefore: 6_000 };
  const list: Revocations = {
    format: 1,
    site: serverId.parse('tokyo'),
    at: 9_000,
    servers: [
      { standing: revoked, certificates: [] },
      { standing: renewed, certificates: ['files-02-new'] },
    ],
    people: [{ name: sato, role: 'viewer', scope: ['a'] }],
  };
  const file = join(folder, 'tokyo.revocations');
  assert.equal(codeOf(await keepRevocations(file, list)), 'FILE_UNREADABLE', 'made by hand first');
  await writeFile(file, '');
  assert.ok((await keepRevocations(file, list)).ok);
  const fresh = await installation('list-again');
  const restored = await restore(fresh, 'list.backup', { revocations: file, at: () => 10_000 });
  assert.ok(restored.ok, JSON.stringify(restored));
  const { serversRevoked, peopleRemoved } = restored.value.voided;
  assert.deepEqual([serversRevoked, peopleRemoved], [1, 1]);
  assert.equal(restored.value.revocationsAt, 9_000);
  await within(fresh, async ({ people, enrolment }) => {
    assert.deepEqual(await enrolment.enrolled(serverId.parse('files-01')), revoked);
    assert.equal((await enrolment.certificate('files-01-old'))?.revokedAt, 9_000);
    assert.equal((await enrolment.certificate('files-02-old'))?.revokedAt, 9_000);
    assert.equal((await enrolment.certificate('files-02-new'))?.revokedAt, null);
    const everybody = await people.people();
    assert.deepEqual(
      everybody.map(({ name, role }) => [name, role]),
      [['sato', 'viewer']],
    );
  });
});

test('a list is refused that is older than the backup, of another site, or no list', async () => {
  const root = await inhabited('lists');
  assert.ok((await backup(root, 'lists.backup')).ok);
  const list = { format: 1, site: 'tokyo', at: 999, servers: [], people: [] };
  const fresh = await installation('lists-again');
  for (const [text, code] of [
    [JSON.stringify(list), 'REVOCATIONS_OLD'],
    [JSON.stringify({ ...list, at: 2_000, site: 'osaka' }), 'BACKUP_OF_OTHER_SITE'],
    [JSON.stringify({ ...list, at: 2_000, people: [{ name: '../x' }] }), 'FILE_UNREADABLE'],
    ['', 'FILE_UNREADABLE'],
  ] as const) {
    const revocations = join(folder, 'some.revocations');
    await writeFile(revocations, text);
    assert.equal(codeOf(await restore(fresh, 'lists.backup', { revocations })), code, text);
  }
  await assert.rejects(stat(join(dataOf(fresh), 'journal.sqlite')), 'nothing was begun');
});

/** An organisation whose program lane has been published `times` times. */
async function signed() {
  const repository = new TestRepository();
  const content = new TestRepository();
  const roots = { program: repository.shippedRoot, content: content.shippedRoot };
  const organisation = await testOrganisation({
    programRoot: JSON.parse(roots.program),
    contentRoot: JSON.parse(roots.content),
  });
  const at = async (name: string): Promise<string> => {
    const root = await installation(name);
    await writeOrganisation(root, organisation.text);
    await within(root, async ({ log }) => log.putNote('begun', 'yes'));
    return root;
  };
  const lane = (root: string) => trustIn(join(root, 'trust'), roots).program;
  const versionIn = async (root: string): Promise<number> => {
    const text = Buffer.from((await lane(root).file('timestamp.json')) ?? '{}').toString();
    return Number(/"version":\s*(\d+)/.exec(text)?.[1] ?? 0);
  };
  return { repository, at, lane, versionIn };
}

test('metadata of a backup never goes over what is newer, and fills what is empty', async () => {
  const { repository, at, lane, versionIn } = await signed();
  const root = await at('lane');
  assert.ok((await lane(root).refresh(repository.source())).ok);
  assert.ok((await backup(root, 'lane.backup')).ok);
  repository.publish();
  assert.ok((await lane(root).refresh(repository.source())).ok);
  const newest = await versionIn(root);
  const same = await restore(root, 'lane.backup');
  assert.ok(same.ok, JSON.stringify(same));
  assert.notEqual(same.value.metadata.program, 'taken');
  assert.equal(await versionIn(root), newest);

  const empty = await at('lane-empty');
  const filled = await restore(empty, 'lane.backup');
  assert.ok(filled.ok, JSON.stringify(filled));
  assert.deepEqual(filled.value.metadata, { program: 'taken', content: 'absent' });
  assert.equal(await versionIn(empty), newest - 1);
});

test('a list of refused authorities in a backup never goes over a newer one, and fills what is empty', async () => {
  const trusted = await testOrganisation();
  const authorities = ['4a'.repeat(16), '5b'.repeat(16)].map((serial) => ({ serial, at: 1e12 }));
  const listOf = (number: number) =>
    makeRefusedAuthorities(trusted.root, {
      number,
      now: 1e12,
      authorities: authorities.slice(0, number),
    });
  const root = await tokyo('refused');
  await within(root, async () => undefined);
  await writeOrganisation(root, trusted.text);
  const file = join(root, 'trust', noticeFiles['refused-authorities']);
  const [first, second] = [await listOf(1), await listOf(2)];
  await writeFile(file, first);
  assert.equal(codeOf(await backup(root, 'refused.backup')), null);
  await writeFile(file, second);
  assert.equal(codeOf(await restore(root, 'refused.backup')), null);
  assert.equal(await readFile(file, 'utf8'), second);
  await rm(file);
  assert.equal(codeOf(await restore(root, 'refused.backup')), null);
  assert.equal(await readFile(file, 'utf8'), first);
});

test('metadata that expired since the backup is not taken, and the rest is restored', async () => {
  const { repository, at, lane, versionIn } = await signed();
  const root = await at('late');
  repository.expires.timestamp = new Date(Date.now() + 1_500);
  repository.publish();
  assert.ok((await lane(root).refresh(repository.source())).ok);
  assert.ok((await backup(root, 'late.backup')).ok);
  await new Promise((done) => setTimeout(done, 2_100));
  const fresh = await at('late-again');
  const restored = await restore(fresh, 'late.backup');
  assert.ok(restored.ok, JSON.stringify(restored));
  const { program } = restored.value.metadata;
  assert.equal(typeof program === 'string' ? program : program.code, 'METADATA_EXPIRED');
  assert.equal(await versionIn(fresh), 0);
});

test('an archive with anything that its list does not name is refused', async () => {
  const manifest = JSON.stringify({
    format: 1,
    site: 'tokyo',
    version: '5.70.1000',
    madeAt: 1,
    withStore: false,
    secrets: null,
  });
  const sha = async (text: string): Promise<string> => {
    const bytes = await crypto.subtle.digest('SHA-256', Buffer.from(text));
    return Buffer.from(bytes).toString('hex');
  };
  const plain = [
    ['backup.json', manifest],
    ['journal.sqlite', 'not looked at'],
    ['settings.yaml', 'informationServer:\n  site: tokyo\n'],
  ] as const;
  const list: Record<string, string> = {};
  for (const [name, text] of plain) list[name] = await sha(text);
  const store = `store/manifests/${digest}.json`;
  const listed = (digests: object) => ['digests.json', JSON.stringify(digests)] as const;
  const without = (name: string) =>
    Object.fromEntries(Object.entries(list).filter(([one]) => one !== name));
  const attacks: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ['an entry that is not listed', [...plain, [store, '{}'], listed(list)]],
    ['a manifest that is not listed', [...plain, listed(without('backup.json'))]],
    ['a journal that is not listed', [...plain, listed(without('journal.sqlite'))]],
    ['an entry behind the list', [...plain, listed(list), [store, '{}']]],
    ['the same entry twice', [...plain, ['settings.yaml', 'other: 1'], listed(list)]],
    ['two lists', [...plain, listed(list), listed(list)]],
    ['a listed entry that is absent', [...plain, listed({ ...list, [store]: await sha('{}') })]],
    [
      'a file of another name',
      [...plain, ['trust/program/metadata/root.json', '{}'], listed(list)],
    ],
    ['a way out', [...plain, ['trust/../secrets/console.token', 'x'], listed(list)]],
    [
      'no journal',
      [...plain.filter(([name]) => name !== 'journal.sqlite'), listed(without('journal.sqlite'))],
    ],
    ['no list', plain],
  ];
  const fresh = await installation('archive');
  for (const [name, entries] of attacks) {
    const file = join(folder, `${name}.backup`);
    const written = await writeTar(
      file,
      async (tar) => {
        for (const [entry, text] of entries) await addText(tar, entry, text);
      },
      0o600,
    );
    assert.ok(written.ok, name);
    assert.equal(codeOf(await restore(fresh, `${name}.backup`)), 'BACKUP_UNREADABLE', name);
  }
  await assert.rejects(stat(join(dataOf(fresh), 'journal.sqlite')), 'nothing was begun');
});

test('what stands in the installation is not exchanged for something older', async () => {
  const root = await tokyo('standing');
  await within(root, async ({ log }) => log.putNote('begun', 'yes'));
  assert.ok((await backup(root, 'standing.backup', { withSecrets: true })).ok);
  await writeSecret(root, 'authority.pem', 'of a newer kit\n');
  const archive = join(root, 'store', 'archives', digest);
  await writeFile(archive, 'as it stands');
  assert.ok((await restore(root, 'standing.backup')).ok);
  assert.equal(await readFile(join(root, 'secrets', 'authority.pem'), 'utf8'), 'of a newer kit\n');
  assert.equal(await readFile(archive, 'utf8'), 'as it stands');
});
