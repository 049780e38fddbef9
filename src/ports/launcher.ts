/** The launcher that started this daemon, asked for switches (protocol/launcher). */

import type { SessionStanding, Track, TrackState } from '#protocol/launcher/messages.ts';

export type LauncherLink = {
  /** This service works, and those it must reach answer it. */
  proven(): void;
  healthy(): void;
  /** Whether the tier above has accepted it just now, answers at its address, or is away. */
  session(standing: SessionStanding): void;
  requestSwitch(request: {
    readonly track: Track;
    readonly slot: string;
    readonly proveSeconds: number;
    readonly tag: string;
  }): void;
  want(request: { readonly track: Track; readonly wanted: 'running' | 'stopped' }): void;
  onState(act: (tracks: Tracks) => void): void;
  state(): Tracks | null;
};

export type Tracks = { readonly [Name in Track]?: TrackState };
