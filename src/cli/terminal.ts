/**
 * The terminal: data to standard output, talk to standard error, colour only where a person
 * looks and NO_COLOR does not forbid it. Columns are right for Japanese too.
 */

import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import type { Output, Tone } from './command.ts';

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: 'red',
  warning: 'yellow',
  quiet: 'gray',
  strong: 'bold',
};

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
  /** The key that a person presses for yes, such as `y`. */
  readonly yes: string;
}): Output {
  // A reader that closes early (`| head`) has read all that it wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const talk = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const paint = (tone: Tone, text: string): string =>
    styleText(styles[tone], text, { stream: process.stdout, validateStream: true });
  return {
    isJson: options.isJson,
    isInteractive: process.stdin.isTTY && process.stderr.isTTY && !options.isJson,
    data: (text) => {
      if (!options.isJson) process.stdout.write(`${text}\n`);
    },
    object: (value) => {
      process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    talk,
    paint,
    table: drawTable,
    live: () => openLive(talk),
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
  if (process.stderr.isTTY) {
    const update = createLogUpdate(process.stderr);
    return { draw: (text) => update(text), done: () => update.done() };
  }
  let before = '';
  return {
    draw: (text) => {
      if (text !== before) talk(text);
      before = text;
    },
    done: () => undefined,
  };
}
