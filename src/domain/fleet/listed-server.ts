/** A server as people look for it in a list: what it runs, whether it is here, how it stands. */

import type { ComponentName, DomainName, GroupName, Instant, ServerId } from '../names.ts';
import type { LauncherFailed } from './server.ts';

/** How its session proves it (D9): `new` only when its hello names the digest that is wanted. */
export const sessionStates = ['none', 'old', 'new'] as const;
export type SessionState = (typeof sessionStates)[number];

type Running = {
  readonly component: ComponentName;
  readonly version: string;
  /** What a vendor's installer laid down: a switch of it is not atomic. */
  readonly notAtomic?: true | undefined;
};

export type ListedServer = {
  readonly server: ServerId;
  readonly domain: DomainName;
  readonly program: string | null;
  readonly programs: readonly Running[];
  readonly contents: readonly Running[];
  readonly session: {
    readonly state: SessionState;
    readonly since: Instant | null;
    /** False on an insecure loopback, and where there is none. */
    readonly encrypted?: boolean;
  };
  readonly lastSeen: Instant | null;
  readonly platform: string;
  readonly os: string;
  /** In the newest upgrade, else `idle`. */
  readonly state: string;
  readonly group: GroupName | null;
  readonly rebootRecommended: string | null;
  /** As its row has it. */
  readonly unsigned?: string | null | undefined;
  readonly launcherFailed?: LauncherFailed | null | undefined;
};
