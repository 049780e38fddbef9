/**
 * Makes what users install and what upgrades send, from one and the same tree:
 * `dankai-<version>.release`, and `dankai-<version>-<platform>.tar.gz` for the first computer.
 *
 * `npm run release -- --version 5.80.1179 --out dist/`
 */

import { copyFile, link, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makeFolder, partBeside } from '#adapters/files/atomic-file.ts';
import { thisPlatform } from '#adapters/installation/installation-disk.ts';
import { packTree } from '#adapters/release/package-archive.ts';
import { walkTree } from '#adapters/release/package-archive-tree.ts';
import { buildRelease } from '#adapters/release/release-file-build.ts';
import type { Prerequisite, Release } from '#domain/catalogue/release.ts';
import { brand, type ComponentName, type Platform } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { parsePrerequisites } from '../../src/cli/commands/signing/prerequisite.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { bundle } from './bundle.ts';

const checkout = dirname(dirname(import.meta.dirname));

/** Finds its own folder, whatever link led here, and the runtime that came along. */
const starter = `#!/bin/sh
set -eu
self=$0
while [ -h "$self" ]; do
  target=$(readlink -- "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname -- "$self")/$target ;;
  esac
done
tree=$(CDPATH= cd -- "$(dirname -- "$self")/.." && pwd -P)
node=$tree/runtime/node
[ -x "$node" ] || node=\${DANKAI_NODE:-node}
exec "$node" "$tree/app/main.mjs" "$@"
`;

export type SelfRelease = {
  /** What `bundle()` made, of today's source or frozen. */
  readonly bundleFolder: string;
  readonly version: string;
  readonly outFile: string;
  /** false: a small release that runs on the Node which its launcher runs on. */
  readonly withRuntime: boolean;
  /** Default: what any earlier 5.x may follow. */
  readonly min?: string | undefined;
  readonly max?: string | undefined;
  readonly floors?: readonly string[] | undefined;
  readonly deadEnds?: readonly string[] | undefined;
  readonly prerequisites?: readonly Prerequisite[] | undefined;
  readonly needsComponents?: readonly string[] | undefined;
  readonly precautions?: readonly string[] | undefined;
  readonly returnTo?: readonly string[] | undefined;
  readonly rebootRecommended?: boolean | undefined;
  /** Default: what the packages measure. */
  readonly needs?: { readonly diskBytes?: number; readonly memoryBytes?: number } | undefined;
};

export async function buildSelfRelease(options: SelfRelease): Promise<Result<Release>> {
  const file = resolve(options.outFile);
  await makeFolder(dirname(file));
  const tree = partBeside(file);
  try {
    await makeTree(tree, options);
    return await buildRelease({
      trees: [{ platform: platformOf(options), folder: tree }],
      file,
      component: brand<ComponentName>('program'),
      kind: 'self',
      version: options.version,
      ordering: 'decimal',
      appliesTo: { min: options.min ?? '5.0', max: options.max ?? '6.0' },
      needsComponents: (options.needsComponents ?? []).map((name) => brand<ComponentName>(name)),
      floors: options.floors,
      deadEnds: options.deadEnds,
      prerequisites: options.prerequisites,
      precautions: options.precautions,
      returnTo: options.returnTo,
      rebootRecommended: options.rebootRecommended,
      needs: options.needs,
    });
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

function platformOf({ withRuntime }: SelfRelease): Platform {
  return withRuntime ? thisPlatform() : brand<Platform>('any');
}

/** Files are second names of those that stand already, where the disk allows: nothing writes. */
async function makeTree(tree: string, options: SelfRelease): Promise<void> {
  await mkdir(join(tree, 'bin'), { recursive: true });
  await writeFile(join(tree, 'bin', 'dankai'), starter, { mode: 0o755 });
  await placeTree(options.bundleFolder, tree);
  await place(join(checkout, 'LICENSE'), join(tree, 'LICENSE'));
  if (!options.withRuntime) return;
  const runtime = runtimeFolder();
  await mkdir(join(tree, 'runtime'));
  await place(join(runtime, 'bin', 'node'), join(tree, 'runtime', 'node'));
  await place(join(runtime, 'LICENSE'), join(tree, 'runtime', 'LICENSE'));
}

function runtimeFolder(): string {
  const require = createRequire(import.meta.url);
  return dirname(require.resolve(`node-${thisPlatform()}/package.json`));
}

async function placeTree(from: string, to: string): Promise<void> {
  const entries = await walkTree(from);
  if (!entries.ok) throw new Error(`${from} cannot be packed: ${entries.because.code}`);
  for (const { kind, path } of entries.value) {
    if (kind === 'folder') await mkdir(join(to, path), { recursive: true });
    if (kind === 'file') await place(join(from, path), join(to, path));
  }
}

async function place(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to));
}

