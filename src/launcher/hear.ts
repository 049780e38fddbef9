/** What a daemon says, handed to the track that it concerns. Knows no channel. */

import type { SessionStanding, Track as TrackName } from '#protocol/launcher/messages.ts';
import type { Log } from './log-file.ts';
import { parseToLauncher } from './messages.ts';
import type { Runner } from './runner.ts';

export type Speaker = {
  readonly name: TrackName;
  readonly service: string;
  readonly run: number;
};

export type Hearing = {
  readonly log: Log;
  readonly runnerOf: (name: TrackName) => Pick<Runner, 'post'> | undefined;
  readonly isSlotThere: (slot: string) => boolean;
  readonly alive: (speaker: Speaker, session: SessionStanding) => void;
  readonly renew: () => void;
};

/** A daemon may ask for either track: the agent's is asked for by the information server. */
export function hear(input: unknown, speaker: Speaker, hearing: Hearing): void {
  const { log, runnerOf, isSlotThere } = hearing;
  const message = parseToLauncher(input);
  if (message === null) {
    return log('message-unknown', { service: speaker.service });
  }
  if (message.type === 'proven' || message.type === 'healthy') {
    const { service, run } = speaker;
    return runnerOf(speaker.name)?.post({ type: 'said', service, run, what: message.type });
  }
  if (message.type === 'alive') return hearing.alive(speaker, message.session);
  if (message.type === 'renew') return hearing.renew();
  log(message.type === 'want' ? 'want-asked' : 'switch-asked', { by: speaker.service, ...message });
  const runner = runnerOf(message.track);
  if (runner === undefined) return log('track-absent', { track: message.track });
  if (message.type === 'want') {
    // Only the agent may be stopped by itself (D5): a program track that is stopped from within
    // would have nobody left to start it.
    if (message.track !== 'agent') return log('want-refused', { track: message.track });
    return runner.post({ type: 'wanted', wanted: message.wanted });
  }
  const { slot, proveSeconds, tag } = message;
  runner.post({ type: 'asked', slot, slotThere: isSlotThere(slot), proveSeconds, tag });
}
