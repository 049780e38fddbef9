/**
 * What a launcher and the daemons that it starts say to each other over Node's IPC channel.
 * Version 1 stays for ever: an old launcher must start a new daemon. Types only, because the
 * launcher imports nothing; both sides ignore messages that they do not know.
 */

/** `program`: the daemons of the installed release. `agent`: the control manager agent (D4, D5). */
export type Track = 'program' | 'agent';

export type Outcome = {
  readonly ended: 'committed' | 'returned';
  readonly from: string;
  readonly to: string;
  /**
   * Of a return: 'start' | 'crash' | 'memory' | 'hang' | 'health' | 'network' | 'unaccepted'; or, when the new version never ran,
   * 'interrupted' (the launcher was killed before the switch) | 'disk'.
   */
  readonly cause: string | null;
  readonly detail: string;
  /** Whatever the daemon gave with its switch (a lease, an upgrade); handed back untouched. */
  readonly tag: string;
  readonly at: number;
};

export type TrackState = {
  /** Name of the slot that runs. */
  readonly slot: string;
  readonly previous: string | null;
  readonly phase: 'committed' | 'proving';
  /** Agent only: false while a person has stopped it. */
  readonly wanted: 'running' | 'stopped';
  readonly outcome: Outcome | null;
};

export type SessionStanding = 'accepted' | 'answered' | 'away';

export type ToLauncher =
  /** This service does its work, and those it must reach answer it. */
  | { readonly v: 1; readonly type: 'proven' }
  /** It works locally, but has no accepted session yet. */
  | { readonly v: 1; readonly type: 'healthy' }
  /**
   * Said again and again once it was healthy: its loop turns. `session`: whether the tier above has
   * accepted it, or answers at its address and has not.
   */
  | { readonly v: 1; readonly type: 'alive'; readonly session: SessionStanding }
  | {
      readonly v: 1;
      readonly type: 'switch';
      readonly track: Track;
      readonly slot: string;
      readonly proveSeconds: number;
      readonly tag: string;
    }
  | {
      readonly v: 1;
      readonly type: 'want';
      readonly track: Track;
      readonly wanted: 'running' | 'stopped';
    }
  /** A launcher that may take this one's place lies in `launcher/next`. */
  | { readonly v: 1; readonly type: 'renew' };

/** How a launcher that was to take the place of the running one fared. */
export type Renewal = {
  readonly ended: 'placed' | 'failed';
  /** Of the release that it came with. */
  readonly version: string;
  /** Its files, by their digests. */
  readonly pair: string;
  /** Of a failure: 'digest' | 'start' | 'crash' | 'health'. */
  readonly cause: string | null;
  readonly detail: string;
  readonly at: number;
};

/** What a launcher that can be renewed says of itself; older ones say nothing, and cannot. */
export type LauncherSelf = {
  /** Of the release that it came with; null: nobody wrote it down. */
  readonly version: string | null;
  /** The last one that was tried here. */
  readonly renewal: Renewal | null;
};

export type FromLauncher = {
  readonly v: 1;
  readonly type: 'state';
  readonly tracks: { readonly [Name in Track]?: TrackState };
  readonly launcher?: LauncherSelf;
};
