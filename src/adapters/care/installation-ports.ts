/**
 * Every port of an installation, read from its settings.yaml: where it listens, and whom it dials.
 * Other settings are not looked at, so that a mistake elsewhere hides no port.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Ports } from '#protocol/console/doctor.ts';
import { refuseDiskError } from '../files/atomic-file.ts';
import { readEnrolledAt } from '../identity/identity-enrolled.ts';
import { readYaml } from '#yaml/yaml-document.ts';

const listener = z.looseObject({ host: z.string(), port: z.int() }).optional();
const upper = z.looseObject({ listen: listener, console: listener }).optional();
const site = z
  .looseObject({
    listen: listener,
    console: listener,
    cacheListen: listener,
    mirrorListen: listener,
    packageSources: z.array(z.string()).optional(),
  })
  .optional();

const portSettings = z.looseObject({
  controlManager: upper,
  informationServer: site,
  controlManagerAgent: z.looseObject({ controlManager: z.string().optional() }).optional(),
  normalServer: z.looseObject({ informationServer: z.string().optional() }).optional(),
});

const listening = [
  { section: 'controlManager', service: 'control-manager', below: 'agents' },
  { section: 'informationServer', service: 'information-server', below: 'servers' },
] as const;

/** Asked one after the other: where one is away, the next is asked. */
export const packageSources = 'informationServer.packageSources';

export async function portsOf(root: string): Promise<Result<Ports>> {
  const file = join(root, 'settings.yaml');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return refuseDiskError(error, file);
  }
  const read = readYaml(text, portSettings);
  if (!read.ok) return refuse(problem('SETTINGS_UNREADABLE', { file, ...read.mistake }));
  return ok({ listens: listensIn(read.value), dials: dialsIn(root, read.value) });
}

type Settings = z.infer<typeof portSettings>;

function listensIn(settings: Settings): Ports['listens'] {
  const inClear = [
    { key: 'cacheListen', for: 'caches' },
    { key: 'mirrorListen', for: 'mirror' },
  ] as const;
  const open = inClear.flatMap(({ key, for: whom }) => {
    const found = settings.informationServer?.[key];
    if (found === undefined) return [];
    const { host, port } = found;
    const setting = `informationServer.${key}`;
    return [{ service: 'information-server', for: whom, host, port, setting }];
  });
  return [...tierPorts(settings), ...open];
}

function tierPorts(settings: Settings): Ports['listens'] {
  return listening.flatMap(({ section, service, below }) =>
    (['listen', 'console'] as const).flatMap((key) => {
      const found = settings[section]?.[key];
      if (found === undefined) return [];
      const { host, port } = found;
      const whom = key === 'listen' ? below : 'people';
      return [{ service, for: whom, host, port, setting: `${section}.${key}` }];
    }),
  );
}

function dialsIn(root: string, settings: Settings): Ports['dials'] {
  const dials: Ports['dials'] = [];
  const manager = settings.controlManagerAgent?.controlManager;
  if (manager !== undefined) {
    const setting = 'controlManagerAgent.controlManager';
    dials.push({ service: 'agent', address: manager, setting });
  }
  const above = settings.normalServer?.informationServer;
  // `run`: the one on this computer; `enrolled`: as its token said.
  const address = above === 'enrolled' ? readEnrolledAt(root)?.address : above;
  if (address !== undefined && address !== 'run') {
    const setting = 'normalServer.informationServer';
    dials.push({ service: 'normal-server', address, setting });
  }
  for (const source of settings.informationServer?.packageSources ?? []) {
    dials.push({ service: 'information-server', address: source, setting: packageSources });
  }
  return dials;
}
