import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeKeyFile, openKeyFile, readPublicKey } from './key-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'dankai-key-'));
after(() => rm(folder, { recursive: true, force: true }));

const passphrase = 'correct horse battery staple';
const file = join(folder, 'keys', 'alice.key');
const made = await makeKeyFile({ file, name: 'alice', passphrase });

async function refusal(content: string, typed = passphrase, mode = 0o600): Promise<string> {
  const changed = join(folder, 'changed.key');
  await writeFile(changed, content);
  await chmod(changed, mode);
  const opened = await openKeyFile(changed, typed);
  return opened.ok ? 'ok' : opened.because.code;
}

const text = await readFile(file, 'utf8');
/** The file with one field changed. */
const withField = (from: RegExp, to: string | ((found: string) => string)): string => {
  assert.match(text, from);
  return typeof to === 'string' ? text.replace(from, to) : text.replace(from, to);
};
const otherDigit = (found: string): string =>
  `${found.slice(0, -1)}${found.endsWith('0') ? '1' : '0'}`;

test('a key that was made opens with its passphrase and signs', async () => {
  assert.ok(made.ok);
  const opened = await openKeyFile(file, passphrase);
  assert.ok(opened.ok);
  assert.deepEqual(opened.value.key, made.value);
  const bytes = Buffer.from('what is signed');
  const x = Buffer.from(made.value.public, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  assert.ok(verify(null, bytes, key, opened.value.sign(bytes)));
});

test('its public half needs no passphrase', async () => {
  assert.deepEqual(await readPublicKey(file), made);
});

test('nobody else may read it, and nothing secret stands in it openly', async () => {
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await stat(join(folder, 'keys'))).mode & 0o777, 0o700);
  // The start of every private Ed25519 key in its DER form.
  assert.doesNotMatch(text, /302e020100300506032b6570/);
});

test('a key is never overwritten', async () => {
  const again = await makeKeyFile({ file, name: 'alice', passphrase });
  assert.deepEqual(!again.ok && again.because.code, 'KEY_EXISTS');
  assert.equal(await readFile(file, 'utf8'), text);
});

test('the same passphrase typed with composed and with combining letters is one', async () => {
  const accented = join(folder, 'accented.key');
  assert.ok(
    (
      await makeKeyFile({
        file: accented,
        name: 'a',
        passphrase: 'd\u00e9j\u00e0 vu d\u00e9j\u00e0',
      })
    ).ok,
  );
  assert.ok((await openKeyFile(accented, 'de\u0301ja\u0300 vu de\u0301ja\u0300')).ok);
});

/** Content and passphrase of a file that is not as it was made, and the code of the refusal. */
const refusals: readonly [name: string, content: string, code: string, typed?: string][] = [
  ['wrong passphrase', text, 'PASSPHRASE_WRONG', `${passphrase}!`],
  ['another name', withField(/"name": "alice"/, '"name": "mallory"'), 'PASSPHRASE_WRONG'],
  ['a cheaper seal', withField(/"passes": 3/, '"passes": 2'), 'PASSPHRASE_WRONG'],
  ['a changed byte of the seal', withField(/"tag": "[0-9a-f]/, '"tag": "z'), 'KEY_FILE_UNREADABLE'],
  ['a seal that takes all memory', withField(/65536/, '99999999999'), 'KEY_FILE_UNREADABLE'],
  ['another public half', withField(/"public": "./, otherDigit), 'KEY_FILE_UNREADABLE'],
  ['half a file', text.slice(0, 200), 'KEY_FILE_UNREADABLE'],
  ['an empty file', '', 'KEY_FILE_UNREADABLE'],
  ['a file without end', ' '.repeat(20_000), 'KEY_FILE_UNREADABLE'],
  ['another format', withField(/"format": 1/, '"format": 2'), 'KEY_FILE_UNREADABLE'],
];
for (const [name, content, code, typed] of refusals) {
  test(`refused: ${name}`, async () => assert.equal(await refusal(content, typed), code));
}

test('refused: a key that others may read', async () => {
  assert.equal(await refusal(text, passphrase, 0o640), 'KEY_FILE_OPEN');
  assert.equal(await refusal(text, passphrase, 0o600), 'ok');
});

test('refused: no file', async () => {
  const opened = await openKeyFile(join(folder, 'nowhere.key'), passphrase);
  assert.deepEqual(!opened.ok && opened.because.code, 'KEY_FILE_UNREADABLE');
});
