/** What works with some content on this computer, such as a virus scanner with its patterns. */

import type { CommandEnd } from './installer.ts';

export type ContentEngine = {
  /** Beside the running engine, before anything is switched: is this content fit for use? */
  tries(folder: string): Promise<CommandEnd>;
  /** Has the engine work with what is current by now; waits until it does. */
  takes(): Promise<CommandEnd>;
  /** It works, with what is current. */
  isWell(): Promise<CommandEnd>;
  /** So often in a row it must be well after it took new content. */
  readonly times: number;
  readonly intervalSeconds: number;
};
