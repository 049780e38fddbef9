/** Connections between an information server and its normal servers, seen at both ends. */

import type { ServerId } from '#domain/names.ts';
import type { SocketLink } from '#ports/link.ts';
import type { FromNormalServer, ToNormalServer } from '#protocol/normal-server/messages.ts';
import type { SiteName } from '../observation.ts';
import type { Process } from '../world/machine.ts';
import type { World } from '../world/world.ts';

type Ends = { readonly world: World; readonly site: SiteName; readonly server: ServerId };

/** The information server's end: what leaves it, and what arrives there. */
export function observedAbove(link: SocketLink, { world, ...ends }: Ends): SocketLink {
  let isGreeted = false;
  let isSilent = true;
  return {
    remote: link.remote,
    peer: link.peer,
    send(message) {
      isSilent = false;
      if (isToNormalServer(message)) {
        if (message.type === 'welcome' || message.type === 'bye') isGreeted = false;
        world.see({ type: 'sent', ...ends, message });
      }
      link.send(message);
    },
    onMessage(act) {
      link.onMessage((message) => {
        isSilent = false;
        if (isFromNormalServer(message)) {
          isGreeted ||= message.type === 'hello';
          world.see({ type: 'said', ...ends, message });
        }
        act(message);
      });
    },
    onClose(act) {
      link.onClose(() => {
        isSilent = false;
        if (isGreeted) world.see({ type: 'hello-lost', ...ends });
        act();
      });
    },
    close() {
      if (isSilent) world.see({ type: 'hung-up', ...ends });
      isSilent = false;
      isGreeted = false;
      link.close();
    },
  };
}

/**
 * The normal server's end: what it greets with, and what arrives there. A message that overtook the
 * welcome ends the session and is not told to anybody: it tells a server nothing.
 */
export function observedBelow(
  link: SocketLink,
  { world, process, ...ends }: Ends & { readonly process: Process },
): SocketLink {
  let isWelcomed = false;
  return {
    remote: link.remote,
    peer: link.peer,
    send(message) {
      if (process.isAlive && isFromNormalServer(message) && message.type === 'hello') {
        world.see({ type: 'greeted', server: ends.server, fence: message.fence });
      }
      link.send(message);
    },
    onMessage(act) {
      link.onMessage((message) => {
        if (isToNormalServer(message)) {
          isWelcomed ||= message.type === 'welcome';
          if (isWelcomed) world.see({ type: 'told', ...ends, message });
        }
        act(message);
      });
    },
    onClose: (act) => link.onClose(act),
    close: () => link.close(),
  };
}

const upward = new Set<unknown>([
  'hello',
  'inventory',
  'status',
  'lease-request',
  'lease-confirm',
  'identity',
]);
const downward = new Set<unknown>([
  'welcome',
  'wanted',
  'lease',
  'refused',
  'confirmed',
  'identify',
  'inventory-request',
  'bye',
]);

/** Made by our own program at the other end: its type says the rest. */
function isFromNormalServer(message: unknown): message is FromNormalServer {
  return isOf(message, upward);
}

function isToNormalServer(message: unknown): message is ToNormalServer {
  return isOf(message, downward);
}

function isOf(message: unknown, types: ReadonlySet<unknown>): boolean {
  return (
    typeof message === 'object' && message !== null && 'type' in message && types.has(message.type)
  );
}
