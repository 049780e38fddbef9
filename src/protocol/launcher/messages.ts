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
    };

export type FromLauncher = {
  readonly v: 1;
  readonly type: 'state';
  readonly tracks: { readonly [Name in Track]?: TrackState };
};
