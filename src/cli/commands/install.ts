/**
 * `install`: lays down an installation folder for the roles of this computer (N1, D3). Checks
 * what was typed before anything is unpacked; prints nothing.
 */

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Release } from '#domain/catalogue/release.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Packages, Role } from '#ports/packages.ts';
import { domainName, serverId } from '#protocol/shared/primitives.ts';
import { parsed, parsedAll } from '../given.ts';
import { firstSettings, type FirstSettings } from './install-settings.ts';

const roleSchema = z.enum(['control-manager', 'information-server', 'normal-server']);
const tokenBytes = 32;
const loopback = '127.0.0.1';

export type InstallOptions = {
  readonly root: string;
  /** `information-server` brings the normal server of its computer and the agent with it. */
  readonly roles: readonly string[];
  /** Default: the release that the running program belongs to. */
  readonly release?: string | undefined;
  /** A whole settings.yaml; then the options below are not looked at. */
  readonly settings?: string | undefined;
  /** The token of the tier above; needed where that is another computer. */
  readonly tokenFile?: string | undefined;
  readonly name?: string | undefined;
  readonly domain?: string | undefined;
  readonly host?: string | undefined;
  readonly plainNetwork?: boolean | undefined;
  readonly informationServer?: string | undefined;
  readonly controlManager?: string | undefined;
};

export type Installed = {
  readonly root: string;
  readonly release: Release;
  readonly settingsFile: string;
  /** What the tier below needs as its `--token-file`. */
  readonly joinTokenFile: string;
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
  const settings = await settingsOf(roles.value, { ...options, root });
  if (!settings.ok) return settings;
  const joinToken = await joinTokenOf(roles.value, options);
  if (!joinToken.ok) return joinToken;
  const hasConsole = roles.value.some((role) => role !== 'normal-server');
  const release = await packages.install({
    root,
    roles: roles.value,
    settings: settings.value,
    tokens: { join: joinToken.value, console: hasConsole ? freshToken() : undefined },
    releaseFile: options.release === undefined ? null : resolve(options.release),
  });
  if (!release.ok) return release;
  return ok({
    root,
    release: release.value,
    settingsFile: join(root, 'settings.yaml'),
    joinTokenFile: join(root, 'secrets', 'join.token'),
  });
}

function freshToken(): string {
  return randomBytes(tokenBytes).toString('base64url');
}

/** Every tier shares the token of the tier above it; the topmost one makes it. */
async function joinTokenOf(
  roles: readonly Role[],
  options: InstallOptions,
): Promise<Result<string>> {
  const { tokenFile, controlManager } = options;
  if (tokenFile !== undefined) {
    const token = (await readFile(tokenFile, 'utf8').catch(() => '')).trim();
    return token === '' ? refuse(problem('TOKEN_ABSENT', { file: tokenFile })) : ok(token);
  }
  const isBelow =
    (!roles.includes('information-server') && roles.includes('normal-server')) ||
    (controlManager !== undefined && !roles.includes('control-manager'));
  return isBelow ? refuse(problem('TOKEN_ABSENT', { file: '--token-file' })) : ok(freshToken());
}

async function settingsOf(
  roles: readonly Role[],
  options: InstallOptions,
): Promise<Result<string>> {
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

function firstSettingsOf(roles: readonly Role[], options: InstallOptions): Result<FirstSettings> {
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
  const plain = plainNetworkProblem(options, [host, informationServer.value, controlManager.value]);
  if (plain !== null) return refuse(plain);
  const isAlone = roles.every((role) => role === 'normal-server');
  if (isAlone && informationServer.value === null) {
    return refuse(problem('ADDRESS_WRONG', { address: '--information-server' }));
  }
  return ok({
    roles,
    name: name.value,
    domain: domain.value,
    host,
    plainNetworkAccepted: options.plainNetwork === true,
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

/** The links are not encrypted yet, so leaving this computer has to be said outright. */
function plainNetworkProblem(
  { plainNetwork }: InstallOptions,
  places: readonly (string | null)[],
): Problem | null {
  if (plainNetwork === true) return null;
  const outside = places.find((place) => place !== null && !isLoopback(place));
  return outside === undefined || outside === null
    ? null
    : problem('PLAIN_NETWORK', { address: outside });
}

function isLoopback(place: string): boolean {
  const host = URL.parse(place)?.hostname ?? place;
  return /^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host);
}

/** Scheme, host and port, and nothing behind them. */
function addressOf(typed: string | undefined): Result<string | null> {
  if (typed === undefined) return ok(null);
  const url = URL.parse(typed);
  if (url === null || url.protocol !== 'http:' || url.origin !== typed.replace(/\/$/, '')) {
    return refuse(problem('ADDRESS_WRONG', { address: typed }));
  }
  return ok(url.origin);
}
