/**
 * A program of kind `command`: a real Debian package, laid down by the real dpkg into a root of its
 * own, by a real daemon. Its switch is not atomic, so wherever it is cut short the check command says
 * what stands, and that is what is reported.
 */

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { VendorCommands } from '#domain/catalogue/release.ts';
import { Site, type MadeRelease } from './site.ts';

const isHere = ['dpkg', 'dpkg-deb'].every((name) => spawnSync(name, ['--version']).status === 0);
const options = { concurrency: 3, skip: !isHere && 'dpkg is not here' };

/** What a vendor's package needs around it; everything it writes is below the installation folder. */
const control = `#!/bin/sh
set -eu
root=$DANKAI_ROOT/vendor
mkdir -p "$root/instdir" "$root/admindir/info" "$root/admindir/updates"
touch "$root/admindir/status"
dpkg() {
  command dpkg --force-not-root --force-script-chrootless --instdir="$root/instdir" \\
    --admindir="$root/admindir" --log="$root/log" "$@"
}
case $1 in
  check) # This very version, installed, with every file that the package says.
    [ "$(dpkg-query --admindir="$root/admindir" -W -f '\${Status} \${Version}' vendor)" = "install ok installed $2" ]
    [ -z "$(dpkg --verify vendor)" ] ;;
  install) dpkg --install vendor.deb ;;
  go-back) [ ! -f "$root/stuck" ]
    dpkg --install "$root/before.deb" 2>/dev/null || dpkg --remove vendor ;;
esac
`;

const commands = (version: string): VendorCommands => ({
  check: { argv: ['./control.sh', 'check', version], secondsMax: 20 },
  install: { argv: ['./control.sh', 'install'], secondsMax: 20 },
  goBack: { argv: ['./control.sh', 'go-back'], secondsMax: 20 },
});

/** `configure`: what its postinst does, after dpkg has replaced the files. */
async function vendorPackage(site: Site, version: string, configure: string): Promise<MadeRelease> {
  const folder = join(site.folder, `deb-${version}`);
  await mkdir(join(folder, 'DEBIAN'), { recursive: true });
  await mkdir(join(folder, 'opt/vendor'), { recursive: true });
  await writeFile(join(folder, 'opt/vendor/version'), `${version}\n`);
  await writeFile(
    join(folder, 'DEBIAN/control'),
    `Package: vendor\nVersion: ${version}\nArchitecture: all\nMaintainer: a <a@example.com>\nDescription: a\n`,
  );
  const script = join(folder, 'DEBIAN/postinst');
  await writeFile(script, `#!/bin/sh\nset -e\nroot=$DANKAI_ROOT/vendor\n${configure}\n`);
  await chmod(script, 0o755);
  const file = join(site.folder, `vendor-${version}.deb`);
  await promisify(execFile)('dpkg-deb', ['--root-owner-group', '-Znone', '-b', folder, file]);
  return site.release({
    component: 'vendor',
    version,
    kind: 'command',
    files: { 'control.sh': control, 'vendor.deb': await readFile(file) },
    command: commands(version),
  });
}

type Begun = {
  readonly site: Site;
  readonly old: MadeRelease;
  readonly launch: () => ReturnType<Site['launch']>;
  readonly launcher: Awaited<ReturnType<Site['launch']>>;
};

/** Version 1 stands, by dpkg. */
async function begun(t: TestContext): Promise<Begun> {
  const site = await Site.open(t);
  const daemon = await site.slot('5.70.1000');
  await site.addSlot(daemon);
  const old = await vendorPackage(site, '1.0', '');
  const launch = () => site.launch(daemon.name);
  const launcher = await launch();
  await site.message('hello');
  site.want(old);
  await site.status(old, 'installed');
  await writeFile(
    join(site.root, 'vendor/before.deb'),
    await readFile(join(site.folder, 'vendor-1.0.deb')),
  );
  return { site, old, launch, launcher };
}

const versionOf = async ({ root }: Site): Promise<string> =>
  (await readFile(join(root, 'vendor/instdir/opt/vendor/version'), 'utf8')).trim();

const vendors = <One extends { component: string }>(programs: readonly One[]): readonly One[] =>
  programs.filter(({ component }) => component === 'vendor');

async function toldAnew(
  site: Site,
): Promise<readonly { version: string; notAtomic?: true | undefined }[]> {
  const mark = site.mark();
  site.cutSession();
  const { programs } = await site.message('hello', mark);
  return vendors(programs).map(({ version, notAtomic }) => ({ version, notAtomic }));
}

