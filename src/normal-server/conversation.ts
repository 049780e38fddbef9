/**
 * The one session with the information server: what it says becomes events, and what it asks is
 * answered. What is said while there is none is lost; whoever depends on it says it again.
 */

import type { Logger } from 'pino';
import type { ToldHead } from '#domain/record/line.ts';
import type { Clock } from '#ports/clock.ts';
import type { SocketLink } from '#ports/link.ts';
import type { NoticeTexts } from '#ports/notices.ts';
import type {
  CareRequest,
  FromNormalServer,
  Hello,
  InventoryNow,
  Running,
} from '#protocol/normal-server/messages.ts';
import type { Care } from './care.ts';
import { openInventoryNews } from './inventory-news.ts';
import { openSession, type Session, type SessionMessage } from './session.ts';
import type { Event } from './state.ts';

/** What is told and answered without any decision. */
export type Listening = {
  hello(): Promise<Hello>;
  inventory(): Promise<InventoryNow>;
  /** Of signatures, where those that are known here do not say enough. */
  learn(): Promise<void>;
  identity(): Promise<Running>;
  /** What is asked on somebody's behalf; null: nothing is answered. */
  readonly care: Care;
  /** Heads of the record that this server knows, and one more that a lease told it. */
  readonly heads: () => readonly ToldHead[];
  witness(head: ToldHead): void;
  /** What the tier above says that the organisation's root has said. */
  noticed(texts: NoticeTexts): Promise<void>;
  /** The tier above accepted this very process. */
  welcomed(): void;
  /** And does so no more. */
  left(): void;
};

export type Conversation = {
  readonly opened: (link: SocketLink) => void;
  /** So long at most the next connection is waited for, as the last welcome said. */
  spreadMilliseconds(): number;
  say(message: FromNormalServer): void;
  greetAnew(): void;
  close(): void;
};

export function openConversation(
  world: Listening & { readonly clock: Clock; readonly log: Logger },
  { happen, inBackground }: { happen(event: Event): void; inBackground(work: Promise<void>): void },
): Conversation {
  const { clock, log } = world;
  let session: Session | null = null;
  /** In memory alone: who wakes from the image of one has it, and says it as well. */
  let turn: string | null = null;
  let spread = 0;
  const say = (message: FromNormalServer): void => session?.send(message);
  const inventoryNews = openInventoryNews({
    clock,
    look: () => world.inventory(),
    learn: () => world.learn(),
    say,
    begin: inBackground,
  });

  function heard(message: SessionMessage): void {
    switch (message.type) {
      case 'lease':
        if (message.head !== undefined) world.witness(message.head);
        return happen(message);
      case 'wanted':
      case 'refused':
      case 'confirmed':
        return happen(message);
      case 'identify':
        return inBackground(identify(message.nonce));
      case 'inventory-request':
        return inventoryNews.asked();
      case 'doctor-request':
      case 'log-request':
        return inBackground(answerCare(message));
      case 'notices':
        return inBackground(world.noticed(message.texts));
    }
  }

  async function identify(nonce: string): Promise<void> {
    const running = await world.identity();
    say({ type: 'identity', nonce, running, heads: [...world.heads()] });
  }

  async function answerCare(asked: CareRequest): Promise<void> {
    const answer = await world.care(asked);
    if (answer !== null) say(answer);
  }

  return {
    spreadMilliseconds: () => spread,
    say,
    greetAnew: () => session?.greetAnew(),
    opened(link) {
      const mine: Session = openSession(link, {
        clock,
        log,
        hello: async () => {
          const hello = await world.hello();
          inventoryNews.greeted(hello);
          return { ...hello, turn };
        },
        welcomed: ({ hearsInventory = false, turn: given = null, spreadSeconds = 0 }) => {
          session = mine;
          spread = spreadSeconds * 1_000;
          turn = given;
          world.welcomed();
          if (hearsInventory) inventoryNews.sessionOpen();
          happen({ type: 'session-open' });
        },
        received: heard,
        closed: () => {
          if (session !== mine) return;
          session = null;
          world.left();
          inventoryNews.sessionClosed();
          happen({ type: 'session-closed' });
        },
      });
    },
    close: () => inventoryNews.sessionClosed(),
  };
}
