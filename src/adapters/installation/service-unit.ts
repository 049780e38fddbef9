/**
 * The systemd unit of an installation, as a text: installs and starts nothing. It says of itself what
 * hooks and programs may do, because they run inside of it.
 */

import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ok, refuse, type Result } from '#domain/result.ts';
import { readServices } from '#launcher/installation.ts';
import { refuseDiskError } from '../files/atomic-file.ts';
import { againstUnread } from './installation-marks.ts';
import { portsOf } from '../care/installation-ports.ts';
import { givenSecrets } from '../secrets/given-secret.ts';
import { unitMark } from './service-units.ts';
import { readSettings } from '../daemon/settings-yaml.ts';

const limits = { portOfRootMax: 1_023 } as const;

type UnitFacts = {
  readonly root: string;
  /** Name or number of the account that owns the folder. */
  readonly account: string;
  /** The Node that starts the launcher. */
  readonly runtime: string;
  /** It listens where only root may. */
  readonly hasLowPort: boolean;
  /** Here is the program by which the launcher tells systemd that it is alive. */
  readonly hasNotify: boolean;
  /** What it writes outside of its folder, such as the heads of its record. */
  readonly alsoWritten: readonly string[];
  /** Secrets in its folder that could stand elsewhere. */
  readonly secrets: readonly string[];
};

export async function unitTextOf(typed: string): Promise<Result<string>> {
  const root = await realpath(typed).catch(() => typed);
  const services = readServices(root);
  if (typeof services === 'string') return refuse(await againstUnread(root, services));
  const ports = await portsOf(root);
  if (!ports.ok) return ports;
  try {
    const own = join(root, 'launcher', 'node');
    const low = ({ port }: { readonly port: number }) => port > 0 && port <= limits.portOfRootMax;
    const facts = {
      root,
      account: await accountOf((await stat(root)).uid),
      runtime: existsSync(own) ? own : process.execPath,
      hasLowPort: ports.value.listens.some(low),
      hasNotify: isOnPath('systemd-notify'),
      alsoWritten: await headsOf(root),
      secrets: Object.keys(givenSecrets).filter((name) => existsSync(join(root, 'secrets', name))),
    };
    return ok(unitText(facts));
  } catch (error) {
    return refuseDiskError(error, root);
  }
}

/** systemd takes the number too, where no name is to be found. */
async function accountOf(uid: number): Promise<string> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const rows = text.split('\n').map((line) => line.split(':'));
  return rows.find(([, , number]) => number === String(uid))?.[0] ?? String(uid);
}

const witness = z.looseObject({ recordHeads: z.string().optional() });

async function headsOf(root: string): Promise<readonly string[]> {
  const file = join(root, 'settings.yaml');
  const read = await readSettings({ file, section: 'informationServer', schema: witness });
  const heads = read.ok ? read.value.recordHeads : undefined;
  return heads === undefined ? [] : [heads];
}

/** systemd counts as the launcher's what `systemd-notify`, a child of it, says (NotifyAccess). */
const notified = `Type=notify
NotifyAccess=all
WatchdogSec=120`;
const unnotified = `# Without the program systemd-notify it cannot say so, and systemd has no watchdog over it.
Type=exec`;

function isOnPath(name: string): boolean {
  return standardFolders.some((folder) => existsSync(join(folder, name)));
}

/** Where systemd looks, whatever our own PATH is. */
const standardFolders = ['/usr/local/bin', '/usr/bin', '/bin'];

/** As comments: whoever moves a secret away puts its line, plain or encrypted, into a drop-in. */
function credentials({ root, secrets }: UnitFacts): string {
  if (secrets.length === 0) return '';
  const lines = secrets.map((name) => {
    const file = quoted(join('/etc/dankai', name));
    return `# LoadCredential=${name}:${file}\n# LoadCredentialEncrypted=${name}:${file}.cred`;
  });
  return `
# These stand in ${join(root, 'secrets').replaceAll('%', '%%')}. Each can be moved away and given as a
# credential: its line goes into a drop-in (systemctl edit), below [Service].
${lines.join('\n')}
`;
}

export function unitText(facts: UnitFacts): string {
  const { root, account, runtime, hasLowPort, alsoWritten } = facts;
  const launcher = join(root, 'launcher', 'launcher.mjs');
  const start = [runtime, launcher, '--root', root].map((word) =>
    quoted(word).replaceAll('$', '$$$$'),
  );
  const capability = hasLowPort ? 'CAP_NET_BIND_SERVICE' : '';
  const written = [root, ...alsoWritten.map((path) => `-${path}`)].map(quoted);
  return `[Unit]
Description=Dankai in ${root.replaceAll('%', '%%')}
Wants=network-online.target
After=network-online.target

[Service]
# Active means that the launcher watches its daemons. How they are is told by: dankai doctor
${facts.hasNotify ? notified : unnotified}
User=${account}
ExecStart=${start.join(' ')}
Restart=always
RestartSec=2
RestartPreventExitStatus=1 2
KillMode=mixed
TimeoutStopSec=30
UMask=0027
${credentials(facts)}
# Hooks, checks and programs that Dankai starts run in here, as this account and with no more rights
# than this: they write below the folders of ReadWritePaths= alone, and cannot become root. Where one
# of them has to, relax what it needs in a drop-in (systemctl edit), for instance another
# ReadWritePaths=, or NoNewPrivileges=no.
ReadWritePaths=${written.join(' ')}
ProtectSystem=strict
ProtectHome=read-only
PrivateTmp=yes
PrivateDevices=yes
NoNewPrivileges=yes
CapabilityBoundingSet=${capability}
AmbientCapabilities=${capability}
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target

${unitMark(root)}`;
}

/** As systemd reads words: quotes, backslashes and its own specifiers are not what they seem. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%');
  return /^[\w/.:@+-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
