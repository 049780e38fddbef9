/** What a command is in the tables of commands: its words, its options, and where its code is. */

import type { AnyCall } from '#protocol/console/contract.ts';
import type { Command } from '../command.ts';

export type OptionShape = {
  readonly name: string;
  /** As the help shows it, such as `<name>`; none: a flag. `...`: may be written several times. */
  readonly value?: string;
  readonly isRequired?: boolean;
  /** Its key in the words, where the same name means something else elsewhere. */
  readonly words?: string;
};

export type Verb = {
  readonly path: readonly [string, ...string[]];
  /** In the parser's notation: `<server>` must be there, `[server]` may. */
  readonly arguments?: readonly string[];
  readonly options?: readonly OptionShape[];
  readonly example: string;
  /** Other ways to use it that the first example does not suggest. */
  readonly furtherExamples?: readonly string[];
  /** The call whose answer is the object of `--json`. */
  readonly answer: AnyCall | 'share.import' | null;
  /** false: asks no server, so it takes no address. */
  readonly asksServer: boolean;
  load(): Promise<Command>;
};
