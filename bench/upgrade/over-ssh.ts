/**
 * The same upgrade as administrators do it over ssh: by ansible-core, by scp and ssh, and by rsync.
 * All servers are folders of this machine behind one sshd. Everything comes from Debian's packages
 * and is unpacked only; where this machine has no user `sshd`, the daemon sees one of its own.
 */

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../scripts/site/free-port.ts';
import { debianPackages, librariesIn } from '../../test/debian-packages.ts';

const run = promisify(execFile);
const python = '/usr/bin/python3';
/** Of Ansible, and of everything else here. */
const forks = 20;

const packages = [
  'ansible-core python3-jinja2 python3-markupsafe python3-yaml libyaml-0-2 python3-packaging',
  'python3-resolvelib python3-cryptography python3-cffi-backend',
  'openssh-server openssh-sftp-server openssh-client libwrap0',
  'rsync libpopt0 libxxhash0 liblz4-1',
].flatMap((line) => line.split(' '));

/** A package and what it becomes on a server. */
export type Published = {
  readonly version: string;
  readonly archive: string;
  readonly digest: string;
  readonly tree: string;
  /** Of the tree; run with `--version`, it answers with its version. */
  readonly program: string;
};

export class OverSsh {
  readonly #folder: string;
  readonly #tools: string;
  readonly #sshd: ChildProcess;
  readonly #config: string;

  private constructor(parts: {
    readonly folder: string;
    readonly tools: string;
    readonly sshd: ChildProcess;
    readonly config: string;
  }) {
    this.#folder = parts.folder;
    this.#tools = parts.tools;
    this.#sshd = parts.sshd;
    this.#config = parts.config;
  }

