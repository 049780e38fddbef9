/**
 * Builds the argument parser from the table of verbs, and turns its refusals into ours. Loads the
 * code of one command only: the one that was typed.
 */

import { Command as Parser, CommanderError, Option } from '@commander-js/extra-typings';
import { problem, type Problem } from '#domain/problem.ts';
import type { Words } from '#words/words.ts';
import type { Given } from './command.ts';
import type { OptionShape, Verb } from './verbs/verb.ts';
import { verbs } from './verbs/verbs.ts';

export type Typed = { readonly verb: Verb; readonly given: Given };

/** What was typed: a command, a wish to read (help, version), or a mistake. */
export type Parsed =
  | { readonly kind: 'command'; readonly typed: Typed }
  | { readonly kind: 'shown'; readonly wasAsked: boolean }
  | { readonly kind: 'mistake'; readonly because: Problem };

const everywhere: readonly OptionShape[] = [
  { name: 'json' },
  { name: 'language', value: '<code>' },
];
const addressing: readonly OptionShape[] = [
  { name: 'root', value: '<folder>' },
  { name: 'address', value: '<url>' },
  { name: 'token-file', value: '<file>' },
  { name: 'organisation', value: '<file>' },
  { name: 'site', value: '<name>' },
];

export async function parse(
  typed: readonly string[],
  options: { readonly words: Words; readonly version: string },
): Promise<Parsed> {
  let answer: Parsed = { kind: 'shown', wasAsked: true };
  const parser = build(options, (found) => {
    answer = { kind: 'command', typed: found };
  });
  try {
    await parser.parseAsync(verbFirst(typed), { from: 'user' });
    return answer;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'shown', wasAsked: true };
    if (error.code === 'commander.help') return { kind: 'shown', wasAsked: false };
    return { kind: 'mistake', because: problemOf(error) };
  }
}

/** `dankai --root R fleet tree` means `dankai fleet tree --root R`. */
function verbFirst(typed: readonly string[]): string[] {
  const shared = [...everywhere, ...addressing];
  let at = 0;
  while (at < typed.length) {
    const [word = '', joined] = (typed[at] ?? '').split('=', 2);
    const shape = shared.find(({ name }) => word === `--${name}`);
    if (shape === undefined) break;
    at += shape.value === undefined || joined !== undefined ? 1 : 2;
  }
  return [...typed.slice(at), ...typed.slice(0, at)];
}

function build(
  { words, version }: { readonly words: Words; readonly version: string },
  chosen: (typed: Typed) => void,
): Parser {
  const parser = new Parser('dankai');
  dress(parser, words)
    .description(words.text('cli.about'))
    // `release build --version 5.80` means the release, not this program.
    .enablePositionalOptions()
    .version(version, '-V, --version', words.text('cli.option.dankaiVersion'))
    .helpCommand(false);
  for (const verb of verbs) {
    let parent = parser;
    const groups = verb.path.slice(0, -1);
    for (const [depth, name] of groups.entries()) {
      parent = groupOf(parent, { name, key: groups.slice(0, depth + 1).join('-') }, words);
    }
    addVerb(parent, verb, words, chosen);
  }
  return parser;
}

function dress(parser: Parser, words: Words): Parser {
  const titles: Readonly<Record<string, string>> = {
    'Usage:': words.text('cli.help.usage'),
    'Options:': words.text('cli.help.options'),
    'Arguments:': words.text('cli.help.arguments'),
    'Commands:': words.text('cli.help.commands'),
  };
  return parser
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ styleTitle: (title) => titles[title] ?? title })
    .helpOption('-h, --help', words.text('cli.option.help'));
}

function groupOf(
  parser: Parser,
  { name, key }: { readonly name: string; readonly key: string },
  words: Words,
): Parser {
  const found = parser.commands.find((one) => one.name() === name);
  if (found !== undefined) return found as Parser;
  const group = dress(parser.command(name) as unknown as Parser, words)
    .description(words.text(`cli.group.${key}` as Parameters<Words['text']>[0]))
    .helpCommand(false);
  return group;
}

function addVerb(parent: Parser, verb: Verb, words: Words, chosen: (typed: Typed) => void): void {
  const key = verb.path.join('-');
  const examples = [verb.example, ...(verb.furtherExamples ?? [])];
  const command = dress(parent.command(verb.path.at(-1) ?? '') as unknown as Parser, words)
    .description(words.text(`cli.command.${key}` as Parameters<Words['text']>[0]))
    .addHelpText(
      'after',
      `\n${words.text('cli.help.example')}\n${examples.map((one) => `  ${one}`).join('\n')}`,
    );
  for (const argument of verb.arguments ?? []) {
    const name = argument.replace(/[<>[\].]/g, '');
    command.argument(argument, words.text(`cli.argument.${name}` as Parameters<Words['text']>[0]));
  }
  const own = verb.options ?? [];
  // A verb that has such an option itself says more of it.
  const where = addressing.filter(({ name }) => !own.some((one) => one.name === name));
  const options = [...own, ...(verb.asksServer ? where : []), ...everywhere];
  for (const shape of options) command.addOption(optionOf(shape, words));
  command.action((...typed: unknown[]) => {
    const given = typed.slice(0, verb.arguments?.length ?? 0);
    chosen({
      verb,
      given: {
        arguments: given as Given['arguments'],
        options: command.opts() as Given['options'],
      },
    });
  });
}

function optionOf({ name, value, isRequired, ...shape }: OptionShape, words: Words): Option {
  const flags = value === undefined ? `--${name}` : `--${name} ${value}`;
  const text = words.text(`cli.option.${shape.words ?? name}` as Parameters<Words['text']>[0]);
  return new Option(flags, text).makeOptionMandatory(isRequired === true) as unknown as Option;
}

/** The parser's refusals name the word in quotes and, below, what was perhaps meant. */
function problemOf(error: CommanderError): Problem {
  const word = /'([^']*)'/.exec(error.message)?.[1] ?? '';
  const suggestion = /\(Did you mean (.*?)\?\)/.exec(error.message)?.[1] ?? '';
  switch (error.code) {
    case 'commander.unknownCommand':
      return problem('COMMAND_UNKNOWN', { command: word, suggestion });
    case 'commander.unknownOption':
      return problem('OPTION_UNKNOWN', { option: word, suggestion });
    case 'commander.missingArgument':
      return problem('ARGUMENT_ABSENT', { argument: word });
    case 'commander.optionMissingArgument':
    case 'commander.missingMandatoryOptionValue':
      return problem('OPTION_ABSENT', { option: word });
    case 'commander.excessArguments':
      return problem('ARGUMENT_TOO_MANY', {
        command: /for '([^']*)'/.exec(error.message)?.[1] ?? word,
      });
    default:
      return problem('OPTION_WRONG', { option: word, value: '', expected: error.message });
  }
}
