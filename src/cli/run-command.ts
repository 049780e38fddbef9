/** From words typed to an exit status, for every command that goes through the argument parser. */

import { problem } from '#domain/problem.ts';
import { chooseLanguage, isLanguage } from '#words/language.ts';
import { i18nextWords } from '#words/words-i18next.ts';
import type { Words } from '#words/words.ts';
import description from '../../package.json' with { type: 'json' };
import { exitStatuses, refused, type Context, type Given, type Output } from './command.ts';
import { parse } from './program.ts';
import { openTerminal } from './terminal/terminal.ts';

type OpenContext = (options: {
  readonly given: Given;
  readonly words: Words;
  readonly output: Output;
}) => Context;

/** Needed before the parser is built, because its help is in that language. */
function languageTyped(typed: readonly string[]): string | undefined {
  const at = typed.findIndex((word) => word === '--language' || word.startsWith('--language='));
  if (at === -1) return undefined;
  return typed[at] === '--language' ? typed[at + 1] : typed[at]?.slice('--language='.length);
}

export async function runCommand(
  typed: readonly string[],
  /** Loaded only once it is known that a command will run. */
  loadContext: () => Promise<OpenContext>,
  /** Of the release that this program belongs to; null: of none. */
  readVersion: () => Promise<string | null>,
): Promise<number> {
  const language = languageTyped(typed);
  const words = i18nextWords(chooseLanguage(language, process.env));
  const output = openTerminal({
    isJson: typed.includes('--json'),
    yes: words.text('cli.yesLetter'),
  });
  if (language !== undefined && !isLanguage(language)) {
    const wrong = { option: '--language', value: language, expected: 'language' };
    return refused({ words, output }, problem('OPTION_WRONG', wrong));
  }
  const version = (await readVersion()) ?? description.version;
  const parsed = await parse(typed, { words, version });
  switch (parsed.kind) {
    case 'shown':
      return parsed.wasAsked ? exitStatuses.done : exitStatuses.usage;
    case 'mistake':
      return refused({ words, output }, parsed.because);
    case 'command': {
      const { verb, given } = parsed.typed;
      const [command, openContext] = await Promise.all([verb.load(), loadContext()]);
      return command(openContext({ given, words, output }), given);
    }
  }
}
