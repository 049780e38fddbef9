/**
 * Signed metadata of the two lanes, verified by the TUF client before anything of it is believed.
 *
 * A lane's folder holds `metadata/` (where the client stands), `roots/` (every root that it ever
 * accepted) and `verified.json`: the last set that was verified as a whole. Only that set answers,
 * and only that is shown to the tier below; so a refresh that fails in the middle changes no answer.
 * Absent here: what a target means, and where metadata comes from.
 */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import { invariant, ok, type Result } from '#domain/result.ts';
import type { SignedTarget } from '#domain/trust/target.ts';
import type { LaneTrust, MetadataSource, Trust } from '#ports/trust.ts';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.ts';
import { refusingDisk, runWorkflow, versionOf } from './tuf-workflow.ts';

export type LaneOptions = {
  readonly folder: string;
  /** The first root of the lane, as the organisation ships it. */
  readonly shippedRoot: string;
  readonly secondsMax?: number;
};

/** `ROOT/trust`, with the roots that `organisation.json` ships. */
export function trustIn(
  folder: string,
  shippedRoots: { readonly program: string; readonly content: string },
): Trust {
  const lane = (name: 'program' | 'content'): LaneTrust =>
    laneTrust({ folder: join(folder, name), shippedRoot: shippedRoots[name] });
  return { program: lane('program'), content: lane('content') };
}

export function laneTrust(options: LaneOptions): LaneTrust {
  return new TufLane(options);
}

const verifiedSchema = z.object({
  format: z.literal(1),
  /** Texts of the files, by the names under which a client asks for them. */
  files: z.record(z.string(), z.string()),
});

const targetsSchema = z.object({
  signed: z.object({
    targets: z.record(
      z.string(),
      z.object({
        length: z.int().min(0),
        hashes: z.object({ sha256: z.string().regex(digestPattern) }),
        custom: z.unknown().optional(),
      }),
    ),
  }),
});

const rootSchema = z.object({ signed: z.object({ consistent_snapshot: z.boolean() }) });

type Verified = {
  readonly files: Readonly<Record<string, string>>;
  readonly targets: ReadonlyMap<string, SignedTarget>;
};

const nothing: Verified = { files: {}, targets: new Map() };

