/**
 * One session with the information server: hello, welcome, then messages parsed at this edge. A
 * message that cannot be read ends it; the next one begins with everything said anew.
 */

import type { Logger } from 'pino';
import type { Problem } from '#domain/problem.ts';
import { problem } from '#domain/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { SocketLink } from '#ports/link.ts';
import {
  protocolVersion,
  toNormalServer,
  type FromNormalServer,
  type Hello,
  type ToNormalServer,
} from '#protocol/normal-server/messages.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { limits } from './limits.ts';

export type Welcome = Extract<ToNormalServer, { type: 'welcome' }>;
export type SessionMessage = Exclude<ToNormalServer, { type: 'welcome' | 'bye' }>;

export type SessionWorld = {
  readonly clock: Clock;
  readonly log: Logger;
  hello(): Promise<Hello>;
  welcomed(welcome: Welcome): void;
  received(message: SessionMessage): void;
  /** Only of a session that was welcomed. */
  closed(): void;
};

export type Session = {
  readonly isWelcomed: () => boolean;
  /** Says nothing before the welcome: what is known is said anew after it. */
  send(message: FromNormalServer): void;
  /** Ends it, because what its hello said is no longer so; the next one says it. */
  greetAnew(): void;
};

export function openSession(link: SocketLink, world: SessionWorld): Session {
  let state: 'greeting' | 'welcomed' | 'closed' = 'greeting';

  const end = (because: Problem): void => {
    world.log.warn({ event: 'session-ended', because }, 'session-ended');
    link.close();
  };
  const cancelWait = world.clock.after(limits.welcomeMilliseconds, () => {
    if (state !== 'greeting') return;
    const detail = 'no welcome in time';
    end(problem('ADDRESS_UNREACHABLE', { address: link.remote, detail }));
  });

  link.onClose(() => {
    cancelWait();
    const before = state;
    state = 'closed';
    if (before === 'welcomed') world.closed();
  });
  link.onMessage((input) => {
    if (state === 'closed') return;
    const parsed = toNormalServer.safeParse(input);
    if (!parsed.success) {
      return end(problem('MESSAGE_UNREADABLE', { detail: detailOf(parsed.error) }));
    }
    const message = parsed.data;
    if (message.type === 'bye') return end(message.because);
    if (message.type === 'welcome') return welcome(message);
    if (state !== 'welcomed') {
      return end(problem('MESSAGE_UNREADABLE', { detail: `${message.type} before welcome` }));
    }
    world.received(message);
  });

  function welcome(message: Welcome): void {
    const version = message.protocol;
    if (version !== protocolVersion) {
      return end(problem('PROTOCOL_UNKNOWN', { version, known: protocolVersion }));
    }
    if (state !== 'greeting') return;
    state = 'welcomed';
    cancelWait();
    world.log.info({ event: 'session-open', remote: link.remote }, 'session-open');
    world.welcomed(message);
  }

  world.hello().then(
    (hello) => link.send(hello),
    (error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      end(problem('FILE_UNREADABLE', { file: 'hello', detail }));
    },
  );
  return {
    isWelcomed: () => state === 'welcomed',
    send(message) {
      if (state === 'welcomed') link.send(message);
    },
    greetAnew: () => link.close(),
  };
}
