/** Commands that ask no server: releases, installations, and becoming the launcher. */

import type { Release, ReleaseManifest } from '#domain/catalogue/release.ts';
import { problem } from '#domain/problem.ts';
import { ok } from '#domain/result.ts';
import { parseEnrolmentToken } from '#protocol/shared/organisation.ts';
import { formatBytes } from '#words/format.ts';
import { answered, refused, type Command, type Context } from '../../command.ts';
import { argument, flag, list, text } from '../../given.ts';
import { nothingThere } from '../../terminal/show.ts';
import { trustOfKit } from './install-trust.ts';
import { buildRelease, showRelease } from '../signing/release.ts';
import { run } from './run.ts';

/** Of the digest of a tree. */
const digestShown = 12;

function listOrNone(values: readonly string[]): readonly string[] | undefined {
  return values.length === 0 ? undefined : values;
}

function show({ output, words }: Context, { digest, manifest }: Release): void {
  output.data(
    words.text('cli.release.head', {
      component: manifest.component,
      version: manifest.version,
      kind: manifest.kind,
      min: manifest.appliesTo.min,
      max: manifest.appliesTo.max,
      digest,
    }),
  );
  const head = ['platform', 'archive', 'unpacked', 'files'] as const;
  output.data(
    output.table(
      head.map((one) => words.text(`cli.column.${one}`)),
      manifest.packages.map((one) => [
        one.platform,
        formatBytes(one.archive.bytes),
        formatBytes(one.treeBytes),
        String(one.fileCount),
      ]),
    ),
  );
  const components = manifest.needsComponents.join(', ') || nothingThere;
  output.data(words.text('cli.release.needs', { components }));
  showRules({ output, words }, manifest);
  if (manifest.precautions.length === 0) return;
  output.data(words.text('cli.upgrade.precautions'));
  for (const precaution of manifest.precautions) output.data(`  - ${precaution}`);
}

function showRules({ output, words }: Pick<Context, 'output' | 'words'>, rules: ReleaseManifest) {
  const { floors = [], deadEnds = [], prerequisites = [] } = rules;
  const components = prerequisites.map(({ component, min }) => `${component} ${min}`);
  if (floors.length > 0) {
    output.data(words.text('cli.release.floors', { versions: floors.join(', ') }));
  }
  if (deadEnds.length > 0) {
    output.data(words.text('cli.release.deadEnds', { versions: deadEnds.join(', ') }));
  }
  if (components.length === 0) return;
  output.data(words.text('cli.release.prerequisites', { components: components.join(', ') }));
}

export const buildReleaseFile: Command = async (context, given) => {
  const out = text(given, 'out') ?? '';
  const answer = await buildRelease(context.packages, {
    folder: argument(given, 0),
    out,
    component: text(given, 'component') ?? '',
    version: text(given, 'version') ?? '',
    min: text(given, 'min') ?? '',
    max: text(given, 'max') ?? '',
    platform: text(given, 'platform'),
    ordering: text(given, 'ordering'),
    kind: text(given, 'kind'),
    precautions: listOrNone(texts(given.options['precaution'])),
    needsComponents: listOrNone(list(given, 'needsComponent')),
    floors: list(given, 'floor'),
    deadEnds: list(given, 'deadEnd'),
    prerequisites: list(given, 'prerequisite'),
    returnTo: listOrNone(list(given, 'returnTo')),
    rebootRecommended: flag(given, 'rebootRecommended'),
    diskBytes: text(given, 'diskBytes'),
    memoryBytes: text(given, 'memoryBytes'),
    treeCommands: text(given, 'treeCommands'),
    vendorCommands: text(given, 'vendorCommands'),
    deltasFrom: listOrNone(texts(given.options['deltaFrom'])),
    catalogueVersion: text(given, 'catalogueVersion'),
    sections: listOrNone(list(given, 'section')),
  });
  return answered(context, answer, (release) => {
    context.output.talk(context.words.text('cli.release.built', { file: out }));
    show(context, release);
    for (const { from, bytes } of release.deltas ?? []) {
      const id = bytes === null ? 'cli.release.deltaLeftOut' : 'cli.release.delta';
      context.output.data(context.words.text(id, { from, bytes: formatBytes(bytes ?? 0) }));
    }
  });
};

/** Sentences may hold commas, so these are not split. */
function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export const showReleaseFile: Command = async (context, given) => {
  const answer = await showRelease(context.packages, argument(given, 0));
  return answered(context, answer, (release) => {
    show(context, release);
    for (const { from, bytes } of release.deltas ?? []) {
      const line = { from: from.slice(0, digestShown), bytes: formatBytes(bytes) };
      context.output.data(context.words.text('cli.release.delta', line));
    }
  });
};

/** Comes back only with a refusal. */
export const becomeLauncher: Command = async (context, given) => {
  const answer = run({ root: text(given, 'root') ?? '' });
  return answer.ok ? answer.value : refused(context, answer.because);
};

/** A server that was shut out, was off for too long, or moves; or a site with a new authority. */
export const enrolHere: Command = async (context, given) => {
  const root = text(given, 'root') ?? '';
  const kit = text(given, 'kit');
  if (kit !== undefined) return layKit(context, root, kit);
  const order = text(given, 'order');
  if (order !== undefined) return layOrder(context, root, order);
  const { output, words, packages } = context;
  const file = text(given, 'tokenFile');
  if (file === undefined) {
    return refused(context, problem('OPTION_ABSENT', { option: '--token-file' }));
  }
  const read = await context.readText(file);
  if (!read.ok) return refused(context, read.because);
  const token = parseEnrolmentToken(read.value, file);
  if (!token.ok) return refused(context, token.because);
  const { site, address } = token.value;
  const reason = text(given, 'aheadOfInformationServer') ?? null;
  const laid = await packages.layToken(root, read.value.trim(), reason);
  const answer = laid.ok ? ok({ site, address }) : laid;
  return answered(context, answer, (to) => output.talk(words.text('cli.install.enrolling', to)));
};

async function layKit(context: Context, root: string, file: string): Promise<number> {
  const { output, words, packages } = context;
  const kit = await packages.readKit(file);
  if (!kit.ok) return refused(context, kit.because);
  const { site } = kit.value;
  const laid = await packages.layKit(root, trustOfKit(kit.value));
  const answer = laid.ok ? ok({ site }) : laid;
  return answered(context, answer, () =>
    output.talk(words.text('cli.install.kitLaid', { site, kitFile: file })),
  );
}

async function layOrder(context: Context, root: string, file: string): Promise<number> {
  const { output, words, packages } = context;
  const read = await context.readText(file);
  if (!read.ok) return refused(context, read.because);
  const laid = await packages.layOrder(root, read.value);
  return answered(context, laid, ({ to: site, address }) =>
    output.talk(words.text('cli.install.enrolling', { site, address })),
  );
}
