/**
 * Commands as their users run them: the bundled program, in a folder, with what it prints, its exit
 * status and the code of its refusal. Which file tries which command stands here, so that none is
 * without its case: each file holds its own part against what it proved.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { verbs } from '#cli/verbs/verbs.ts';
import { campaignFileVerbs } from '#cli/verbs/verbs-campaign.ts';
import { enrolmentVerbs } from '#cli/verbs/verbs-enrolment.ts';
import { signingVerbs } from '#cli/verbs/verbs-signing.ts';
import { compiled } from '../compiled.ts';
import { bundled } from './bundled.ts';

const namesOf = (some: typeof verbs): readonly string[] => some.map(({ path }) => path.join(' '));

/** What is tried in files of its own; all the others are tried in command-line.test.ts. */
export const triedElsewhere = {
  tree: ['rollback'],
  content: ['content pass', 'content admit'],
  signing: [
    'init',
    'site add',
    'site list',
    ...namesOf(signingVerbs),
    ...namesOf(campaignFileVerbs),
  ],
  installation: [
    'uninstall',
    'fleet remove',
    'installer make',
    'doctor',
    'ports',
    'cache clear',
    'service print',
  ],
  /** Where a site asks a person: test/simulation/campaigns.test.ts. */
  campaigns: ['campaign begin'],
  /** Where sources are played: test/information-server/fetch.test.ts. */
  sources: ['share fetch'],
  /** Where PostgreSQL runs: test/contract/postgres.test.ts. */
  databases: ['control-manager migrate'],
  /** Where systemd runs or is played: src/adapters/installation/service-install.test.ts. */
  units: ['service install', 'service remove'],
  trust: [
    ...namesOf(enrolmentVerbs).filter((name) => name !== 'fleet remove'),
    'enrol',
    'backup',
    'restore',
    'audit export',
    'audit verify',
    'site revoke',
    'fleet rehome',
    'organisation import',
  ],
} as const;

export type Run = {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  /** Of a refusal in plain words. */
  readonly code: string | null;
};

const refusal = z.object({ problem: z.object({ code: z.string() }) });

export class CommandLine {
  readonly program: string;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  /** Commands that ended with 0, by what was asked of them. */
  readonly #proved = {
    plain: new Set<string>(),
    json: new Set<string>(),
    refusal: new Set<string>(),
  };

  private constructor(parts: {
    program: string;
    folder: string;
    environment: Readonly<Record<string, string>>;
  }) {
    this.program = parts.program;
    this.#folder = parts.folder;
    this.#environment = parts.environment;
  }

  static async in(folder: string, environment: Readonly<Record<string, string>> = {}) {
    const program = join(await bundled(), 'app', 'main.mjs');
    return new CommandLine({ program, folder, environment });
  }

  async run(words: readonly string[]): Promise<Run> {
    const child = spawn(process.execPath, [this.program, ...words], {
      cwd: this.#folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        LANG: 'en_US.UTF-8',
        XDG_CONFIG_HOME: join(this.#folder, 'config'),
        NODE_COMPILE_CACHE: compiled,
        ...this.#environment,
      },
    });
    const pieces = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (pieces.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (pieces.err += text));
    await once(child, 'close');
    const code = /^\((\w+)\)$/m.exec(pieces.err)?.[1] ?? null;
    return { status: child.exitCode, ...pieces, code };
  }

  /** What a person reads, data and talk; both must say what they should. */
  async plain(words: readonly string[], says: RegExp): Promise<string> {
    const run = await this.run(words);
    const told = `${run.out}${run.err}`;
    assert.equal(run.status, 0, `dankai ${words.join(' ')}: ${told}`);
    assert.match(told, says);
    this.#proved.plain.add(verbOf(words));
    return run.out;
  }

  /** The one object of `--json`, as its schema reads it, and nothing beside it. */
  async json<Schema extends z.ZodType>(
    schema: Schema,
    words: readonly string[],
  ): Promise<z.infer<Schema>> {
    const run = await this.run([...words, '--json']);
    assert.equal(run.status, 0, `dankai ${words.join(' ')}: ${run.err}${run.out}`);
    const value = schema.parse(JSON.parse(run.out));
    this.#proved.json.add(verbOf(words));
    return value;
  }

  /** Refused in plain words and as an object alike, with that exit status and code. */
  async refused(words: readonly string[], status: number, code: string): Promise<void> {
    const plain = await this.run(words);
    const told = `dankai ${words.join(' ')}: ${plain.err}${plain.out}`;
    assert.deepEqual([plain.status, plain.code, plain.out], [status, code, ''], told);
    const json = await this.run([...words, '--json']);
    assert.equal(json.status, status);
    assert.equal(refusal.parse(JSON.parse(json.out)).problem.code, code);
    this.#proved.refusal.add(verbOf(words));
  }

  /** Each of them was seen to do its work, to answer with an object, and to refuse. */
  assertProved(
    names: readonly string[],
    exempt: { readonly [Way in 'json' | 'refusal']?: string[] } = {},
  ) {
    const lacking = (way: 'plain' | 'json' | 'refusal') =>
      names.filter((name) => !this.#proved[way].has(name));
    assert.deepEqual(
      { plain: lacking('plain'), json: lacking('json'), refusal: lacking('refusal') },
      { plain: [], json: exempt.json ?? [], refusal: exempt.refusal ?? [] },
    );
  }
}

function verbOf(words: readonly string[]): string {
  const found = verbs.find(({ path }) => path.every((word, place) => words[place] === word));
  assert.ok(found, `${words.join(' ')} is a command`);
  return found.path.join(' ');
}
