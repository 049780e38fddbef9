/**
 * The terminal: data to standard output, talk to standard error, colour only where a person
 * looks and NO_COLOR does not forbid it. Columns are right for Japanese too.
 */

import { createInterface } from 'node:readline/promises';
import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import type { Output } from '../command.ts';
import { openPlainTerminal } from './terminal-plain.ts';

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function openTerminal(options: {
  readonly isJson: boolean;
  /** What a person types for yes begins with this, such as `y`. */
  readonly yes: string;
}): Output {
  const plain = openPlainTerminal(options.isJson);
  return {
    ...plain,
    isInteractive: process.stdin.isTTY && process.stderr.isTTY && !options.isJson,
    table: drawTable,
    live: () => openLive(plain.talk),
    ask: async (question) => {
      const reader = createInterface({ input: process.stdin, output: process.stderr });
      const answer = await reader.question(`${question} `);
      reader.close();
      return answer.trim().toLowerCase().startsWith(options.yes);
    },
  };
}

function drawTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    chars: noBorders,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** On a terminal drawn in place; elsewhere only what changed is written, so that logs stay short. */
function openLive(talk: (text: string) => void): ReturnType<Output['live']> {
  // A terminal that tells no size (some recorders and CI) would be drawn with no line at all.
  if (process.stderr.isTTY && process.stderr.rows > 0) {
    const update = createLogUpdate(process.stderr);
    return { draw: (text) => update(text), done: () => update.done() };
  }
  return process.stderr.isTTY
    ? openUnsized({ talk, write: (text) => process.stderr.write(text) })
    : openChanges(talk);
}

function openChanges(talk: (text: string) => void): ReturnType<Output['live']> {
  let before = '';
  return {
    draw: (text) => {
      if (text !== before) talk(text);
      before = text;
    },
    done: () => undefined,
  };
}

/** A single line can be drawn over without knowing how many there are; several cannot. */
export function openUnsized(screen: {
  talk(text: string): void;
  write(text: string): void;
}): ReturnType<Output['live']> {
  const changes = openChanges(screen.talk);
  let isDrawn = false;
  return {
    draw: (text) => {
      if (text.includes('\n')) {
        changes.draw(text);
        return;
      }
      screen.write(`\r\u001B[2K${text}`);
      isDrawn = text !== '';
    },
    done: () => {
      if (isDrawn) screen.write('\n');
    },
  };
}
