/**
 * Looks at an installation from its own computer: what stands and runs, which ports answer, whether
 * those above can be named and reached, how their clock differs, how long certificates hold, and how
 * much room there is. Changes nothing, and needs no daemon to run.
 */

import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFile, readdir, statfs } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, isIP } from 'node:net';
import { join } from 'node:path';
import { packageFor } from '#domain/catalogue/release.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { againstClock } from '#domain/trust/clock.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Check, Examination, Ports } from '#protocol/console/doctor.ts';
import { organisationPath } from '#protocol/shared/organisation.ts';
import { readServices } from '#launcher/installation.ts';
import { currentSlot, readSlot } from '../installation/installation-disk-slots.ts';
import { failedRenewal, renewalIn } from '../installation/launcher-renewal.ts';
import { thisPlatform } from '../installation/installation-disk.ts';
import { againstUnread } from '../installation/installation-marks.ts';
import { packageSources, portsOf } from './installation-ports.ts';
import { processesOf } from '../installation/installation-processes.ts';

const limits = {
  reachMilliseconds: 5_000,
  /** Leases count on clocks that go alike; certificates on clocks that agree. */
  skewSecondsWarned: 30,
  skewSecondsMax: 300,
  certificateDaysWarned: 5,
  /** Of the space that one upgrade takes: the new version beside the running one, and its download. */
  roomForUpgrades: 2,
} as const;

const dayMs = 86_400_000;

/** `known`: services that run for certain, such as the one that asks; a process does not find itself. */
export async function examine(
  root: string,
  known: readonly string[] = [],
): Promise<Result<Examination>> {
  const services = readServices(root);
  if (typeof services === 'string') {
    return refuse(await againstUnread(root, services));
  }
  const ports = await portsOf(root);
  const running = [...known, ...processesOf(root).map(({ what }) => what)];
  const named = services.map(({ name }) => name);
  const reached = ports.ok ? await portChecks(ports.value, running) : [];
  const skewSeconds = Number(reached.find(({ check }) => check === 'clock')?.found ?? 0);
  const checks: Check[] = [
    ...['launcher', ...named].map((name) => serviceCheck(name, running.includes(name))),
    ...launcherChecks(root),
    ...(ports.ok ? [] : [bad('installation', join(root, 'settings.yaml'), ports.because)]),
    ...reached,
    ...(await certificateChecks(root, skewSeconds)),
    await diskCheck(root),
  ];
  return ok({ root, checks });
}

function good(check: Check['check'], of: string, found: Check['found'] = null): Check {
  return { check, of, state: 'good', found, because: null };
}

function bad(
  check: Check['check'],
  of: string,
  because: Problem,
  found: Check['found'] = null,
): Check {
  return { check, of, state: 'bad', found, because };
}

function serviceCheck(service: string, isRunning: boolean): Check {
  return isRunning
    ? good('service', service)
    : bad('service', service, problem('SERVICE_NOT_RUNNING', { service }));
}

/** Said only where a newer one failed: the one before it does all that there is to do. */
export function launcherChecks(root: string): readonly Check[] {
  const failed = failedRenewal({ version: null, renewal: renewalIn(root) }) ?? null;
  if (failed === null) return [];
  const because = problem('LAUNCHER_FAILED', failed);
  return [{ check: 'service', of: 'launcher', state: 'warning', found: failed.version, because }];
}

export async function portChecks(
  ports: Ports,
  running: readonly string[],
): Promise<readonly Check[]> {
  const listens = ports.listens.map((one) => listenCheck(one, running.includes(one.service)));
  const dials = ports.dials.map(async ({ address, setting }) => {
    const checks = await dialChecks(address);
    return setting === packageSources ? checks.map(atMostWarned) : checks;
  });
  return [...(await Promise.all(listens)), ...(await Promise.all(dials)).flat()];
}

/** Of one of several: work goes on without it. */
function atMostWarned(check: Check): Check {
  return check.state === 'bad' ? { ...check, state: 'warning' } : check;
}

/** A port that is taken while its daemon is not there is taken by somebody else. */
async function listenCheck(
  { host, port, setting }: Ports['listens'][number],
  isRunning: boolean,
): Promise<Check> {
  const of = `${setting} ${host}:${port}`;
  if (port === 0) return good('listen', of);
  const refusal = await tried({ host: host === '0.0.0.0' ? '127.0.0.1' : host, port });
  if (isRunning && refusal !== null) {
    return bad('listen', of, problem('ADDRESS_UNREACHABLE', { address: of, detail: refusal }));
  }
  const isTaken = !isRunning && refusal === null;
  return isTaken ? bad('listen', of, problem('PORT_TAKEN', { port, setting })) : good('listen', of);
}

/** null: somebody answered. */
function tried(at: { readonly host: string; readonly port: number }): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(at);
    const end = (said: string | null): void => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(limits.reachMilliseconds, () => end('no answer in time'));
    socket.on('connect', () => end(null));
    socket.on('error', (error) => end(error.message));
  });
}

