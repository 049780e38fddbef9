/** The engines of a normal server, by its settings: which content each works with, and how it is told. */

import { join } from 'node:path';
import { z } from 'zod';
import type { ComponentName } from '#domain/names.ts';
import type { ContentEngine } from '#ports/content-engine.ts';
import type { Intents, RunCommand } from '#ports/installer.ts';
import { engineClamav } from './engine-clamav.ts';
import { engineByCommands, type RunIn } from './engine-commands.ts';
import { intentsIn } from './intents-file.ts';

const command = z.strictObject({
  argv: z.array(z.string().min(1).max(1_000)).min(1).max(64),
  secondsMax: z.int().min(1).max(3_600),
});

const watched = {
  times: z.int().min(1).max(1_000).default(3),
  intervalSeconds: z.int().min(1).max(3_600).default(5),
};

const clamav = z.strictObject({
  socket: z.string().min(1).max(500),
  scanner: z.string().min(1).max(500).default('clamscan'),
  start: command.optional(),
  besides: z.array(z.string().min(1).max(500)).max(20).default([]),
  knownGood: z
    .array(z.string().min(1).max(500))
    .max(1_000)
    .default(['/bin/sh', '/usr/bin/env', '/etc/passwd']),
  trySecondsMax: z.int().min(1).max(3_600).default(300),
  tryMemoryMebibytesMax: z.int().min(64).max(1_048_576).default(4_096),
  reloadSecondsMax: z.int().min(1).max(600).default(120),
});

const byCommands = z.strictObject({
  try: command.optional(),
  use: command.optional(),
  watch: command.optional(),
});

export const engineSettings = z
  .record(
    z.string().min(1).max(64),
    z.union([
      z.strictObject({ clamav, ...watched }),
      z.strictObject({ commands: byCommands, ...watched }),
    ]),
  )
  .default({});
export type EngineSettings = z.infer<typeof engineSettings>;

export function enginesOf(options: {
  readonly root: string;
  readonly settings: EngineSettings;
  readonly run: RunCommand;
  readonly log: Parameters<typeof intentsIn>[1];
}): (component: ComponentName) => { engine: ContentEngine; intents: Intents } | null {
  const { root, settings, run, log } = options;
  return (component) => {
    const set = settings[component];
    if (set === undefined) return null;
    const runIn: RunIn = (folder, one) => run({ ...one, folder, component });
    const { times, intervalSeconds } = set;
    const current = join(root, 'contents', component, 'current', 'tree');
    const facts = { run: runIn, current, times, intervalSeconds };
    const engine =
      'clamav' in set ? engineClamav(set.clamav, facts) : engineByCommands(set.commands, facts);
    return { engine, intents: intentsIn(join(root, 'engines', component, 'intent.log'), log) };
  };
}
