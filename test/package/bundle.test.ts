/** The bundle that users run: whole in itself, and able to package and install itself. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { assetsIn, consoleFile, consolePage } from '#adapters/listener/console-assets.ts';
import { forecastDocumentSchema } from '#protocol/console/forecast.ts';
import { bundle, verifierIn } from '../../scripts/release/bundle.ts';
import { buildSelfRelease } from '../../scripts/release/release.ts';

let folder: string;
let bundleFolder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-bundle-'));
  bundleFolder = await bundle(join(folder, 'bundle'));
});
after(() => rm(folder, { recursive: true }));

type Ended = { readonly status: number | null; readonly output: string; readonly talk: string };

async function ended(program: string, ...typed: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...typed], {
    cwd: folder,
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit');
  const output = new Response(child.stdout).text();
  const talk = new Response(child.stderr).text();
  const [status]: (number | null)[] = await exit;
  return { status: status ?? null, output: await output, talk: await talk };
}

const staticImport = /(?:\bfrom|\bimport)\s*\(?\s*["'`]([^"'`\s]+)["'`]/g;

describe('the bundle', () => {
  test('imports Node and its own chunks, nothing else', async () => {
    const app = join(bundleFolder, 'app');
    const names = (await readdir(app)).filter((name) => name.endsWith('.mjs'));
    assert.ok(names.includes('main.mjs') && names.includes('launcher.mjs'));
    const builtin = new Set(builtinModules.map((name) => name.replace(/^node:/, '')));
    for (const name of names) {
      const text = await readFile(join(app, name), 'utf8');
      for (const [, target = ''] of text.matchAll(staticImport)) {
        if (target.startsWith('./')) {
          assert.ok(names.includes(target.slice(2)), `${name} imports ${target}`);
          assert.notEqual(name, 'launcher.mjs');
        } else if (target.startsWith('node:')) {
          assert.ok(builtin.has(target.slice('node:'.length)), `${name} imports ${target}`);
        }
      }
    }
  });

  test('is of so few files that every earlier release takes the proof of what runs', async () => {
    const app = await readdir(join(bundleFolder, 'app'), { withFileTypes: true });
    // One more is the runtime; releases before 5.80 took 200.
    assert.ok(app.filter((entry) => entry.isFile()).length < 200);
  });

  test('brings the web console: hashed names, each text compressed, small enough to wait for', async () => {
    const file = join(bundleFolder, 'app', consoleFile);
    const sizes = new Map<string, number>();
    for (const { header } of await unpackTar(await readFile(file))) {
      sizes.set(`/${header.name}`, header.size);
    }
    const assets = await assetsIn(file);
    const plain = await assets?.find(consolePage, new Set());
    const page = Buffer.from(plain?.bytes ?? []).toString('utf8');
    const named = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(
      ([, path = '']) => path,
    );
    assert.ok(named.length > 2, 'a script, a style sheet, and what the script needs at once');
    for (const path of named) assert.match(path, /-[\w-]{8}\.(js|css)$/);
    let firstLoadBytes = 0;
    for (const path of named) firstLoadBytes += sizes.get(`${path}.br`) ?? Number.NaN;
    const words = [...sizes].filter(([name]) => /assets\/(console-)?ja-[\w-]+\.js\.br$/.test(name));
    assert.equal(words.length, 2, 'the words of one language');
    for (const [, bytes] of words) firstLoadBytes += bytes;
    assert.ok(firstLoadBytes < 300_000, `${firstLoadBytes} bytes at first load`);
    const [script = ''] = named;
    const read = (accepted: readonly string[]) => assets?.find(script, new Set(accepted));
    const [best, zipped, whole] = [
      await read(['br', 'gzip']),
      await read(['gzip']),
      await read([]),
    ];
    assert.deepEqual([best?.encoding, zipped?.encoding, whole?.encoding], ['br', 'gzip', null]);
    assert.ok(brotliDecompressSync(best?.bytes ?? '').equals(whole?.bytes ?? Buffer.of()));
    assert.ok(gunzipSync(zipped?.bytes ?? '').equals(whole?.bytes ?? Buffer.of()));
  });

  test('is not made again when nothing changed, and is when it was damaged', async () => {
    const main = join(bundleFolder, 'app', 'main.mjs');
    const made = await stat(main);
    await bundle(bundleFolder);
    assert.equal((await stat(main)).ino, made.ino);
    await writeFile(main, 'damaged');
    await bundle(bundleFolder);
    assert.notEqual(await readFile(main, 'utf8'), 'damaged');
  });

  test('says whose code is in it', async () => {
    const text = await readFile(join(bundleFolder, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of ['fastify', 'pino', 'zod', 'modern-tar', 'kysely', 'ws', 'yaml']) {
      assert.match(text, new RegExp(`^${name} \\d`, 'm'));
    }
    assert.doesNotMatch(text, /^(rolldown|typescript|fast-check) /m);
  });

  test('its launcher starts alone, away from the chunks', async () => {
    const alone = join(folder, 'launcher.mjs');
    await copyFile(join(bundleFolder, 'app', 'launcher.mjs'), alone);
    const { status, talk } = await ended(alone);
    assert.equal(status, 2, talk);
    assert.match(talk, /usage: launcher --root/);
  });

  test('brings the verifier of records along, which stands alone', async () => {
    const alone = join(folder, 'verify-record.mjs');
    await copyFile(verifierIn(bundleFolder), alone);
    const { status, talk } = await ended(alone);
    assert.equal(status, 2, talk);
    assert.match(talk, /verify-record\.mjs RECORD/);
  });

  test('packages a tree, shows it, installs a release of itself', async () => {
    const main = join(bundleFolder, 'app', 'main.mjs');
    const file = join(folder, 'dankai.release');
    const made = await buildSelfRelease({
      bundleFolder,
      version: '5.80.1179',
      outFile: file,
      withRuntime: false,
    });
    assert.ok(made.ok);
    const shown = await ended(main, 'release', 'show', file, '--json');
    assert.equal(shown.status, 0, shown.talk);
    assert.ok(shown.output.includes(made.value.digest));
    const root = join(folder, 'root');
    const typed = [
      'install',
      '--root',
      root,
      '--role',
      'information-server',
      '--name',
      'tokyo',
      '--insecure-loopback',
    ];
    const installed = await ended(main, ...typed, '--release', file);
    assert.equal(installed.status, 0, installed.talk);
    const slots = await readdir(join(root, 'slots'));
    assert.deepEqual(slots, [`5.80.1179-${made.value.digest.slice(0, 12)}`]);
    const out = join(folder, 'tree.release');
    const build = ['release', 'build', bundleFolder, '--component', 'tool', '--kind', 'tree'];
    const versions = ['--version', '1.0', '--min', '0.0', '--max', '2.0', '--out', out];
    assert.equal((await ended(main, ...build, ...versions)).status, 0);
    const damaged = await readFile(out);
    await writeFile(out, damaged.fill(1, damaged.length / 2, damaged.length / 2 + 9));
    const refused = await ended(main, 'release', 'show', out);
    assert.equal(refused.status, 1, refused.talk);
    assert.match(refused.talk, /PACKAGE_DIGEST_WRONG/);
  });

  test('holds the worker that makes forecasts, and finds it', async () => {
    const main = join(bundleFolder, 'app', 'main.mjs');
    const typed = ['upgrade', 'plan', '--forecast', '--servers', '20', '--link', '10Mbit/s'];
    const made = await ended(main, ...typed, '--runs', '4', '--json');
    assert.equal(made.status, 0, made.talk);
    const { forecast } = forecastDocumentSchema.parse(JSON.parse(made.output));
    assert.equal(forecast?.runs, 4);
    const servers = forecast.groups.map((group) => group.servers);
    assert.deepEqual(servers, [7, 7, 6]);
    assert.ok(forecast.bytes.median > 19 * 53_166_776);
  });

  test('refuses to run where nothing is installed', async () => {
    const main = join(bundleFolder, 'app', 'main.mjs');
    const { status, talk } = await ended(main, 'run', '--root', join(folder, 'nothing'));
    assert.equal(status, 1);
    assert.match(talk, /INSTALLATION_ABSENT/);
  });
});
