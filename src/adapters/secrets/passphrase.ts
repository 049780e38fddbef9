/**
 * Where the passphrase of a key comes from: a file that was named, or a person at a terminal. Never
 * from an argument, which every process of the computer can read. Without a terminal nobody is asked.
 */

import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { errorCode, refuseDiskError } from '../files/atomic-file.ts';

export const passphraseVariable = 'DANKAI_PASSPHRASE_FILE';
const charactersMin = 12;
const fileBytesMax = 4_096;

export type PassphraseSource = {
  /** `--passphrase-file`, else what the variable names; undefined: a person is asked. */
  readonly file: string | undefined;
  /** Asks without showing what is typed; null: there is no terminal. Answers null at Ctrl-C. */
  readonly ask: ((question: string) => Promise<string | null>) | null;
};

/** As it was typed, else what the variable names; else who sits at the terminal. */
export function passphraseSource(typedFile: string | undefined): PassphraseSource {
  const file = typedFile ?? process.env[passphraseVariable];
  const isTerminal = process.stdin.isTTY && process.stderr.isTTY;
  return { file: file || undefined, ask: isTerminal ? askSilently : null };
}

/** For a key that exists. */
export async function readPassphrase(
  source: PassphraseSource,
  question: string,
): Promise<Result<string>> {
  if (source.file !== undefined) return passphraseOfFile(source.file);
  if (source.ask === null) return refuse(problem('PASSPHRASE_ABSENT', {}));
  const typed = await source.ask(question);
  return typed === null ? refuse(problem('PASSPHRASE_DECLINED', {})) : ok(typed);
}

/** For a key that is made now: asked twice, because a slip of a finger would lose the key. */
export async function choosePassphrase(
  source: PassphraseSource,
  questions: { readonly first: string; readonly again: string },
): Promise<Result<string>> {
  const first = await readPassphrase(source, questions.first);
  if (!first.ok) return first;
  if (Array.from(first.value).length < charactersMin) {
    return refuse(problem('PASSPHRASE_SHORT', { charactersMin }));
  }
  if (source.file !== undefined || source.ask === null) return first;
  const again = await readPassphrase(source, questions.again);
  if (!again.ok || again.value === first.value) return again;
  return refuse(problem('PASSPHRASE_DIFFERENT', {}));
}

async function passphraseOfFile(file: string): Promise<Result<string>> {
  const unreadable = (detail: string) => refuse(problem('PASSPHRASE_UNREADABLE', { file, detail }));
  try {
    const { size, mode } = await stat(file);
    if (size > fileBytesMax) return unreadable(`${size} bytes`);
    if ((mode & 0o077) !== 0) return unreadable(`mode ${(mode & 0o777).toString(8)}`);
    const text = (await readFile(file, 'utf8')).replace(/\r?\n$/, '');
    return text === '' || text.includes('\n') ? unreadable('one line is needed') : ok(text);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return unreadable('absent');
    return refuseDiskError(error, file);
  }
}

/** A line typed at a terminal, nothing of which is shown there. */
export async function askSilently(
  question: string,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string | null> {
  const silence = new Writable({ write: (_piece, _encoding, done) => done() });
  output.write(`${question} `);
  const reader = createInterface({ input, output: silence, terminal: true });
  try {
    return await reader.question('');
  } catch (error) {
    if (errorCode(error) === 'ABORT_ERR') return null; // Ctrl-C, Ctrl-D
    throw error;
  } finally {
    reader.close();
    output.write('\n');
  }
}

type Terminal = {
  readonly input: NodeJS.ReadableStream;
  readonly output: { write(text: string): unknown };
};
