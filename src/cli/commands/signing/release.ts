/**
 * `release build` and `release show`: from what was typed to what the disk is asked. Knows
 * neither the argument parser nor how a release is packed.
 */

import { z } from 'zod';
import type { ReleaseSection } from '#domain/catalogue/release.ts';
import { orderings } from '#domain/catalogue/version.ts';
import { ok, type Result } from '#domain/result.ts';
import type { BuiltRelease, CheckedRelease, Packages } from '#ports/packages.ts';
import { bytes, componentName, platform } from '#protocol/shared/primitives.ts';
import { parsed, parsedAll } from '../../given.ts';
import { parsePrerequisites } from './prerequisite.ts';

const kinds = z.enum(['self', 'tree', 'command', 'content']);

/** As typed; every text is checked here, and the versions where the release is built. */
export type ReleaseBuildOptions = {
  readonly folder: string;
  readonly out: string;
  readonly component: string;
  readonly version: string;
  readonly min: string;
  readonly max: string;
  /** Default: this computer's; `any` for what runs everywhere. */
  readonly platform?: string | undefined;
  /** Default: decimal. */
  readonly ordering?: string | undefined;
  /** Default: tree. */
  readonly kind?: string | undefined;
  readonly precautions?: readonly string[] | undefined;
  readonly needsComponents?: readonly string[] | undefined;
  readonly floors?: readonly string[] | undefined;
  readonly deadEnds?: readonly string[] | undefined;
  /** `component=min`, or `component=ordering:min`. */
  readonly prerequisites?: readonly string[] | undefined;
  readonly returnTo?: readonly string[] | undefined;
  readonly rebootRecommended?: boolean | undefined;
  readonly diskBytes?: string | undefined;
  readonly memoryBytes?: string | undefined;
  /** A YAML or JSON file that says how a `tree` program is stopped, started and proved. */
  readonly treeCommands?: string | undefined;
  /** And one that says how a `command` program is checked, installed and taken back. */
  readonly vendorCommands?: string | undefined;
  /** Folders, release files, or versions of release files beside `out`. */
  readonly deltasFrom?: readonly string[] | undefined;
  readonly catalogueVersion?: string | undefined;
  /** Names of `server.ini` sections; one that ends in `=no-package` carries no `Path`. */
  readonly sections?: readonly string[] | undefined;
};

export async function buildRelease(
  packages: Packages,
  options: ReleaseBuildOptions,
): Promise<Result<BuiltRelease>> {
  const { folder, out, version, min, max } = options;
  const component = parsed(componentName, options.component, {
    option: '--component',
    expected: 'name',
  });
  if (!component.ok) return component;
  const platformTyped = options.platform ?? `${process.platform}-${process.arch}`;
  const onPlatform = parsed(platform, platformTyped, { option: '--platform', expected: 'name' });
  if (!onPlatform.ok) return onPlatform;
  const ordering = parsed(z.enum(orderings), options.ordering ?? 'decimal', {
    option: '--ordering',
    expected: 'ordering',
  });
  if (!ordering.ok) return ordering;
  const kind = parsed(kinds, options.kind ?? 'tree', { option: '--kind', expected: 'kind' });
  if (!kind.ok) return kind;
  const needsComponents = parsedAll(componentName, options.needsComponents ?? [], {
    option: '--needs-component',
    expected: 'name',
  });
  if (!needsComponents.ok) return needsComponents;
  const prerequisites = parsePrerequisites(options.prerequisites ?? []);
  if (!prerequisites.ok) return prerequisites;
  const needs = needsOf(options);
  if (!needs.ok) return needs;
  const { treeCommands, vendorCommands } = options;
  const tree =
    treeCommands === undefined ? ok(undefined) : await packages.readTreeCommands(treeCommands);
  if (!tree.ok) return tree;
  const command =
    vendorCommands === undefined
      ? ok(undefined)
      : await packages.readVendorCommands(vendorCommands);
  if (!command.ok) return command;
  return packages.build({
    trees: [{ platform: onPlatform.value, folder }],
    file: out,
    component: component.value,
    kind: kind.value,
    version,
    ordering: ordering.value,
    appliesTo: { min, max },
    floors: options.floors,
    deadEnds: options.deadEnds,
    prerequisites: prerequisites.value,
    needsComponents: needsComponents.value,
    needs: needs.value,
    precautions: options.precautions,
    returnTo: options.returnTo,
    rebootRecommended: options.rebootRecommended,
    tree: tree.value,
    command: command.value,
    deltasFrom: options.deltasFrom,
    catalogue: {
      version: options.catalogueVersion,
      ...(options.sections === undefined ? {} : { sections: options.sections.map(sectionOf) }),
    },
  });
}

function sectionOf(typed: string): ReleaseSection {
  const name = typed.replace(/=no-package$/, '');
  return { name, offersPackage: name === typed };
}

function needsOf(
  options: ReleaseBuildOptions,
): Result<{ diskBytes?: number; memoryBytes?: number }> {
  const needs: { diskBytes?: number; memoryBytes?: number } = {};
  const typed = [
    ['diskBytes', '--disk-bytes', options.diskBytes],
    ['memoryBytes', '--memory-bytes', options.memoryBytes],
  ] as const;
  for (const [name, option, value] of typed) {
    if (value === undefined) continue;
    const number = /^\d+$/.test(value) ? Number(value) : value;
    const amount = parsed(bytes, number, { option, expected: 'bytes' });
    if (!amount.ok) return amount;
    needs[name] = amount.value;
  }
  return ok(needs);
}

/** The manifest, after every byte of the file was checked against it. */
export function showRelease(packages: Packages, file: string): Promise<Result<CheckedRelease>> {
  return packages.check(file);
}
