import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { unitText, unitTextOf } from './service-unit.ts';
import { unitsOf } from './service-units.ts';

const folder = mkdtempSync(join(tmpdir(), 'dankai-unit-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

/** An installation, as far as its unit looks at it. */
function installation(name: string, settings: string): string {
  const root = join(folder, name);
  mkdirSync(join(root, 'launcher'), { recursive: true });
  const services = [{ name: 'information-server', track: 'program' }];
  writeFileSync(join(root, 'launcher.json'), JSON.stringify({ format: 1, services }));
  writeFileSync(join(root, 'settings.yaml'), settings);
  writeFileSync(join(root, 'launcher', 'launcher.mjs'), '');
  return root;
}

const settingsAt = (port: number): string =>
  `informationServer:\n  listen: { host: 127.0.0.1, port: ${port} }\n  recordHeads: ${join(folder, 'heads')}\n`;

async function textOf(root: string): Promise<string> {
  const made = await unitTextOf(root);
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

test('it starts the launcher as the account that owns the folder, and is found again by it', async () => {
  const root = installation('tokyo', settingsAt(4481));
  const text = await textOf(root);
  const own = userInfo().username;
  assert.match(text, new RegExp(`^User=${own}$`, 'm'));
  const start = `ExecStart=${process.execPath} ${root}/launcher/launcher.mjs --root ${root}\n`;
  assert.ok(text.includes(start), text);
  assert.ok(text.includes(`ReadWritePaths=${root} -${folder}/heads\n`), text);
  assert.match(text, /^AmbientCapabilities=$/m);
  const units = join(folder, 'units');
  mkdirSync(units);
  writeFileSync(join(units, 'dankai.service'), text);
  const found = await unitsOf(root, [{ folder: units, isUser: false }]);
  assert.deepEqual(
    found.map(({ file }) => file),
    [join(units, 'dankai.service')],
  );
  assert.deepEqual(await unitsOf(join(folder, 'tok'), [{ folder: units, isUser: false }]), []);
});

test("a port of those that are root's is the one right that it gets", async () => {
  const text = await textOf(installation('low', settingsAt(443)));
  assert.match(text, /^CapabilityBoundingSet=CAP_NET_BIND_SERVICE$/m);
  assert.match(text, /^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
});

test('a folder that is no installation has no unit', async () => {
  const made = await unitTextOf(join(folder, 'nowhere'));
  assert.equal(made.ok ? 'made' : made.because.code, 'INSTALLATION_ABSENT');
});

test(
  'systemd understands it, also of a folder with an odd name',
  { skip: hasSystemd ? false : 'no systemd-analyze here' },
  async () => {
    for (const name of ['plain', 'two words', '100 % $HOME "x" \\ y']) {
      const text = await textOf(installation(name, settingsAt(4481)));
      const file = join(folder, 'dankai-verified.service');
      writeFileSync(file, text);
      const { status, stderr, stdout } = spawnSync('systemd-analyze', ['verify', file], {
        encoding: 'utf8',
      });
      const about = `${stdout}${stderr}`
        .split('\n')
        .filter((line) => line.includes('dankai-verified'));
      assert.deepEqual([status, about], [0, []], stderr);
    }
    // With the lines for secrets, as a drop-in would have them.
    const root = installation('credentials', settingsAt(4_481));
    mkdirSync(join(root, 'secrets'));
    for (const name of ['console.token', 'server.pem'])
      writeFileSync(join(root, 'secrets', name), '');
    const printed = await textOf(root);
    const line = 'LoadCredential=console.token:/etc/dankai/console.token\n';
    assert.ok(printed.includes(`# ${line}`) && !printed.includes('server.pem'));
    const given = join(folder, 'dankai-credentials.service');
    writeFileSync(given, printed.replaceAll('# LoadCredential', 'LoadCredential'));
    const verified = spawnSync('systemd-analyze', ['verify', given], { encoding: 'utf8' });
    assert.deepEqual(
      verified.stderr.split('\n').filter((one) => /LoadCredential/.test(one)),
      [],
    );
    // It does say what it does not understand.
    const file = join(folder, 'dankai-wrong.service');
    const facts = {
      root: folder,
      account: 'root',
      runtime: '/nowhere/node',
      hasLowPort: false,
      hasNotify: false,
      alsoWritten: [],
      secrets: ['console.token', 'authority.pem'],
    };
    writeFileSync(file, unitText(facts));
    const { stderr } = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    assert.match(stderr, /nowhere\/node/);
  },
);