/** The release unpacked as a slot, so that its own `dankai install` can install from it. */
async function writeArchiveForPeople(
  options: SelfRelease,
  { release, file }: { readonly release: Release; readonly file: string },
): Promise<void> {
  const work = partBeside(file);
  const slot = join(work, `dankai-${options.version}`);
  try {
    await mkdir(slot, { recursive: true });
    await makeTree(join(slot, 'tree'), options);
    await writeFile(join(slot, 'release.json'), canonicalJson(release.manifest));
    await symlink('tree/bin/dankai', join(slot, 'dankai'));
    await packTree(work, file, 'gzip');
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const usage = `npm run release -- --version VERSION [--out dist] [--min VERSION] [--max VERSION]
  [--precaution SENTENCE]... [--needs-component NAME]... [--return-to VERSION]...
  [--floor VERSION]... [--dead-end VERSION]... [--prerequisite COMPONENT=VERSION]...
  [--reboot-recommended]`;

function parseTyped() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'string' },
      out: { type: 'string', default: 'dist' },
      min: { type: 'string' },
      max: { type: 'string' },
      precaution: { type: 'string', multiple: true },
      'needs-component': { type: 'string', multiple: true },
      'return-to': { type: 'string', multiple: true },
      floor: { type: 'string', multiple: true },
      'dead-end': { type: 'string', multiple: true },
      prerequisite: { type: 'string', multiple: true },
      'reboot-recommended': { type: 'boolean' },
    },
  });
  const { version } = values;
  if (values.help) return null;
  if (version === undefined) throw new TypeError('--version is needed, such as 5.80.1179');
  return { ...values, version };
}

/** null: usage was asked for. A mistake is one sentence, and status 2. */
function typedOrMistake(): ReturnType<typeof parseTyped> {
  try {
    return parseTyped();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message.split('\n', 1)[0]);
    process.exit(2);
  }
}

async function make(
  values: NonNullable<ReturnType<typeof parseTyped>>,
): Promise<Result<readonly string[]>> {
  const out = resolve(values.out);
  const prerequisites = parsePrerequisites(values.prerequisite ?? []);
  if (!prerequisites.ok) return prerequisites;
  const options: SelfRelease = {
    bundleFolder: await bundle(),
    version: values.version,
    outFile: join(out, `dankai-${values.version}.release`),
    withRuntime: true,
    min: values.min,
    max: values.max,
    precautions: values.precaution,
    floors: values.floor,
    deadEnds: values['dead-end'],
    prerequisites: prerequisites.value,
    needsComponents: values['needs-component'],
    returnTo: values['return-to'],
    rebootRecommended: values['reboot-recommended'],
  };
  const release = await buildSelfRelease(options);
  if (!release.ok) return refuse(release.because);
  const archive = join(out, `dankai-${values.version}-${thisPlatform()}.tar.gz`);
  await writeArchiveForPeople(options, { release: release.value, file: archive });
  return ok([options.outFile, archive]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const typed = typedOrMistake();
  const made = typed === null ? ok([usage]) : await make(typed);
  if (made.ok) console.log(made.value.join('\n'));
  else {
    console.error(made.because.code, made.because.with);
    process.exitCode = 1;
  }
}
