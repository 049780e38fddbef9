/** What the CLI asks of an installation on this computer's disk that is to go. */

import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';

/** What to take away: all of it, or the control manager agent alone. */
export type RemovalScope = 'all' | 'agent';

export type FoundInstallation = {
  /** Without links on the way to it: as its processes were started. */
  readonly root: string;
  /** null: the file that says so is gone or damaged. */
  readonly services: readonly string[] | null;
  /** What is wrong with it; null: it can be removed in the ordinary way. */
  readonly damage: string | null;
  readonly processes: readonly FoundProcess[];
  /** Files by which the system starts it. */
  readonly units: readonly string[];
};

export type FoundProcess = {
  readonly pid: number;
  /** `launcher`, the name of a daemon, or `program`: what a release of another component started. */
  readonly what: string;
};

export type RemovedPath = { readonly path: string; readonly files: number; readonly bytes: number };
export type LeftPath = { readonly path: string; readonly because: 'not-ours' | 'link' | 'refused' };

/** How its information server took it. */
export type Farewell =
  | { readonly state: 'told'; readonly server: string; readonly site: string }
  /** It stands in the tree still. */
  | { readonly state: 'untold'; readonly server: string | null; readonly because: Problem }
  /** An upper tier: nobody's tree has it as a normal server. */
  | { readonly state: 'not-needed' };

export type Removed = {
  readonly root: string;
  readonly processes: readonly FoundProcess[];
  readonly units: readonly string[];
  readonly paths: readonly RemovedPath[];
  readonly left: readonly LeftPath[];
  readonly farewell: Farewell;
  /** What did not go as it should, though the removal went on. */
  readonly notes: readonly string[];
  /** The launcher had to end and is to be started again: nothing else of it was touched. */
  readonly launcherEnded: boolean;
};

export type Removal = {
  find(root: string): Promise<Result<FoundInstallation>>;
  remove(
    found: FoundInstallation,
    how: { readonly scope: RemovalScope; readonly isForced: boolean },
  ): Promise<Result<Removed>>;
};
