/** A kit on its way: whoever has the file alone has no key. */

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Kit } from '#protocol/shared/organisation.ts';
import { readKit, sealKit, sealedKitSchema, writeKit } from './kit-file.ts';
import { testOrganisation, type TestOrganisation } from './organisation.testing.ts';
import { cheapSealing } from '../secrets/sealing.testing.ts';

const seal = { passphrase: 'what the site is told', cost: cheapSealing };
const told = async () => ok(seal.passphrase);
const nobodyAsked = async (): Promise<Result<never>> => refuse(problem('PASSPHRASE_ABSENT', {}));
const codeOf = (answer: Result<unknown>): string | null => (answer.ok ? null : answer.because.code);

let folder: string;
let acme: TestOrganisation;
let manager: Kit;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-kit-'));
  acme = await testOrganisation();
  manager = { ...acme.controlManagerKit, contentKey: acme.site.authority.key };
});
after(() => rm(folder, { recursive: true }));

test('a sealed kit holds no key that can be read, and opens as what was sealed', async () => {
  for (const [name, kit] of Object.entries({ tokyo: acme.site.kit, headOffice: manager })) {
    const file = join(folder, `${name}.kit`);
    assert.ok((await writeKit(file, kit, seal)).ok);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const text = await readFile(file, 'utf8');
    assert.equal(text.includes('PRIVATE KEY'), false);
    assert.equal(text.includes(kit.authority.key.slice(40, 80)), false);
    assert.deepEqual(await readKit(file, told), ok(kit));
  }
});

test('not with another passphrase, nor with none', async () => {
  const file = join(folder, 'closed.kit');
  await writeKit(file, acme.site.kit, seal);
  assert.equal(codeOf(await readKit(file, async () => ok('something else'))), 'PASSPHRASE_WRONG');
  assert.equal(codeOf(await readKit(file, nobodyAsked)), 'PASSPHRASE_ABSENT');
});

test('keys that were sealed for one site do not open in the kit of another', async () => {
  const osaka = (await acme.addSite('osaka')).kit;
  const [ours, theirs] = [await sealKit(acme.site.kit, seal), await sealKit(osaka, seal)];
  const changed = [
    { ...ours, site: 'osaka' },
    { ...ours, role: 'control-manager' },
    { ...ours, authority: theirs.authority },
    { ...ours, sealed: theirs.sealed },
    { ...ours, organisation: { ...ours.organisation, organisation: 'other' } },
  ];
  for (const [number, kit] of changed.entries()) {
    const file = join(folder, `changed-${number}.kit`);
    await writeFile(file, JSON.stringify(sealedKitSchema.parse(kit)));
    assert.equal(codeOf(await readKit(file, told)), 'PASSPHRASE_WRONG', String(number));
  }
});

test('an open kit is read without a passphrase; what is no kit is named', async () => {
  const file = join(folder, 'open.kit');
  await writeKit(file, acme.site.kit, null);
  assert.deepEqual(await readKit(file, nobodyAsked), ok(acme.site.kit));
  const { sealed: _, ...neither } = await sealKit(acme.site.kit, seal);
  const texts = ['', '[]', '{"sealed":1}', JSON.stringify(neither), ' '.repeat(400_000)];
  for (const [number, text] of texts.entries()) {
    const wrong = join(folder, `wrong-${number}.kit`);
    await writeFile(wrong, text);
    assert.equal(codeOf(await readKit(wrong, told)), 'KIT_UNREADABLE', text.slice(0, 20));
  }
  assert.equal(codeOf(await readKit(join(folder, 'absent'), told)), 'KIT_UNREADABLE');
  assert.equal(codeOf(await readKit(folder, told)), 'KIT_UNREADABLE');
});
