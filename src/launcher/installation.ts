/** Where things stand in an installation folder, and which services it runs. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Track as TrackName } from '#protocol/launcher/messages.ts';
import { isObject } from './entries.ts';

export type Service = { readonly name: string; readonly track: TrackName };

const serviceName = /^[a-z][a-z-]{0,63}$/;
const slotName = /^[\p{L}\p{N}][\p{L}\p{N}._+-]{0,127}$/u;

export const paths = {
  services: (root: string) => join(root, 'launcher.json'),
  lock: (root: string) => join(root, 'run', 'launcher.lock'),
  pid: (root: string) => join(root, 'run', 'launcher.pid'),
  running: (root: string) => join(root, 'run', 'services.json'),
  log: (root: string, name: string) => join(root, 'logs', `${name}.log`),
  track: (root: string, track: TrackName) => join(root, 'tracks', track),
  slot: (root: string, slot: string) => join(root, 'slots', slot),
};

/** A slot is named, never a path: nothing that a daemon says leads out of `slots/`. */
export function isSlotName(text: unknown): text is string {
  return typeof text === 'string' && slotName.test(text);
}

export function isTrackName(text: unknown): text is TrackName {
  return text === 'program' || text === 'agent';
}

/** The services of launcher.json, or a sentence saying what is wrong with it. */
export function readServices(root: string): readonly Service[] | string {
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
    services.push({ name, track });
  }
  const names = new Set(services.map((service) => service.name));
  if (names.size !== services.length) return `${file} names a service twice`;
  return services.length === 0 ? `${file} names no service` : services;
}
