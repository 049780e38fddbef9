/**
 * What this very process is: the release beside its slot, and the digests of the files that it
 * runs, read from the disk each time it is asked. Proof, where a report is only a claim.
 */

import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Release } from '#domain/catalogue/release.ts';
import type { Digest, Platform } from '#domain/names.ts';
import { packageFor } from '#domain/catalogue/release.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { developmentRelease } from '../daemon/daemon-files.ts';
import { isThere } from '../files/atomic-file.ts';
import { digestOfFile } from '../files/digest.ts';
import { readReleaseJson } from './installation-disk-slots.ts';

/** Where a package that brings its own runtime has it; others run on the launcher's. */
const runtimePath = 'runtime/node';

export type RunningSlot = {
  /** null: a checkout, which is no release. */
  readonly release: Release | null;
  /** As the launcher calls it. */
  readonly name: string;
  readonly tree: string;
};

export type RunningProof = {
  readonly digest: Digest;
  readonly version: string;
  readonly proof: { readonly path: string; readonly digest: Digest }[];
  readonly pid: number;
  readonly startedAt: number;
};

/**
 * `program` is what Node was started with: <slot>/tree/app/main.mjs. A release that is there and
 * damaged is no checkout: who cannot say which release runs must not run.
 */
export async function findRunningSlot(program: string): Promise<Result<RunningSlot>> {
  const tree = dirname(dirname(await realpath(resolve(program))));
  const name = basename(dirname(tree));
  const file = join(dirname(tree), 'release.json');
  if (!(await isThere(file))) return ok({ release: null, name, tree });
  const release = await readReleaseJson(file);
  if (release.ok) return ok({ release: release.value, name, tree });
  return refuse(problem('FILE_UNREADABLE', { file, detail: release.because.code }));
}

/** A file that is gone is left out: the proof then does not equal the manifest's. */
export async function proveRunning(slot: RunningSlot, platform: Platform): Promise<RunningProof> {
  const { release, tree } = slot;
  const named = release === null ? [] : (packageFor(release.manifest, platform)?.proof ?? []);
  const proof: { path: string; digest: Digest }[] = [];
  for (const { path } of named) {
    // The kernel's own link, because the file at that path may be another one by now.
    const file = path === runtimePath ? '/proc/self/exe' : join(tree, path);
    const digest = await digestOfFile(file).catch(() => null);
    if (digest !== null) proof.push({ path, digest });
  }
  if (!named.some(({ path }) => path === runtimePath)) {
    proof.push({ path: 'executable', digest: await digestOfFile('/proc/self/exe') });
  }
  return {
    digest: release?.digest ?? developmentRelease.digest,
    version: release?.manifest.version ?? developmentRelease.version,
    proof,
    pid: process.pid,
    startedAt: Math.round(performance.timeOrigin),
  };
}
