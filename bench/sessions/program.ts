/** The real program of an information server, over a journal in SQLite, without its listeners. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { openShare } from '#adapters/share/share-disk.ts';
import { openStore, storeFolder } from '#adapters/share/store-disk.ts';
import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { refuse } from '#domain/result.ts';
import { Trusted } from '#information-server/content/trusted.ts';
import { openProgram, type Program } from '#information-server/program.ts';
import type { Journal } from '#ports/journal.ts';

const log = pino({ level: 'silent' });

/** `begin` is left to whoever opens it. */
export async function openBenched(
  folder: string,
  { inFlightMax }: { readonly inFlightMax: number } = { inFlightMax: 20 },
): Promise<{ readonly program: Program; readonly journal: Journal }> {
  const clock = systemClock;
  await mkdir(folder, { recursive: true });
  const opened = await openJournal(join(folder, 'journal.sqlite'));
  if (!opened.ok) throw new Error(JSON.stringify(opened.because));
  const journal = opened.value;
  const share = openShare({
    shareFolder: join(folder, 'share'),
    storeFolder: storeFolder(folder),
    evidenceFolder: join(folder, 'evidence'),
    clock,
  });
  const nothing = refuse(problem('NO_UPGRADE_YET', {}));
  const program = await openProgram(
    {
      name: brand<ServerId>('tokyo'),
      clock,
      log,
      journal,
      share,
      store: openStore({ root: folder, share }),
      trusted: new Trusted(null),
      launcher: null,
      self: { version: '5.80.1179', digest: digestOfBytes('self') },
      digestOf: digestOfBytes,
      inFlightMax,
      proveSeconds: 120,
      ownServer: null,
      expects: { normalServer: false, agent: false },
      programSections: [],
    },
    {
      inbox: join(folder, 'inbox'),
      installed: null,
      diskFailed: (error) => {
        throw error;
      },
      serversAddress: () => '',
      readPlan: () => nothing,
      readSource: async () => nothing,
    },
  );
  return { program, journal };
}
