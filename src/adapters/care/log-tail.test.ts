import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { logBytesMax } from '#protocol/normal-server/care.ts';
import { logTail } from './log-tail.ts';

async function installation(t: TestContext, files: Readonly<Record<string, string>>) {
  const root = await mkdtemp(join(tmpdir(), 'dankai-log-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const folder of ['logs', 'secrets']) await mkdir(join(root, folder));
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  return root;
}

async function tail(root: string, lines: number) {
  const found = await logTail(root, { log: 'normal-server', lines });
  assert.ok(found.ok);
  return found.value;
}

const log = 'logs/normal-server.log';

test('the last lines of a log, the oldest first, and whether there are more', async (t) => {
  const root = await installation(t, { [log]: 'one\ntwo\n\nthree\n' });
  assert.deepEqual(await tail(root, 2), { text: 'two\nthree', isCut: true });
  assert.deepEqual(await tail(root, 3), { text: 'one\ntwo\nthree', isCut: false });
  await writeFile(join(root, `${log}.1`), 'earlier\nzero\n');
  assert.deepEqual(await tail(root, 4), { text: 'zero\none\ntwo\nthree', isCut: true });
  assert.deepEqual(await tail(root, 3), { text: 'one\ntwo\nthree', isCut: true });
});

test('a log that is not there yet is empty', async (t) => {
  assert.deepEqual(await tail(await installation(t, {}), 10), { text: '', isCut: false });
});

test('never more bytes than a message takes, however long the lines are, and whole lines', async (t) => {
  const root = await installation(t, { [log]: `${'あ'.repeat(5_000)}\n`.repeat(60) });
  await appendFile(join(root, log), 'last\n');
  const { text, isCut } = await tail(root, 1_000);
  assert.ok(Buffer.byteLength(text) <= logBytesMax);
  assert.ok(text.startsWith('あ') && text.endsWith('あ\nlast') && isCut);
  // Not even one that is longer than all that may be said.
  await appendFile(join(root, log), `${'x'.repeat(300_000)}\n`);
  assert.deepEqual(await tail(root, 5), { text: '', isCut: true });
});

test('no secret of this computer leaves it, wherever it was written, nor what looks like one', async (t) => {
  const key = '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n-----END PRIVATE KEY-----\n';
  const root = await installation(t, {
    'secrets/console.token': 'tok-0123456789abcdef\n',
    'secrets/normal-server.pem': key,
    [log]: [
      'started with tok-0123456789abcdef and went on',
      'a key: MIGHAgEAMBMGByqGSM49',
      '{"event":"asked","headers":{"authorization":"Bearer abcdefgh12345678"}}',
      '{"password":"it \\"is\\" hidden","enrolmentToken":"zzz","size":3}',
      JSON.stringify({ pem: key.replace('MIGH', 'OTHER') }),
      'dialled https://ann:open-sesame@proxy.example:8080/',
      'coloured \u001b[31mred\u001b[0m',
      '',
    ].join('\n'),
  });
  assert.deepEqual((await tail(root, 20)).text.split('\n'), [
    'started with […] and went on',
    'a key: […]',
    '{"event":"asked","headers":{"authorization":"[…]"}}',
    '{"password":"[…]","enrolmentToken":"[…]","size":3}',
    '{"pem":"[…]\\n"}',
    'dialled https://ann:[…]@proxy.example:8080/',
    'coloured ·[31mred·[0m',
  ]);
});
