/** A daemon's side of the channel to its simulated launcher. */

import type { LauncherLink, Tracks } from '#ports/launcher.ts';
import type { ToLauncher } from '#protocol/launcher/messages.ts';
import type { Process } from '../world/machine.ts';

export class LauncherLinkSimulated implements LauncherLink {
  readonly #process: Process;
  readonly #send: (message: ToLauncher) => void;
  #said: 'nothing' | 'healthy' | 'proven' | 'both' = 'nothing';
  #listeners: readonly ((tracks: Tracks) => void)[] = [];
  #tracks: Tracks | null = null;

  constructor(process: Process, send: (message: ToLauncher) => void) {
    this.#process = process;
    this.#send = send;
  }

  /** The launcher's word arrives. */
  hear(tracks: Tracks): void {
    this.#tracks = tracks;
    for (const act of this.#listeners) act(tracks);
  }

  proven(): void {
    this.#sayOnce('proven');
  }

  healthy(): void {
    this.#sayOnce('healthy');
  }

  /** Nothing here hangs for minutes, nor is without a session for a day. */
  session(): void {}

  requestSwitch(request: Parameters<LauncherLink['requestSwitch']>[0]): void {
    this.#say({ v: 1, type: 'switch', ...request });
  }

  want(request: Parameters<LauncherLink['want']>[0]): void {
    this.#say({ v: 1, type: 'want', ...request });
  }

  onState(act: (tracks: Tracks) => void): void {
    this.#listeners = [...this.#listeners, act];
    if (this.#tracks !== null) act(this.#tracks);
  }

  state(): Tracks | null {
    return this.#tracks;
  }

  #sayOnce(type: 'proven' | 'healthy'): void {
    if (this.#said === type || this.#said === 'both') return;
    this.#said = this.#said === 'nothing' ? type : 'both';
    this.#say({ v: 1, type });
  }

  #say(message: ToLauncher): void {
    this.#process.act(() => this.#send(message));
  }
}