/** Lower tiers dial, so what is reached from here is all the way there is. */
async function dialChecks(address: string): Promise<readonly Check[]> {
  const url = URL.parse(address);
  if (url === null) return [bad('reach', address, problem('ADDRESS_WRONG', { address }))];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const name = await nameCheck(host);
  if (name.state === 'bad') return [name];
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  const refusal = await tried({ host, port });
  if (refusal !== null) {
    const because = problem('ADDRESS_UNREACHABLE', { address, detail: refusal });
    return [name, bad('reach', address, because)];
  }
  return [name, good('reach', address), ...(await clockChecks(url))];
}

async function nameCheck(host: string): Promise<Check> {
  if (isIP(host) !== 0) return good('name', host, 'an address');
  try {
    const { address } = await lookup(host);
    return good('name', host, address);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return bad('name', host, problem('NAME_NOT_RESOLVED', { name: host, detail }));
  }
}

/** By the date that every answer carries, in whole seconds; half of the way there is not known. */
async function clockChecks(url: URL): Promise<readonly Check[]> {
  const begin = Date.now();
  const said = await dateAt(url);
  if (said === null) return [];
  const middle = (begin + Date.now()) / 2;
  const seconds = Math.round((middle - said) / 1_000);
  const of = url.origin;
  const far = Math.abs(seconds);
  if (far <= limits.skewSecondsWarned) return [good('clock', of, seconds)];
  const because = problem('CLOCK_DIFFERS', { address: of, seconds });
  const state = far > limits.skewSecondsMax ? 'bad' : 'warning';
  return [{ check: 'clock', of, state, found: seconds, because }];
}

/** Who answers is not asked here: a date is no secret, and nothing is done because of it. */
function dateAt(url: URL): Promise<number | null> {
  return new Promise((resolve) => {
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = ask(new URL(organisationPath, url), {
      agent: false,
      rejectUnauthorized: false,
      signal: AbortSignal.timeout(limits.reachMilliseconds),
    });
    request.on('error', () => resolve(null));
    request.on('response', (response) => {
      response.resume();
      const date = Date.parse(response.headers.date ?? '');
      resolve(Number.isNaN(date) ? null : date);
      request.destroy();
    });
    request.end();
  });
}

async function certificateChecks(root: string, skewSeconds: number): Promise<readonly Check[]> {
  const folder = join(root, 'secrets');
  const names = await readdir(folder).catch(() => []);
  const checks: Check[] = [];
  for (const name of names.filter((one) => one.endsWith('.pem')).toSorted()) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0];
    if (pem === undefined) continue;
    const facts = { now: Date.now(), skewSeconds };
    checks.push(certificateCheck(name, new X509Certificate(pem), facts));
  }
  return checks;
}

/**
 * What we were given, we were given in the past: a certificate of tomorrow speaks of a clock behind.
 * One that is over here, but not by the clock of whom we dial, speaks of a clock ahead.
 */
export function certificateCheck(
  of: string,
  certificate: Pick<X509Certificate, 'validFrom' | 'validTo'>,
  { now, skewSeconds }: { readonly now: number; readonly skewSeconds: number },
): Check {
  const until = Date.parse(certificate.validTo);
  const from = Date.parse(certificate.validFrom);
  const own = { from, until };
  const isOverThere = now - skewSeconds * 1_000 > until;
  const wrong =
    againstClock(own, 'not-yet-valid', now) ??
    (isOverThere ? null : againstClock(own, 'expired', now));
  if (wrong !== null) return bad('clock', of, wrong, skewSeconds);
  const days = Math.floor((until - now) / dayMs);
  if (days < 0) return bad('certificate', of, problem('CERTIFICATE_EXPIRED', { until }), days);
  if (days >= limits.certificateDaysWarned) return good('certificate', of, days);
  const because = problem('CERTIFICATE_ENDS', { file: of, until });
  return { check: 'certificate', of, state: 'warning', found: days, because };
}

async function diskCheck(root: string): Promise<Check> {
  const { bavail, bsize } = await statfs(root);
  const bytesFree = bavail * bsize;
  const slot = await currentSlot(root, 'program');
  const release = slot === null ? null : await readSlot(root, slot).catch(() => null);
  const chosen =
    release?.ok === true ? packageFor(release.value.manifest, thisPlatform()) : undefined;
  const once = chosen === undefined ? 0 : chosen.treeBytes + chosen.archive.bytes;
  const bytesNeeded = once * limits.roomForUpgrades;
  return bytesFree >= bytesNeeded
    ? good('disk', root, bytesFree)
    : bad(
        'disk',
        root,
        problem('DISK_NEARLY_FULL', { folder: root, bytesFree, bytesNeeded }),
        bytesFree,
      );
}
