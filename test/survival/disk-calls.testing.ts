/** What a seam records: one line of JSON at the begin of a call, and one at its end. */

import { readFileSync } from 'node:fs';

/** A call that changes something. Files are numbered by `process.number`, folders too. */
export type Call =
  | {
      readonly op: 'open';
      readonly file: string;
      readonly path: string;
      readonly append: boolean;
      readonly makes: 'nothing' | 'created' | 'emptied';
      readonly mode: number;
    }
  /** `at` null: at the file's own place, or at its end if it was opened to append. */
  | {
      readonly op: 'write';
      readonly file: string;
      readonly at: number | null;
      readonly data: string;
    }
  | { readonly op: 'truncate'; readonly file: string; readonly bytes: number }
  | { readonly op: 'sync'; readonly file: string }
  | { readonly op: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly op: 'rename' | 'link'; readonly from: string; readonly to: string }
  | { readonly op: 'symlink'; readonly target: string; readonly path: string }
  | { readonly op: 'unlink' | 'rmdir'; readonly path: string }
  | { readonly op: 'mkdir'; readonly path: string; readonly mode: number }
  | { readonly op: 'spawn'; readonly program: string }
  | { readonly op: 'signal'; readonly signal: string };

/** Where a fault strikes: the nth effect of the nth process, counted since the seam was armed. */
export type Place = { readonly process: number; readonly effect: number };

export type Fault =
  | ({ readonly kind: 'kill'; readonly when: 'before' | 'after' } & Place)
  /** From that effect on: as long as the file `fault.json` stands, or for that call alone. */
  | ({ readonly kind: 'error'; readonly code: string; readonly lasts: boolean } & Place);

export type Line =
  | { readonly type: 'process'; readonly process: number; readonly name: string }
  | ({ readonly type: 'begin'; readonly call: Call } & Numbered)
  | ({ readonly type: 'end'; readonly error: string | null } & Numbered);

/** `serial` counts what is no effect as well. */
type Numbered = Place & { readonly serial: number };

/** Opening a file that is there changes nothing, but says which file is written later. */
export const isEffect = (call: Call): boolean => call.op !== 'open' || call.makes !== 'nothing';

export function readLines(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
