/** Writing and colour alone: what a command needs that must start within milliseconds. */

import { styleText } from 'node:util';
import type { Output, Tone } from '../command.ts';

export type PlainOutput = Pick<Output, 'isJson' | 'data' | 'lines' | 'object' | 'talk' | 'paint'>;

const styles: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  good: 'green',
  bad: 'red',
  warning: 'yellow',
  quiet: 'gray',
  strong: 'bold',
};

export function openPlainTerminal(isJson: boolean): PlainOutput {
  // A reader that closes early (`| head`) has read all that it wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    isJson,
    data: (text) => {
      if (!isJson) process.stdout.write(`${text}\n`);
    },
    lines: (text) => {
      process.stdout.write(`${text}\n`);
    },
    object: (value) => {
      process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    },
    talk: (text) => {
      process.stderr.write(`${text}\n`);
    },
    paint: (tone, text) =>
      styleText(styles[tone], text, { stream: process.stdout, validateStream: true }),
  };
}
