import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { CommandEnd } from '#ports/installer.ts';
import { askHealth } from './health-ask.ts';

const shown = (end: CommandEnd): string =>
  end.ok ? 'well' : `${end.timeout ? 'late' : 'no'}: ${end.detail}`;

test('an address is well by its status alone, and within its time', async (t) => {
  const server = createServer((request, response) => {
    const status = Number(request.url?.slice(1));
    if (status > 0) response.writeHead(status).end('whatever it says');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert(address !== null && typeof address === 'object');
  const ask = async (path: string): Promise<string> => {
    const http = `http://127.0.0.1:${address.port}/${path}`;
    return shown(await askHealth({ http, secondsMax: 1 })).replace(http, 'it');
  };
  assert.equal(await ask('200'), 'well');
  assert.equal(await ask('204'), 'well');
  assert.equal(await ask('301'), 'no: it: status 301');
  assert.equal(await ask('503'), 'no: it: status 503');
  assert.equal(await ask('hangs'), 'late: it: no answer within 1 s');
  const nobody = await askHealth({ http: 'http://127.0.0.1:1/', secondsMax: 1 });
  assert.match(shown(nobody), /^no: .*ECONNREFUSED/);
});

/** What `systemctl show` says, by a program of that name: not every computer runs systemd. */
suite('a unit of systemd', () => {
  const limits = { restartsMax: 1, memoryMebibytesMax: 100 };
  const cases: readonly [string, string, object, string][] = [
    [
      'runs',
      'ActiveState=active\nSubState=running\nNRestarts=1\nMemoryCurrent=1048576',
      limits,
      'well',
    ],
    ['is asked for nothing more', 'ActiveState=active', {}, 'well'],
    [
      'failed',
      'ActiveState=failed\nSubState=failed',
      limits,
      'no: scan.service is failed (failed)',
    ],
    ['is not known', '', {}, 'no: scan.service is unknown (unknown)'],
    [
      'is started again and again',
      'ActiveState=active\nNRestarts=2\nMemoryCurrent=1',
      limits,
      'no: scan.service was started again 2 times',
    ],
    [
      'takes too much',
      'ActiveState=active\nNRestarts=0\nMemoryCurrent=209715200',
      limits,
      'no: scan.service takes 200 MiB of at most 100 MiB',
    ],
    [
      'whose memory nobody counts',
      'ActiveState=active\nNRestarts=0\nMemoryCurrent=[not set]',
      limits,
      'no: scan.service takes an unknown amount of at most 100 MiB',
    ],
  ];
  for (const [name, output, limit, expected] of cases) {
    test(`that ${name}`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'dankai-systemctl-'));
      const path = process.env['PATH'];
      t.after(() => {
        process.env['PATH'] = path;
        return rm(folder, { recursive: true });
      });
      await writeFile(join(folder, 'output'), output);
      const program = join(folder, 'systemctl');
      await writeFile(
        program,
        `#!/bin/sh\n[ "$1 $2" = "show scan.service" ] && cat ${folder}/output\n`,
      );
      await chmod(program, 0o755);
      process.env['PATH'] = `${folder}:${path}`;
      const end = await askHealth({ unit: 'scan.service', secondsMax: 5, ...limit });
      assert.equal(shown(end), expected);
    });
  }

  test('is not well where nobody can be asked', async (t) => {
    const path = process.env['PATH'];
    t.after(() => void (process.env['PATH'] = path));
    process.env['PATH'] = '/nowhere';
    assert.match(shown(await askHealth({ unit: 'scan.service', secondsMax: 1 })), /^no: .*ENOENT/);
  });
});
