/**
 * `npm run bench [-- --only NAME --json FILE --list]`: runs the benches beside this file and prints
 * each figure with the machine that gave it. A figure whose name ends in '(budget N)' is compared
 * with N; the comparison is said and fails nothing, because machines differ.
 *
 * A bench exports `bench: { name, run }`, or `name` and `run` by themselves.
 */

import { execFileSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { parseArgs } from 'node:util';

type Figures = Record<string, number | string>;
type Bench = { readonly name: string; readonly run: () => Promise<Figures> };

const root = new URL('..', import.meta.url).pathname;

function isBench(value: unknown): value is Bench {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'run' in value &&
    typeof value.run === 'function'
  );
}

async function benches(): Promise<Bench[]> {
  const files = globSync('*.ts', { cwd: `${root}bench` }).filter((file) => file !== 'main.ts');
  const found: Bench[] = [];
  for (const file of files.toSorted()) {
    const loaded: unknown = await import(`./${file}`);
    const inside: unknown =
      typeof loaded === 'object' && loaded !== null && 'bench' in loaded ? loaded.bench : loaded;
    if (!isBench(inside)) throw new Error(`bench/${file} exports no bench`);
    found.push(inside);
  }
  return found;
}

function attempt(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return 'unknown';
  }
}

/** Of the disk on which the checkout stands, as far as the kernel tells. */
function diskKind(): string {
  const [, source = '', kind = ''] =
    /^(\S+)\s+(\S+)$/m.exec(
      attempt(() =>
        execFileSync('df', ['--output=source,fstype', root], { encoding: 'utf8' })
          .split('\n')
          .slice(1)
          .join('\n'),
      ),
    ) ?? [];
  const device = source.replace(/^\/dev\//, '').replace(/p?\d+$/, '');
  const rotational = attempt(() => readFileSync(`/sys/block/${device}/queue/rotational`, 'utf8'));
  const turns = { '0': ', does not turn', '1': ', turns or is virtual' }[rotational] ?? '';
  return `${kind || 'unknown'} on ${source || 'unknown'}${turns}`;
}

function machine(): Figures {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    disk: diskKind(),
    kernel: release(),
    node: process.version,
    commit: attempt(() =>
      execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }),
    ),
  };
}

/** Of the last minute. */
function loadText(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function withBudget(name: string, value: number | string): string {
  const budget = Number(/\(budget ([\d.]+)\)$/.exec(name)?.[1] ?? Number.NaN);
  if (Number.isNaN(budget) || typeof value === 'string') return '';
  return value <= budget ? '  within' : '  OVER';
}

function print(title: string, figures: Figures): void {
  console.log(title);
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  for (const [name, value] of Object.entries(figures)) {
    console.log(`  ${name.padEnd(width)}  ${value}${withBudget(name, value)}`);
  }
}

async function main(options: {
  readonly only?: string | undefined;
  readonly json?: string | undefined;
  readonly list?: boolean | undefined;
}): Promise<number> {
  const all = await benches();
  if (options.list === true) {
    for (const { name } of all) console.log(name);
    return 0;
  }
  const chosen = all.filter(({ name }) => options.only === undefined || name === options.only);
  if (chosen.length === 0) {
    console.error(
      `There is no bench ${options.only}. There are: ${all.map((each) => each.name).join(', ')}`,
    );
    return 2;
  }
  const measured: Record<string, Figures> = {};
  const on = machine();
  print('machine', on);
  const loadBefore = loadText();
  let failed = 0;
  for (const { name, run } of chosen) {
    try {
      const figures = await run();
      measured[name] = figures;
      print(name, figures);
    } catch (error) {
      failed += 1;
      console.error(`${name} could not be measured:`, error);
    }
  }
  if (options.json !== undefined) {
    const at = new Date().toISOString();
    // On a machine that does other work besides, processor times are longer, and bytes are not.
    const machineThen = { ...on, load: `${loadBefore} before, ${loadText()} after` };
    const said = { at, machine: machineThen, benches: measured };
    writeFileSync(options.json, `${JSON.stringify(said, null, 2)}\n`);
  }
  return failed === 0 ? 0 : 1;
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, list: { type: 'boolean' } },
});
process.exitCode = await main(values);
