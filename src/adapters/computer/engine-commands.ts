/**
 * Any engine, by commands of its administrator (settings.yaml): content itself never brings a command,
 * for its lane may bring no program. Each runs in the folder of the content that is meant.
 */

import type { ContentEngine } from '#ports/content-engine.ts';
import type { CommandEnd } from '#ports/installer.ts';

export type EngineCommand = { readonly argv: readonly string[]; readonly secondsMax: number };

export type EngineCommands = {
  readonly try?: EngineCommand | undefined;
  readonly use?: EngineCommand | undefined;
  readonly watch?: EngineCommand | undefined;
};

/** Runs one of them in that folder. */
export type RunIn = (folder: string, command: EngineCommand) => Promise<CommandEnd>;

export function engineByCommands(
  commands: EngineCommands,
  facts: {
    readonly run: RunIn;
    /** Where the current content stands. */
    readonly current: string;
    readonly times: number;
    readonly intervalSeconds: number;
  },
): ContentEngine {
  const { run, current, times, intervalSeconds } = facts;
  const runIn = (folder: string, command: EngineCommand | undefined): Promise<CommandEnd> =>
    command === undefined ? Promise.resolve({ ok: true }) : run(folder, command);
  return {
    times,
    intervalSeconds,
    tries: (folder) => runIn(folder, commands.try),
    takes: () => runIn(current, commands.use),
    isWell: () => runIn(current, commands.watch),
  };
}
