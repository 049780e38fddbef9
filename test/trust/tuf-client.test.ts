/**
 * The servers' metadata client as the public TUF conformance suite calls it: the same arguments,
 * over real HTTP. What that suite asks in a hundred ways is asked here once each.
 */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newKey, TestRepository } from './tuf-for-tests.ts';

const script = fileURLToPath(new URL('../../scripts/tuf-client.ts', import.meta.url));
const run = promisify(execFile);

test('init, refresh and download as the conformance suite calls them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-tuf-client-'));
  const repository = new TestRepository();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const name = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    const isTarget = request.url?.startsWith('/targets/') === true;
    const target = isTarget ? repository.targets.get('a.bin')?.bytes : undefined;
    const found = isTarget ? target : repository.files.get(name);
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const port = Object(server.address()).port as number;
  const [metadata, targets] = [join(folder, 'metadata'), join(folder, 'targets')];
  const where = ['--metadata-dir', metadata, '--metadata-url', `http://127.0.0.1:${port}/metadata`];
  const client = (...words: string[]) =>
    run(process.execPath, [script, ...words]).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
  const download = () =>
    client(
      ...where,
      '--target-name',
      'a.bin',
      '--target-dir',
      targets,
      '--target-base-url',
      `http://127.0.0.1:${port}/targets`,
      'download',
    );
  try {
    await writeFile(join(folder, 'root.json'), repository.shippedRoot);
    await rm(targets, { recursive: true, force: true });
    assert.equal(await client('--metadata-dir', metadata, 'init', join(folder, 'root.json')), 0);
    assert.equal(asked.length, 0);
    assert.equal(await client(...where, 'refresh'), 0);
    const names = ['root.json', 'snapshot.json', 'targets.json', 'timestamp.json'];
    assert.deepEqual((await readdir(metadata)).toSorted(), names);

    // Bytes that are no text, as a program is.
    repository.targets.set('a.bin', { bytes: new Uint8Array([0, 255, 254, 10]) });
    repository.publish();
    assert.equal(await download(), 0);
    const [kept] = await readdir(targets);
    assert.deepEqual([...(await readFile(join(targets, kept ?? '')))], [0, 255, 254, 10]);
    const requests = asked.length;
    assert.equal(await download(), 0);
    const again = asked.slice(requests).filter((path) => path.startsWith('/targets/'));
    assert.deepEqual(again, [], 'what stands there is not fetched again');

    repository.roles.timestamp.keys = [newKey()];
    repository.publish();
    assert.equal(await client(...where, 'refresh'), 1);
    assert.equal(await client(...where, 'go'), 1);
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
});
