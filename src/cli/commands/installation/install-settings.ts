/**
 * The first settings.yaml of an installation, when its user brings none: every setting that must
 * be there, with what was typed or a sensible beginning. Pure text.
 */

import type { Role } from '#ports/packages.ts';

export type FirstSettings = {
  readonly roles: readonly Role[];
  /** Of this computer: as a site, a control manager or a server. */
  readonly name: string;
  /** Of an information server. */
  readonly site: string;
  /** The information server is the one whose token this computer has. */
  readonly isEnrolling: boolean;
  readonly domain: string;
  readonly host: string;
  /** Links without certificates, on loopback. */
  readonly isInsecure: boolean;
  /** `https://host:port`; null: the one on this computer. */
  readonly informationServer: string | null;
  /** null: no control manager; its agent stays without work. */
  readonly controlManager: string | null;
  readonly ports: {
    readonly controlManager: number;
    readonly controlManagerConsole: number;
    readonly informationServer: number;
    readonly informationServerConsole: number;
  };
  /** A folder beside the installation where a control manager looks for content. */
  readonly feed: string;
};

/** JSON is YAML, and quotes what could be read as something else. */
const quoted = (text: string): string => JSON.stringify(text);

function listener(key: string, host: string, port: number): string {
  return `  ${key}: { host: ${quoted(host)}, port: ${port} }`;
}

export function firstSettings(settings: FirstSettings): string {
  const { roles } = settings;
  const hasShare = roles.includes('information-server');
  const sections = [
    ...(roles.includes('control-manager') ? [controlManager(settings)] : []),
    ...(hasShare ? [informationServer(settings), agent(settings)] : []),
    ...(hasShare || roles.includes('normal-server') ? [normalServer(settings)] : []),
  ];
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function network({ isInsecure }: FirstSettings): readonly string[] {
  return isInsecure ? ['  insecureLoopback: accepted'] : [];
}

function controlManager(settings: FirstSettings): readonly string[] {
  const { name, host, ports, feed } = settings;
  return [
    'controlManager:',
    `  name: ${quoted(name)}`,
    listener('listen', host, ports.controlManager),
    listener('console', '127.0.0.1', ports.controlManagerConsole),
    ...network(settings),
    '  # Where content arrives: a folder with a server.ini.',
    `  feed: ${quoted(feed)}`,
    '  pollSeconds: 300',
    '  # nothing | at-once | by-plan | when-new',
    '  afterDownload: by-plan',
    '  activePlan: deploy-to-all-now',
    '  folders: {}',
    '  plans: {}',
  ];
}

function informationServer(settings: FirstSettings): readonly string[] {
  const { site, host, ports } = settings;
  return [
    'informationServer:',
    `  site: ${quoted(site)}`,
    listener('listen', host, ports.informationServer),
    listener('console', '127.0.0.1', ports.informationServerConsole),
    ...network(settings),
    '  # Servers that may switch at the same time, all upgrades of the site together.',
    '  inFlightMax: 50',
    '  # So long may a new version of the information server or its agent take to prove itself.',
    '  proveSeconds: 120',
    '  profile: serverprotect-5.8',
  ];
}

const noControlManager = ({ isInsecure }: FirstSettings): string =>
  `${isInsecure ? 'http' : 'https'}://127.0.0.1:4471`;

function agent(settings: FirstSettings): readonly string[] {
  return [
    'controlManagerAgent:',
    `  controlManager: ${quoted(settings.controlManager ?? noControlManager(settings))}`,
    '  informationServer: run',
    ...network(settings),
  ];
}

function normalServer(settings: FirstSettings): readonly string[] {
  const { roles, name, domain, informationServer: address, isEnrolling } = settings;
  const isBeside = roles.includes('information-server') || (address === null && !isEnrolling);
  const dialled = isBeside ? 'run' : address === null ? 'enrolled' : quoted(address);
  return [
    'normalServer:',
    `  server: ${quoted(name)}`,
    `  domain: ${quoted(domain)}`,
    `  informationServer: ${dialled}`,
    ...network(settings),
    '  jitterSeconds: 10',
  ];
}