class TufLane implements LaneTrust {
  readonly #options: LaneOptions;
  readonly #metadata: string;
  readonly #roots: string;
  readonly #verifiedFile: string;
  /** What was read last, and how the file looked then. */
  #read: { readonly look: string; readonly verified: Verified } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#metadata = join(options.folder, 'metadata');
    this.#roots = join(options.folder, 'roots');
    this.#verifiedFile = join(options.folder, 'verified.json');
  }

  /** One at a time: each begins from what the one before it kept. */
  refresh(source: MetadataSource): Promise<Result<null>> {
    const refreshed = this.#last.then(() =>
      refusingDisk(this.#options.folder, () => this.#refresh(source)),
    );
    this.#last = refreshed.catch(() => undefined);
    return refreshed;
  }

  async #refresh(source: MetadataSource): Promise<Result<null>> {
    const { shippedRoot, secondsMax } = this.#options;
    const before = (await this.#verified()).files;
    const baseAddress = 'http://metadata.invalid/';
    const { answer, files, roots } = await runWorkflow(
      {
        folder: this.#metadata,
        shippedRoot,
        baseAddress,
        secondsMax,
        read: (address, bytesMax, signal) =>
          this.#readOrRoot(source, address.slice(baseAddress.length), bytesMax, signal),
      },
      (client) => client.refresh(),
    );
    await makeFolder(this.#roots);
    for (const [version, bytes] of roots) {
      const written = await writeFileAtomically(this.#rootFile(version), bytes);
      if (!written.ok) return written;
    }
    return answer.ok ? this.#keepVerified(files, before) : answer;
  }

  /** A source need not repeat roots that were accepted here once. */
  async #readOrRoot(
    source: MetadataSource,
    name: string,
    bytesMax: number,
    signal: AbortSignal,
  ): Promise<Result<Uint8Array | null>> {
    const read = await source(name, bytesMax, signal);
    if (!read.ok || read.value !== null) return read;
    return ok(await this.#root(name));
  }

  #rootFile(version: number): string {
    return join(this.#roots, `${version}.root.json`);
  }

  async #root(name: string): Promise<Uint8Array | null> {
    const version = /^([1-9]\d{0,8})\.root\.json$/.exec(name)?.[1];
    if (version === undefined) return null;
    return readFile(this.#rootFile(Number(version))).catch(() => null);
  }

  /** The client has just verified these files against each other. */
  async #keepVerified(
    current: ReadonlyMap<string, string>,
    before: Verified['files'],
  ): Promise<Result<null>> {
    const isConsistent = hasVersionedNames(current.get('root.json'));
    const files: Record<string, string> = {};
    for (const role of ['timestamp', 'snapshot', 'targets']) {
      const text = current.get(`${role}.json`);
      invariant(text !== undefined, 'a refresh that succeeded leaves every file');
      const isVersioned = isConsistent && role !== 'timestamp';
      files[isVersioned ? `${versionOf(text)}.${role}.json` : `${role}.json`] = text;
    }
    const now = (await this.#verified()).files;
    if (JSON.stringify(files) === JSON.stringify(now)) return ok(null);
    // Another process of this computer may have gone further meanwhile. Otherwise a lower version is
    // right: new keys may begin below the numbers that a thief ran ahead to.
    const timestamp = 'timestamp.json';
    const isMeanwhile = now[timestamp] !== before[timestamp];
    if (isMeanwhile && versionOf(now[timestamp]) > versionOf(files[timestamp])) return ok(null);
    return writeFileAtomically(this.#verifiedFile, JSON.stringify({ format: 1, files }));
  }

  async #verified(): Promise<Verified> {
    const found = await stat(this.#verifiedFile, { bigint: true }).catch(() => null);
    if (found === null) return nothing;
    const look = `${found.ino} ${found.mtimeNs} ${found.size}`;
    if (this.#read?.look === look) return this.#read.verified;
    const verified = parseVerified(await readFile(this.#verifiedFile, 'utf8').catch(() => ''));
    this.#read = { look, verified };
    return verified;
  }

  async target(name: string): Promise<SignedTarget | null> {
    return (await this.#verified()).targets.get(name) ?? null;
  }

  async targets(): Promise<readonly SignedTarget[]> {
    return [...(await this.#verified()).targets.values()];
  }

  async file(name: string): Promise<Uint8Array | null> {
    const { files } = await this.#verified();
    const text = Object.hasOwn(files, name) ? files[name] : undefined;
    if (text !== undefined) return Buffer.from(text);
    return this.#root(name);
  }
}

/** A file that cannot be read says nothing; the next refresh writes it again. */
function parseVerified(text: string): Verified {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return nothing;
  }
  const parsed = verifiedSchema.safeParse(input);
  if (!parsed.success) return nothing;
  const { files } = parsed.data;
  const name = Object.keys(files).find((one) => /^(\d+\.)?targets\.json$/.test(one));
  return { files, targets: targetsIn(name === undefined ? '{}' : (files[name] ?? '{}')) };
}

function targetsIn(text: string): Map<string, SignedTarget> {
  const parsed = targetsSchema.safeParse(JSON.parse(text));
  const targets = new Map<string, SignedTarget>();
  if (!parsed.success) return targets;
  for (const [name, { length, hashes, custom }] of Object.entries(parsed.data.signed.targets)) {
    const digest = brand<Digest>(hashes.sha256);
    targets.set(name, { name, digest, bytes: length, custom: custom ?? null });
  }
  return targets;
}

/** Whether a client asks for `7.targets.json` or for `targets.json`. */
function hasVersionedNames(root: string | undefined): boolean {
  const parsed = rootSchema.safeParse(JSON.parse(root ?? '{}'));
  return parsed.success && parsed.data.signed.consistent_snapshot;
}
