/**
 * An information server as a process of its own, for tests of its record: with the real command
 * line beside it, and another process that edits its journal with `node:sqlite` as an intruder would.
 */

import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callConsole, consoleAt } from '#adapters/link/console-client.ts';
import {
  informationServerCalls,
  type InformationServerTable,
  type ParamsOf,
  type ResultOf,
} from '#protocol/console/contract.ts';
import { compiled } from '../compiled.ts';

const source = (path: string): string => new URL(`../../src/${path}`, import.meta.url).pathname;

export type Ran = { readonly status: number | null; readonly out: string; readonly err: string };

/** What is edited, in the order of SQLite's own questions; all of it in one transaction. */
export type Edit = readonly string[];

export class RecordedSite {
  readonly folder: string;
  readonly root: string;
  #server: ChildProcess | null = null;
  #editor: ChildProcess | null = null;
  #log = '';

  private constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, 'root');
  }

  /** The file elsewhere; nobody has made it yet. */
  get heads(): string {
    return join(this.folder, 'elsewhere');
  }

  static async begin(): Promise<RecordedSite> {
    const site = new RecordedSite(await mkdtemp(join(tmpdir(), 'dankai-record-')));
    await mkdir(join(site.root, 'secrets'), { recursive: true });
    await writeFile(join(site.root, 'secrets', 'console.token'), 'console-token\n');
    const listen = { host: '127.0.0.1', port: 0 };
    const insecureLoopback = 'accepted';
    const own = {
      site: 'tokyo',
      listen,
      console: listen,
      insecureLoopback,
      recordHeads: site.heads,
    };
    // JSON is YAML.
    const text = JSON.stringify({ informationServer: own });
    await writeFile(join(site.root, 'settings.yaml'), text);
    return site;
  }

  async end(): Promise<void> {
    this.#editor?.kill('SIGKILL');
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  get data(): string {
    return join(this.root, 'data');
  }

  async start(): Promise<void> {
    const program = join(this.root, 'slot', 'tree', 'app', 'main.mjs');
    const folders = JSON.stringify({ root: this.root, data: this.data });
    const code = `process.argv[1] = '${program}';
      const { main } = await import('${source('information-server/main.ts')}');
      process.exit(await main(${folders}));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: this.#surroundings(),
    });
    this.#server = child;
    this.#log = '';
    const ready = new Promise<void>((done, failed) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
        if (this.#log.includes('"event":"ready"')) done();
      });
      child.once('close', (status) => failed(new Error(`it ended with ${status}: ${this.#log}`)));
    });
    await ready;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null || server.exitCode !== null) return;
    server.kill('SIGTERM');
    await once(server, 'close');
  }

  #surroundings(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      LANG: 'en_US.UTF-8',
      NODE_COMPILE_CACHE: compiled,
    };
  }

  dankai(...words: readonly string[]): Promise<Ran> {
    return this.#run(source('cli/main.ts'), words);
  }

  verifyAlone(...words: readonly string[]): Promise<Ran> {
    return this.#run(source('verify-record/verify-record.mjs'), words);
  }

  async #run(entry: string, words: readonly string[]): Promise<Ran> {
    const child = spawn(process.execPath, [entry, ...words], {
      cwd: this.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: this.#surroundings(),
    });
    const pieces = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (pieces.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (pieces.err += text));
    const [status] = (await once(child, 'close')) as [number | null];
    return { status, ...pieces };
  }

  async ask<Call extends keyof InformationServerTable>(
    call: Call,
    params: ParamsOf<InformationServerTable, Call>,
  ): Promise<ResultOf<InformationServerTable, Call>> {
    const where = await consoleAt({ root: this.root, services: ['information-server'] });
    assert.ok(where.ok);
    const asked = { call, params };
    const answered = await callConsole(informationServerCalls, where.value, asked);
    assert.ok(answered.ok, answered.ok ? '' : JSON.stringify(answered.because));
    return answered.value;
  }

  /** Something that stands in the record afterwards. */
  async hold(reason: string): Promise<void> {
    const lanes = ['content' as const];
    const params = { reason, minutes: 5, servers: 'site' as const, lanes, components: [] };
    await this.ask('hold.add', params);
  }

  /** By another process, also while the information server runs. */
  async edit(...statements: Edit): Promise<void> {
    this.#editor ??= spawn(
      process.execPath,
      [
        '--no-warnings',
        '--input-type=module',
        '--eval',
        editorCode,
        join(this.data, 'journal.sqlite'),
      ],
      { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
    );
    const editor = this.#editor;
    const answered = once(editor, 'message');
    editor.send(statements);
    const [answer] = (await answered) as [string];
    assert.equal(answer, 'done');
  }
}

const editorCode = `
import { DatabaseSync } from 'node:sqlite';
process.on('message', (statements) => {
  let said = 'done';
  const database = new DatabaseSync(process.argv[1], { timeout: 10_000 });
  try {
    database.exec(['begin immediate', ...statements, 'commit'].join(';'));
  } catch (error) {
    said = String(error);
  }
  database.close();
  process.send(said);
});`;
