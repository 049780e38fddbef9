/** Where things stand in an installation folder, and which services it runs. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Track as TrackName } from '#protocol/launcher/messages.ts';
import { isObject } from './entries.ts';
import { limits } from './limits.ts';

export type Service = {
  readonly name: string;
  readonly track: TrackName;
  /** null: no limit. */
  readonly memoryMebibytesMax: number | null;
};

export type Installation = {
  readonly services: readonly Service[];
  readonly silenceSecondsMax: number;
  readonly unacceptedHoursMax: number;
  readonly renewalSecondsMax: number;
};

const serviceName = /^[a-z][a-z-]{0,63}$/;
const slotName = /^[\p{L}\p{N}][\p{L}\p{N}._+-]{0,127}$/u;

export const paths = {
  services: (root: string) => join(root, 'launcher.json'),
  lock: (root: string) => join(root, 'run', 'launcher.lock'),
  pid: (root: string) => join(root, 'run', 'launcher.pid'),
  running: (root: string) => join(root, 'run', 'services.json'),
  log: (root: string, name: string) => join(root, 'logs', `${name}.log`),
  track: (root: string, track: TrackName) => join(root, 'tracks', track),
  launcher: (root: string) => join(root, 'launcher'),
  slot: (root: string, slot: string) => join(root, 'slots', slot),
};

/** A slot is named, never a path: nothing that a daemon says leads out of `slots/`. */
export function isSlotName(text: unknown): text is string {
  return typeof text === 'string' && slotName.test(text);
}

export function isTrackName(text: unknown): text is TrackName {
  return text === 'program' || text === 'agent';
}

/** What launcher.json says, or a sentence saying what is wrong with it. */
export function readInstallation(root: string): Installation | string {
  const file = paths.services(root);
  let input: unknown;
  try {
    input = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return `${file} cannot be read: ${String(error)}`;
  }
  if (!isObject(input) || input['format'] !== 1 || !Array.isArray(input['services'])) {
    return `${file} is not of format 1`;
  }
  const services: Service[] = [];
  for (const one of input['services'] as readonly unknown[]) {
    const name = isObject(one) ? one['name'] : null;
    const track = isObject(one) ? one['track'] : null;
    if (typeof name !== 'string' || !serviceName.test(name) || !isTrackName(track)) {
      return `${file} names a service that is none: ${JSON.stringify(one)}`;
    }
    const given = isObject(one) ? one['memoryMebibytesMax'] : undefined;
    services.push({ name, track, memoryMebibytesMax: numberOr(given, memoryMaxOf(name)) });
  }
  const names = new Set(services.map((service) => service.name));
  if (names.size !== services.length) return `${file} names a service twice`;
  if (services.length === 0) return `${file} names no service`;
  const { silenceSecondsMax, unacceptedHoursMax, renewalSecondsMax } = input;
  return {
    services,
    silenceSecondsMax: numberOr(silenceSecondsMax, limits.silenceSecondsMax),
    unacceptedHoursMax: numberOr(unacceptedHoursMax, limits.unacceptedHoursMax),
    renewalSecondsMax: numberOr(renewalSecondsMax, limits.renewalSecondsMax),
  };
}

/** Its services alone. */
export function readServices(root: string): readonly Service[] | string {
  const installation = readInstallation(root);
  return typeof installation === 'string' ? installation : installation.services;
}

/** What a person wrote there by hand, if it can be a limit at all. */
function numberOr<Other>(given: unknown, other: Other): number | Other {
  return typeof given === 'number' && given > 0 ? given : other;
}

function memoryMaxOf(service: string): number | null {
  const known: Readonly<Record<string, number>> = limits.memoryMebibytesMax;
  return known[service] ?? null;
}
