/** What was asked of servers and is waited for, each for a limited time. */

import type { ServerId } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import type { FromNormalServer } from '#protocol/normal-server/messages.ts';

/** What a server says because it was asked, with the nonce of the question. */
export type Answered = Extract<FromNormalServer, { readonly nonce: string }>;

type Asked<Type extends Answered['type']> = {
  readonly server: ServerId;
  readonly nonce: string;
  readonly type: Type;
  readonly milliseconds: number;
};

export class Questions {
  readonly #clock: Clock;
  readonly #open = new Map<string, (said: Answered | null) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** null: no such answer in time. */
  answerTo<const Type extends Answered['type']>(
    asked: Asked<Type>,
  ): Promise<Extract<Answered, { type: Type }> | null> {
    const { server, nonce, type, milliseconds } = asked;
    const key = keyOf(server, { nonce, type });
    return new Promise((resolve) => {
      const finish = (said: Answered | null): void => {
        cancel();
        this.#open.delete(key);
        resolve(said !== null && isOf(type, said) ? said : null);
      };
      const cancel = this.#clock.after(milliseconds, () => finish(null));
      this.#open.set(key, finish);
    });
  }

  heard(server: ServerId, said: Answered): void {
    this.#open.get(keyOf(server, said))?.(said);
  }

  /** Not answered yet. */
  countOf(types: readonly Answered['type'][]): number {
    return [...this.#open.keys()].filter((key) => types.some((type) => key.includes(` ${type} `)))
      .length;
  }

  /** Whoever went away answers nothing any more. */
  gone(server: ServerId): void {
    for (const [key, finish] of this.#open) if (key.startsWith(`${server} `)) finish(null);
  }
}

function isOf<Type extends Answered['type']>(
  type: Type,
  said: Answered,
): said is Extract<Answered, { type: Type }> {
  return said.type === type;
}

function keyOf(server: ServerId, { nonce, type }: Pick<Answered, 'nonce' | 'type'>): string {
  return `${server} ${type} ${nonce}`;
}
