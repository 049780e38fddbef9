/**
 * `npm start`: says at once what comes; everything that a site needs is loaded behind it, which on a
 * busy machine takes seconds.
 */

import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { wordsFor } from './words.ts';

const checkout = join(import.meta.dirname, '..', '..');

const { values: given } = parseArgs({
  options: {
    exit: { type: 'boolean', default: false },
    broken: { type: 'string' },
    /** Releases of two megabytes, not forty: all the same otherwise, in half the time. */
    'without-runtime': { type: 'boolean', default: false },
    language: { type: 'string' },
    folder: { type: 'string', default: join(checkout, '.dankai-demo') },
    /** Writes the figures of the end there, as JSON. */
    report: { type: 'string' },
  },
});
const words = wordsFor(given.language);
const folder = resolve(given.folder);
process.stdout.write(`${words.title}\n${words.folder(relative(process.cwd(), folder) || '.')}\n`);

const { demonstrate } = await import('./demo.ts');
const how = {
  folder,
  exit: given.exit,
  broken: given.broken ?? null,
  withRuntime: !given['without-runtime'],
  report: given.report ?? null,
};
process.exit(await demonstrate(how, words));
