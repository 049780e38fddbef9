/** A normal server as its information server knows it: what it last said, and where it stands. */

import type { ComponentName, Digest, DomainName, Instant, Platform, ServerId } from '../names.ts';

export type Installed = {
  readonly component: ComponentName;
  readonly version: string;
  readonly digest: Digest;
  /** What a vendor's installer laid down: a switch of it is not atomic. */
  readonly notAtomic?: true | undefined;
};

export type LauncherFailed = {
  readonly version: string;
  readonly cause: string;
  readonly detail: string;
};

export type FleetServer = {
  readonly server: ServerId;
  readonly installId: string;
  readonly machineId: string;
  /** The console's own grouping; each server is in exactly one. */
  readonly domain: DomainName;
  readonly platform: Platform;
  readonly os: string;
  readonly memoryBytes: number;
  readonly diskBytesFree: number;
  /** The Dankai program that runs there. */
  readonly running: { readonly version: string; readonly digest: Digest };
  readonly programs: readonly Installed[];
  readonly contents: readonly Installed[];
  readonly rebootRecommended: string | null;
  /** Code of why what runs there is not what the organisation signed; absent: nobody said. */
  readonly unsigned?: string | null | undefined;
  /** The launcher of a release that failed there, so that the one before it goes on; absent: nobody said. */
  readonly launcherFailed?: LauncherFailed | null | undefined;
  /** Stands on the information server's own computer and is upgraded with it (D3). */
  readonly withInformationServer: boolean;
  readonly lastSeen: Instant;
  /** Bytes received for programs, by release digest, as the server counted them. */
  readonly bytesReceived: Readonly<Record<string, number>>;
};

/** By component: its own daemon, and what it installed, content too. */
export function versionsOf(
  { running, programs, contents }: FleetServer,
  ownComponent: ComponentName,
): ReadonlyMap<ComponentName, string> {
  const installed = [...contents, ...programs, { component: ownComponent, ...running }];
  return new Map(installed.map(({ component, version }) => [component, version]));
}

/** What a server runs of a component: its own daemon for `program`, else what it installed. */
export function installedOf(
  server: FleetServer,
  component: ComponentName,
  ownComponent: ComponentName,
): Installed | null {
  if (component === ownComponent) return { component, ...server.running };
  return (
    [...server.programs, ...server.contents].find((one) => one.component === component) ?? null
  );
}
