/**
 * The metadata client of the servers, as the public TUF conformance suite calls one:
 *
 *   npm run -s tuf-client -- --metadata-dir DIR init ROOT_FILE
 *   npm run -s tuf-client -- --metadata-dir DIR --metadata-url URL refresh
 *   npm run -s tuf-client -- --metadata-dir DIR --metadata-url URL --target-base-url URL
 *       --target-dir DIR --target-name NAME… download
 *
 * It runs the very workflow of a lane (adapters/metadata/tuf-workflow.ts) over the folder that it is given.
 * Exit status 0: done; 1: refused, with the reason on standard error.
 */

import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fetchMetadata } from '#adapters/metadata/metadata-http.ts';
import { runWorkflow } from '#adapters/metadata/tuf-workflow.ts';
import { problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'metadata-dir': { type: 'string' },
    'metadata-url': { type: 'string' },
    'target-name': { type: 'string', multiple: true },
    'target-base-url': { type: 'string' },
    'target-dir': { type: 'string' },
  },
});

type Option = 'metadata-dir' | 'metadata-url' | 'target-base-url' | 'target-dir';

function given(option: Option): string {
  const value = values[option];
  if (value === undefined) throw new Error(`--${option} is wanted here`);
  return value;
}

async function init(rootFile: string | undefined): Promise<void> {
  if (rootFile === undefined) throw new Error('init wants the file of the trusted root');
  await mkdir(given('metadata-dir'), { recursive: true });
  await copyFile(rootFile, join(given('metadata-dir'), 'root.json'));
}

async function update(names: readonly string[]): Promise<Result<null>> {
  const folder = given('metadata-dir');
  const targets =
    names.length === 0
      ? undefined
      : { folder: given('target-dir'), baseAddress: given('target-base-url') };
  if (targets !== undefined) await mkdir(targets.folder, { recursive: true });
  const { answer } = await runWorkflow(
    {
      folder,
      shippedRoot: await readFile(join(folder, 'root.json'), 'utf8'),
      baseAddress: given('metadata-url'),
      read: (url, bytesMax) => fetchMetadata({ url, security: null, file: url, bytesMax }),
      targets,
    },
    async (client) => {
      await client.refresh();
      for (const name of names) {
        const target = await client.getTargetInfo(name);
        if (target === undefined) throw new Error(`${name} is no target`);
        const here = await client.findCachedTarget(target);
        if (here === undefined) await client.downloadTarget(target);
      }
      return null;
    },
  );
  return answer;
}

async function run(): Promise<Result<null>> {
  const [command, argument] = positionals;
  switch (command) {
    case 'init':
      await init(argument);
      return { ok: true, value: null };
    case 'refresh':
      return update([]);
    case 'download':
      return update(values['target-name'] ?? []);
    default:
      return refuse(problem('COMMAND_UNKNOWN', { command: command ?? '', suggestion: 'refresh' }));
  }
}

const answer = await run();
if (!answer.ok) {
  console.error(JSON.stringify(answer.because));
  process.exitCode = 1;
}
