/**
 * What every command of the CLI is: a function from what was typed, and the world as it may
 * use it, to an exit status. Knows neither the argument parser nor the terminal.
 */

import { kindOf, problem, type Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type {
  ControlManagerCall,
  ControlManagerTable,
  InformationServerCall,
  InformationServerTable,
  ParamsOf,
  ResultOf,
} from '#protocol/console/contract.ts';
import type { PeopleCall, PeopleTable, SessionTable } from '#protocol/console/people-calls.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Forecaster } from '#ports/forecast.ts';
import type { CampaignFiles } from '#ports/campaign-files.ts';
import type { Backups } from '#ports/backups.ts';
import type { Databases } from '#ports/databases.ts';
import type { Organisations } from '#ports/organisations.ts';
import type { Care } from '#ports/care.ts';
import type { Packages } from '#ports/packages.ts';
import type { Removal } from '#ports/removal.ts';
import type { Signing } from '#ports/signing.ts';
import type { Words } from '#words/words.ts';

/** 0 yes/done, 1 the answer is no, 2 wrong usage, 3 cannot reach or not allowed. */
export const exitStatuses = { done: 0, no: 1, usage: 2, unreachable: 3, bug: 70 } as const;

/** A cell may be coloured; colour is dropped where the stream is no terminal. */
export type Tone = 'good' | 'bad' | 'warning' | 'quiet' | 'strong';

export type Output = {
  readonly isJson: boolean;
  /** True when a person sits there: both questions and live drawings make sense. */
  readonly isInteractive: boolean;
  /** Data: one line, or several, to standard output. */
  data(text: string): void;
  /** Data that is JSON already, one object a line: written as it is, with `--json` or without. */
  lines(text: string): void;
  /** The one object of `--json`. */
  object(value: unknown): void;
  /** Talk: progress, advice, questions; to standard error. */
  talk(text: string): void;
  paint(tone: Tone, text: string): string;
  table(head: readonly string[], rows: readonly (readonly string[])[]): string;
  /** Draws over what it drew before; `done` leaves the last drawing where it is. */
  live(): { draw(text: string): void; done(): void };
  ask(question: string): Promise<boolean>;
};

export type InformationServer = {
  call<Call extends InformationServerCall>(
    name: Call,
    params: ParamsOf<InformationServerTable, Call>,
  ): Promise<Result<ResultOf<InformationServerTable, Call>>>;
};

export type ControlManager = {
  call<Call extends ControlManagerCall>(
    name: Call,
    params: ParamsOf<ControlManagerTable, Call>,
  ): Promise<Result<ResultOf<ControlManagerTable, Call>>>;
};

/** Calls that either tier answers: people, tokens, approvals. */
export type People = {
  call<Call extends PeopleCall>(
    name: Call,
    params: ParamsOf<PeopleTable, Call>,
  ): Promise<Result<ResultOf<PeopleTable, Call>>>;
  /** Where a browser finds the console that is asked. */
  consoleAddress(): Promise<Result<string>>;
};

export type Begun = Omit<ResultOf<SessionTable, 'session.begin'>, 'secret'> & {
  /** Where the token was put. */
  readonly file: string;
};

/** Of this account on this computer, at the server that is asked. */
export type Session = {
  begin(person: string, password: string): Promise<Result<Begun>>;
  end(): Promise<Result<null>>;
};

export type ImportedRelease = {
  readonly component: string;
  readonly version: string;
  readonly digest: string;
};

export type Context = {
  readonly words: Words;
  readonly output: Output;
  readonly informationServer: InformationServer;
  readonly controlManager: ControlManager;
  readonly people: People;
  readonly session: Session;
  /** From a file that was named, or typed unseen; `again`: a new one, asked twice. */
  readPassword(
    file: string | undefined,
    questions: { readonly first: string; readonly again?: string },
  ): Promise<Result<string>>;
  /** Which of the two `--root` or `--address` points to, for commands that both know. */
  tier(): Promise<Result<'information-server' | 'control-manager'>>;
  importRelease(
    file: string,
    progress: (bytesSent: number, bytesTotal: number) => void,
  ): Promise<Result<ImportedRelease | { readonly metadata: 'program' }>>;
  /** Releases and installations on this computer's disk. */
  readonly packages: Packages;
  /** Keys and signed repositories on this computer's disk; loaded by the commands that sign. */
  signing(): Promise<Signing>;
  /** Who is who in an organisation folder on this computer's disk. */
  organisations(): Promise<Organisations>;
  /** Campaigns as files on this computer's disk. */
  campaignFiles(): Promise<CampaignFiles>;
  backups(): Promise<Backups>;
  /** Of a control manager on this computer. */
  databases(): Promise<Databases>;
  /** Of an installation on this computer. */
  removal(): Promise<Removal>;
  care(): Promise<Care>;
  readText(file: string): Promise<Result<string>>;
  /** Of a file of any size, some lines at a time. */
  readLines(file: string): Promise<Result<AsyncIterable<readonly string[]>>>;
  /** A `server.ini` in whatever encoding, without loss. */
  readCatalogue(file: string): Promise<Result<{ readonly text: string }>>;
  /** A plan for so many servers that have no names yet. */
  readDescribedPlan(
    text: string,
    file: string,
    facts: {
      readonly now: number;
      readonly servers: number;
      /** Of each group; null: as equal as they can be. */
      readonly sizes: readonly number[] | null;
    },
  ): Promise<Result<UpgradePlan>>;
  /** On this computer, for fleets that there is no site of yet. */
  readonly forecaster: Forecaster;
  now(): number;
  pause(milliseconds: number): Promise<void>;
  /** Aborted at Ctrl-C, so that a watch ends tidily. */
  readonly interrupted: AbortSignal;
};

/** The part of the world that saying something takes. */
export type Voice = {
  readonly words: Words;
  readonly output: Pick<Output, 'isJson' | 'object' | 'talk' | 'paint' | 'data'>;
};

/** What was typed, already split by the argument parser. */
export type Given = {
  readonly arguments: readonly (string | readonly string[] | undefined)[];
  readonly options: Readonly<Record<string, unknown>>;
};

export type Command = (context: Context, given: Given) => Promise<number>;

export function exitStatusOf(because: Problem): number {
  switch (kindOf(because)) {
    case 'usage':
    case 'limit':
      return exitStatuses.usage;
    case 'no':
    case 'absent':
      return exitStatuses.no;
    case 'forbidden':
    case 'unreachable':
      return exitStatuses.unreachable;
  }
}

/** Says a 'no' with its remedy; as an object too where objects were asked for. */
export function refused({ words, output }: Voice, because: Problem): number {
  const said = words.problem(because);
  if (output.isJson) output.object({ problem: { ...because, ...said } });
  output.talk(`${output.paint('bad', words.text('cli.no'))} ${said.sentence}`);
  if (said.remedy !== '') output.talk(`${words.text('cli.next')} ${said.remedy}`);
  output.talk(output.paint('quiet', `(${because.code})`));
  return exitStatusOf(because);
}

/** Shows an answer, or says why there is none. With `--json` the answer itself is the object. */
export function answered<Value>(
  context: Context,
  answer: Result<Value>,
  show: (value: Value) => void,
): number {
  if (!answer.ok) return refused(context, answer.because);
  if (context.output.isJson) context.output.object(answer.value);
  else show(answer.value);
  return exitStatuses.done;
}

/** null: go on. Asks a person; where there is none, --yes must have been typed. */
export async function unconfirmed(
  context: Context,
  given: Given,
  asked: { readonly command: string; readonly question: string },
): Promise<Problem | null> {
  if (given.options['yes'] === true) return null;
  const { command } = asked;
  if (!context.output.isInteractive) return problem('CONFIRMATION_NEEDED', { command });
  const isYes = await context.output.ask(asked.question);
  return isYes ? null : problem('CONFIRMATION_DECLINED', { command });
}