suite('a Debian package', options, () => {
  test('is installed, and told as a program whose switch is not atomic', async (t) => {
    const { site, old } = await begun(t);
    const wanted = await vendorPackage(site, '1.1', '');
    site.want(wanted);
    await site.status(wanted, 'installed');
    assert.equal(await versionOf(site), '1.1');
    assert.deepEqual(await toldAnew(site), [{ version: '1.1', notAtomic: true }]);
    // And back, as any version, by a lease.
    site.want(old);
    await site.status(old, 'installed', site.mark());
    assert.equal(await versionOf(site), '1.0');
  });

  test('whose installer fails half-way is taken back by its go-back command', async (t) => {
    const { site } = await begun(t);
    const wanted = await vendorPackage(site, '1.1', 'echo no licence >&2; exit 1');
    site.want(wanted);
    const { cause, detail } = await site.status(wanted, 'returned');
    assert.equal(cause, 'hook');
    assert.match(detail ?? '', /install: status 1.*no licence/s);
    assert.equal(await versionOf(site), '1.0');
    assert.deepEqual(await toldAnew(site), [{ version: '1.0', notAtomic: true }]);
  });

  test('whose go-back fails too is installed anew in its version before', async (t) => {
    const { site } = await begun(t);
    await writeFile(join(site.root, 'vendor/stuck'), '');
    const wanted = await vendorPackage(site, '1.1', 'exit 1');
    site.want(wanted);
    const { detail } = await site.status(wanted, 'returned');
    assert.match(detail ?? '', /going back: status 1/);
    assert.equal(await versionOf(site), '1.0');
  });

  test('of which neither version stands is told as such, and tried anew when it is wanted', async (t) => {
    const { site, old } = await begun(t);
    await writeFile(join(site.root, 'vendor/stuck'), '');
    const wanted = await vendorPackage(site, '1.1', 'exit 1');
    const tree = join(site.root, 'programs/vendor/versions');
    site.want(wanted);
    await site.status(wanted, 'staged');
    const before = join(tree, (await site.current('programs', 'vendor')) ?? '', 'tree/vendor.deb');
    const kept = await readFile(before);
    const mark = site.mark();
    await writeFile(before, 'no package');
    const { detail } = await site.status(wanted, 'returned', mark);
    assert.match(detail ?? '', /neither version stands whole/);
    assert.equal(await site.current('programs', 'vendor'), null);
    // It says so of itself, in the next hello.
    const { programs } = await site.message('hello', mark);
    assert.deepEqual(vendors(programs), []);
    await writeFile(before, kept);
    await rm(join(site.root, 'vendor/stuck'));
    site.want(old);
    await site.status(old, 'installed', site.mark());
    assert.equal(await versionOf(site), '1.0');
  });

  /** The daemon and its launcher die while dpkg runs, which goes on without them. */
  async function killedInside(
    t: TestContext,
    configure: string,
  ): Promise<Begun & { wanted: MadeRelease; mark: number }> {
    const all = await begun(t);
    const { site, launcher, launch } = all;
    const wanted = await vendorPackage(site, '1.1', `touch "$root/inside"; ${configure}`);
    site.want(wanted);
    while (!existsSync(join(site.root, 'vendor/inside'))) await pause(10);
    const exited = new Promise((resolve) => launcher.once('exit', resolve));
    launcher.kill('SIGKILL');
    await exited;
    const mark = site.mark();
    await launch();
    return { ...all, wanted, mark };
  }

  test('killed in its middle: what dpkg still does is waited for, and the check decides', async (t) => {
    const { site, wanted, mark } = await killedInside(t, 'sleep 2');
    await site.status(wanted, 'installed', mark);
    assert.equal(await versionOf(site), '1.1');
    const log = await readFile(join(site.root, 'vendor/log'), 'utf8');
    assert.equal(log.match(/configure vendor:all 1\.1/g)?.length, 1, 'dpkg ran once');
    assert.deepEqual(await toldAnew(site), [{ version: '1.1', notAtomic: true }]);
  });

  test('killed in its middle, with an installer that fails: the version before', async (t) => {
    const { site, wanted, mark } = await killedInside(t, 'sleep 1; exit 1');
    await site.status(wanted, 'returned', mark);
    assert.equal(await versionOf(site), '1.0');
    assert.deepEqual(await toldAnew(site), [{ version: '1.0', notAtomic: true }]);
  });
});