  static async open(folder: string): Promise<OverSsh> {
    await mkdir(folder, { recursive: true });
    const found = await debianPackages('ansible', packages, () =>
      existsSync(python) ? null : `no ${python} here`,
    );
    if ('missing' in found) throw new Error(found.missing);
    const tools = found.folder;
    const port = await freePort();
    const key = join(folder, 'key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const host = join(folder, 'host-key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', host]);
    const served = join(folder, 'sshd_config');
    const lines = [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${host}`,
      `AuthorizedKeysFile ${key}.pub`,
      'StrictModes no',
      'PermitRootLogin yes',
      'PasswordAuthentication no',
      'MaxStartups 1000',
      'MaxSessions 1000',
      `PidFile ${join(folder, 'sshd.pid')}`,
      `Subsystem sftp ${join(tools, 'usr/lib/openssh/sftp-server')}`,
    ];
    await writeFile(served, `${lines.join('\n')}\n`);
    const config = join(folder, 'ssh_config');
    const client = [
      'Host *',
      'HostName 127.0.0.1',
      `Port ${port}`,
      `User ${userInfo().username}`,
      `IdentityFile ${key}`,
      'IdentitiesOnly yes',
      'StrictHostKeyChecking no',
      'UserKnownHostsFile /dev/null',
      'LogLevel ERROR',
    ];
    await writeFile(config, `${client.join('\n')}\n`);
    const sshd = await serve(tools, { folder, served });
    const whole = new OverSsh({ folder, tools, sshd, config });
    await answers(port);
    return whole;
  }

  end(): void {
    this.#sshd.kill();
  }

  /** A folder for each server, new or emptied. */
  async servers(count: number): Promise<readonly string[]> {
    await rm(join(this.#folder, 'servers'), { recursive: true, force: true });
    const names = Array.from({ length: count }, (_, at) => `server-${at + 1}`);
    for (const name of names) await mkdir(this.#root(name), { recursive: true });
    return names;
  }

  #root(name: string): string {
    return join(this.#folder, 'servers', name);
  }

  /** Copy, check, unpack, switch, verify: with its connections kept and its modules piped. */
  async byAnsible(names: readonly string[], of: Published): Promise<null> {
    const inventory = join(this.#folder, 'inventory.ini');
    const hosts = names.map((name) => `${name} root=${this.#root(name)}`).join('\n');
    await writeFile(inventory, `${hosts}\n`);
    const playbook = join(this.#folder, 'playbook.yaml');
    await writeFile(playbook, playbookOf(of));
    const settings = join(this.#folder, 'ansible.cfg');
    const made = [
      '[defaults]',
      `forks = ${forks}`,
      `interpreter_python = ${python}`,
      'host_key_checking = False',
      `local_tmp = ${join(this.#folder, 'ansible')}`,
      '[ssh_connection]',
      'pipelining = True',
      `ssh_args = -F ${this.#config} -o ControlMaster=auto -o ControlPersist=60s`,
      // The path of a socket may not be long.
      'control_path_dir = /tmp/dankai-bench-ansible',
    ];
    await writeFile(settings, `${made.join('\n')}\n`);
    const program = join(this.#tools, 'usr/bin/ansible-playbook');
    await run(python, [program, '-i', inventory, playbook], {
      env: {
        ...process.env,
        ANSIBLE_CONFIG: settings,
        PYTHONPATH: join(this.#tools, 'usr/lib/python3/dist-packages'),
        LD_LIBRARY_PATH: librariesIn(this.#tools),
        LC_ALL: 'C.UTF-8',
      },
      maxBuffer: 2 ** 26,
    });
    return null;
  }

  /** The package by scp; then check, unpack, switch and verify in one command. */
  async byScp(names: readonly string[], of: Published): Promise<null> {
    const { archive, digest, version } = of;
    await this.#each(names, async (name, root) => {
      await run('scp', ['-q', '-F', this.#config, archive, `${name}:${root}/package.tgz`]);
      const lines = [
        `cd ${root}`,
        `echo "${digest}  package.tgz" | sha256sum --check --quiet`,
        `mkdir -p versions/${version}`,
        `tar xzf package.tgz -C versions/${version} --strip-components=1`,
        switchTo(of),
      ];
      await this.#say(name, lines);
    });
    return null;
  }

  /** Only what changed, out of the version that is there; unchanged files are found by digest. */
  async byRsync(names: readonly string[], from: Published, to: Published): Promise<number> {
    const program = join(this.#tools, 'usr/bin/rsync');
    const env = { ...process.env, LD_LIBRARY_PATH: librariesIn(this.#tools) };
    const there = `env LD_LIBRARY_PATH=${librariesIn(this.#tools)} ${program}`;
    let bytes = 0;
    await this.#each(names, async (name, root) => {
      const words = [
        '-azc',
        '--stats',
        '--no-human-readable',
        `--copy-dest=${root}/versions/${from.version}`,
        '-e',
        `ssh -F ${this.#config}`,
        `--rsync-path=${there}`,
        `${to.tree}/`,
        `${name}:${root}/versions/${to.version}/`,
      ];
      const { stdout } = await run(program, words, { env });
      for (const what of ['sent', 'received']) {
        bytes += Number(new RegExp(`^Total bytes ${what}: (\\d+)$`, 'm').exec(stdout)?.[1]);
      }
      await this.#say(name, [`cd ${root}`, switchTo(to)]);
    });
    return bytes;
  }

  async #say(name: string, lines: readonly string[]): Promise<void> {
    await run('ssh', ['-F', this.#config, name, ['set -e', ...lines].join('\n')]);
  }

  async #each(
    names: readonly string[],
    act: (name: string, root: string) => Promise<void>,
  ): Promise<void> {
    const left = [...names];
    const worker = async (): Promise<void> => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        await act(name, this.#root(name));
      }
    };
    await Promise.all(Array.from({ length: forks }, worker));
  }

  /** Of the link that was switched last: the version that answers there. */
  async runs(name: string, { program }: Published): Promise<string> {
    const { stdout } = await run(join(this.#root(name), 'current', program), ['--version']);
    return stdout.trim();
  }
}

const switchTo = ({ version, program }: Published): string =>
  `ln -s versions/${version} next && mv -T next current && ./current/${program} --version | grep -qxF v${version}`;

function playbookOf({ archive, digest, version, program }: Published): string {
  return `- hosts: all
  gather_facts: false
  tasks:
    - copy: { src: ${archive}, dest: "{{ root }}/package.tgz" }
    - stat: { path: "{{ root }}/package.tgz", checksum_algorithm: sha256 }
      register: there
    - assert: { that: there.stat.checksum == "${digest}", quiet: true }
    - file: { path: "{{ root }}/versions/${version}", state: directory }
    - unarchive:
        src: "{{ root }}/package.tgz"
        dest: "{{ root }}/versions/${version}"
        remote_src: true
        extra_opts: [--strip-components=1]
    - file: { src: versions/${version}, dest: "{{ root }}/current", state: link }
    - command: "{{ root }}/current/${program} --version"
      register: shown
      changed_when: false
      failed_when: shown.stdout != "v${version}"
`;
}

/** As this user; as root it wants a user and a folder of its own, which it sees here alone. */
async function serve(
  tools: string,
  { folder, served }: { readonly folder: string; readonly served: string },
): Promise<ChildProcess> {
  const program = join(tools, 'usr/sbin/sshd');
  const env = { ...process.env, LD_LIBRARY_PATH: librariesIn(tools) };
  if (userInfo().uid !== 0) return spawn(program, ['-D', '-f', served], { env, stdio: 'ignore' });
  const users = join(folder, 'passwd');
  const standing = await readFile('/etc/passwd', 'utf8');
  const own = 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin\n';
  await writeFile(users, /^sshd:/m.test(standing) ? standing : `${standing}${own}`);
  const script =
    'mount --bind "$1" /etc/passwd && mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec "$2" -D -f "$3"';
  const words = ['--mount', 'sh', '-c', script, 'sh', users, program, served];
  return spawn('unshare', words, { env, stdio: 'ignore' });
}

async function answers(port: number): Promise<void> {
  for (let look = 0; look < 50; look++) {
    const is = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('data', () => (socket.destroy(), resolve(true)));
      socket.once('error', () => resolve(false));
    });
    if (is) return;
    await sleep(100);
  }
  throw new Error('sshd does not answer');
}
