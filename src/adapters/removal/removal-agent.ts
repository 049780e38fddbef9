/**
 * Takes away the control manager agent alone: the information server beside it goes on. A running
 * launcher has the agent in its head until it starts again, so it ends here, and whoever starts it
 * (the unit, or a person) starts the rest.
 */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type {
  FoundInstallation,
  FoundProcess,
  LeftPath,
  Removed,
  RemovedPath,
} from '#ports/removal.ts';
import { readServices } from '#launcher/installation.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { endProcessesOf } from '../installation/installation-processes.ts';
import { withoutSection } from '../installation/settings-section.ts';

const limits = { politeMilliseconds: 15_000, forcedMilliseconds: 3_000 } as const;

const belongings = [
  join('tracks', 'agent'),
  join('secrets', 'agent.pem'),
  join('run', 'agent.json'),
  join('logs', 'agent.log'),
  join('logs', 'agent.log.1'),
  'inbox',
];

export async function removeAgent(
  found: FoundInstallation,
  { isForced }: { readonly isForced: boolean },
): Promise<Result<Removed>> {
  const { root, processes } = found;
  const services = readServices(root);
  if (typeof services === 'string') {
    return refuse(problem('INSTALLATION_DAMAGED', { folder: root, detail: services }));
  }
  const others = services.filter(({ name }) => name !== 'agent');
  if (others.length === services.length || others.length === 0) {
    return refuse(problem('AGENT_NOT_HERE', { folder: root }));
  }
  const isMeant = ({ what }: FoundProcess): boolean => what !== 'program';
  const ended = processes.filter(isMeant);
  if (ended.length > 0) {
    const politeMilliseconds = isForced ? limits.forcedMilliseconds : limits.politeMilliseconds;
    const [alive] = await endProcessesOf(root, { politeMilliseconds, isMeant });
    if (alive !== undefined) {
      return refuse(problem('PROCESS_STAYS', { folder: root, pid: alive.pid }));
    }
  }
  const written = await withoutAgent(root, others);
  if (!written.ok) return written;
  const paths: RemovedPath[] = [];
  const left: LeftPath[] = [];
  for (const name of belongings) {
    const path = join(root, name);
    try {
      await rm(path, { recursive: true });
      paths.push({ path, files: 1, bytes: 0 });
    } catch (error) {
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!isAbsent) left.push({ path, because: 'refused' });
    }
  }
  return ok({
    root,
    processes: ended,
    units: [],
    paths,
    left,
    farewell: { state: 'not-needed' },
    notes: [],
    launcherEnded: ended.length > 0,
  });
}

async function withoutAgent(
  root: string,
  services: readonly { readonly name: string; readonly track: string }[],
): Promise<Result<null>> {
  const file = join(root, 'settings.yaml');
  const settings = await readFile(file, 'utf8').catch(() => null);
  if (settings !== null) {
    // A file that cannot be read is left to a person: no agent is started out of it any more.
    const kept = withoutSection(settings, 'controlManagerAgent') ?? settings;
    const written = kept === settings ? ok(null) : await writeFileAtomically(file, kept);
    if (!written.ok) return written;
  }
  const text = `${JSON.stringify({ format: 1, services }, null, 2)}\n`;
  return writeFileAtomically(join(root, 'launcher.json'), text);
}
