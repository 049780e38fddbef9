/**
 * `install`: lays down an installation folder for the roles of this computer (N1, D3). Checks
 * what was typed before anything is unpacked; prints nothing.
 */

import { randomBytes } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Release } from '#domain/catalogue/release.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InstallerHere, Packages, Role } from '#ports/packages.ts';
import { domainName, serverId } from '#protocol/shared/primitives.ts';
import { parsed, parsedAll } from '../../given.ts';
import { firstSettings, type FirstSettings } from './install-settings.ts';
import { trustOf, type InstallPlace } from './install-trust.ts';

const roleSchema = z.enum(['control-manager', 'information-server', 'normal-server']);
const tokenBytes = 32;
/** As `release sign` writes it into the organisation folder. */
const bundleName = 'program.bundle';
const loopback = '127.0.0.1';

export type InstallOptions = {
  readonly root: string;
  /** `information-server` brings the normal server of its computer and the agent with it. */
  readonly roles: readonly string[];
  /** Default: the release that the running program belongs to. */
  readonly release?: string | undefined;
  /** A whole settings.yaml; then the options below are not looked at. */
  readonly settings?: string | undefined;
  readonly name?: string | undefined;
  readonly domain?: string | undefined;
  readonly host?: string | undefined;
  readonly insecureLoopback?: boolean | undefined;
  /** Of an upper tier: who it is. Removed when it was taken over, unless it is to be kept. */
  readonly kit?: string | undefined;
  readonly keepKit?: boolean | undefined;
  /** The organisation's bundle; default: `program.bundle` beside the kit, where there is one. */
  readonly signatures?: string | undefined;
  /** Installs from an unpacked release that nobody signed. */
  readonly unsignedBaseline?: boolean | undefined;
  /** Of a normal server: by which it enrols when it starts. */
  readonly tokenFile?: string | undefined;
  /** The installer that the program came out of. */
  readonly installer?: InstallerHere | null | undefined;
  readonly informationServer?: string | undefined;
  readonly controlManager?: string | undefined;
  /** Why a normal server may run ahead of its information server (L1). */
  readonly aheadOfInformationServer?: string | undefined;
};

export type Installed = {
  readonly root: string;
  readonly release: Release;
  readonly settingsFile: string;
  /** It held a private key, which stands in ROOT/secrets now. */
  readonly isKitRemoved: boolean;
};

export async function install(
  packages: Packages,
  options: InstallOptions,
): Promise<Result<Installed>> {
  const roles = parsedAll(roleSchema, options.roles, { option: '--role', expected: 'role' });
  if (!roles.ok) return roles;
  if (roles.value.length === 0) {
    return refuse(problem('OPTION_WRONG', { option: '--role', value: '', expected: 'role' }));
  }
  const root = resolve(options.root);
  const trust = await trustOf(packages, roles.value, options);
  if (!trust.ok) return trust;
  const settings = await settingsOf(roles.value, { ...options, root, ...trust.value });
  if (!settings.ok) return settings;
  // Settings of one's own may say that the loopback is insecure; the daemons look.
  const isNobodyFit = options.insecureLoopback === true || options.settings !== undefined;
  if (trust.value.trust === null && !isNobodyFit) {
    return refuse(problem('KIT_ABSENT', { role: roles.value.join(', ') }));
  }
  const hasConsole = roles.value.some((role) => role !== 'normal-server');
  const release = await packages.install({
    root,
    roles: roles.value,
    settings: settings.value,
    tokens: { console: hasConsole ? freshToken() : undefined },
    trust: trust.value.trust,
    releaseFile: options.release === undefined ? null : resolve(options.release),
    signatures: await signaturesOf(options),
    isUnsignedAccepted: options.unsignedBaseline === true,
  });
  if (!release.ok) return release;
  const isKitRemoved = options.kit !== undefined && options.keepKit !== true;
  if (isKitRemoved) await rm(options.kit, { force: true });
  return ok({
    root,
    isKitRemoved,
    release: release.value,
    settingsFile: join(root, 'settings.yaml'),
  });
}

async function signaturesOf({ signatures, kit }: InstallOptions): Promise<string | null> {
  if (signatures !== undefined) return resolve(signatures);
  if (kit === undefined) return null;
  const beside = join(dirname(resolve(kit)), bundleName);
  const found = await stat(beside).catch(() => null);
  return found?.isFile() === true ? beside : null;
}

type Placed = InstallOptions & InstallPlace;

function freshToken(): string {
  return randomBytes(tokenBytes).toString('base64url');
}

async function settingsOf(roles: readonly Role[], options: Placed): Promise<Result<string>> {
  const { settings: file } = options;
  if (file === undefined) {
    const first = firstSettingsOf(roles, options);
    return first.ok ? ok(firstSettings(first.value)) : first;
  }
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
}

function firstSettingsOf(roles: readonly Role[], options: Placed): Result<FirstSettings> {
  const name = parsed(serverId, options.name ?? hostname(), {
    option: '--name',
    expected: 'name',
  });
  if (!name.ok) return name;
  const domain = parsed(domainName, options.domain ?? 'default', {
    option: '--domain',
    expected: 'name',
  });
  if (!domain.ok) return domain;
  const informationServer = addressOf(options.informationServer);
  if (!informationServer.ok) return informationServer;
  const controlManager = addressOf(options.controlManager);
  if (!controlManager.ok) return controlManager;
  const host = options.host ?? loopback;
  const addresses = [informationServer.value, controlManager.value];
  const insecure = insecureProblem(options, { host, addresses });
  if (insecure !== null) return refuse(insecure);
  const isAlone = roles.every((role) => role === 'normal-server');
  if (isAlone && informationServer.value === null && !options.isEnrolling) {
    return refuse(problem('ADDRESS_WRONG', { address: '--information-server' }));
  }
  return ok({
    roles,
    name: name.value,
    site: options.site ?? name.value,
    isEnrolling: options.isEnrolling,
    domain: domain.value,
    host,
    isInsecure: options.insecureLoopback === true,
    informationServer: informationServer.value,
    controlManager: controlManager.value,
    ports: {
      controlManager: 4471,
      controlManagerConsole: 4472,
      informationServer: 4481,
      informationServerConsole: 4482,
    },
    feed: join(options.root, 'feed'),
  });
}

/** `http` is spoken only within this computer, and only if that was said outright. */
function insecureProblem(
  { insecureLoopback }: InstallOptions,
  { host, addresses }: { readonly host: string; readonly addresses: readonly (string | null)[] },
): Problem | null {
  const isAccepted = insecureLoopback === true;
  if (isAccepted && !isLoopback(host)) return problem('LINK_INSECURE', { address: host });
  for (const address of addresses) {
    if (address === null) continue;
    const url = URL.parse(address);
    const isSecure = url?.protocol === 'https:';
    const isFit = isAccepted ? !isSecure && isLoopback(url?.hostname ?? '') : isSecure;
    if (!isFit) return problem('LINK_INSECURE', { address });
  }
  return null;
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host);
}

/** Scheme, host and port, and nothing behind them. */
function addressOf(typed: string | undefined): Result<string | null> {
  if (typed === undefined) return ok(null);
  const url = URL.parse(typed);
  if (url === null || !/^https?:$/.test(url.protocol) || url.origin !== typed.replace(/\/$/, '')) {
    return refuse(problem('ADDRESS_WRONG', { address: typed }));
  }
  return ok(url.origin);
}
