/**
 * What is known of the files of an update site, over restarts: which state of each was fetched,
 * under which digest it stands, and how far a copy came that was cut short. It only saves bytes:
 * when it is lost or damaged, everything is fetched again.
 */

import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Digest } from '#domain/names.ts';
import { digest } from '#protocol/shared/primitives.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { digestOfBytes } from '../files/digest.ts';

/** By which a site tells one state of a file from another. */
const validator = z.strictObject({
  form: z.enum(['etag', 'last-modified']),
  value: z.string().min(1).max(1_000),
});
export type Validator = z.infer<typeof validator>;

const known = z.strictObject({
  validator,
  /** null: what was fetched of it is still half. */
  digest: digest.nullable(),
});
export type KnownFile = { readonly validator: Validator; readonly digest: Digest | null };

const document = z.strictObject({ format: z.literal(1), files: z.record(z.string(), known) });

/** Beside the contents; what `keepOnly` of the contents leaves alone. */
export const stateFolder = 'site';

export type HttpState = {
  of(url: string): KnownFile | null;
  /** On the disk before anything is done that follows from it. */
  note(url: string, file: KnownFile | null): Promise<void>;
  /** What was kept under that digest is fetched anew; another download may still name it. */
  forget(digest: Digest): Promise<void>;
  halfOf(url: string): string;
  halfBytes(url: string): Promise<number>;
  /** All but these, and halves of all others, are forgotten. */
  keepOnly(digests: ReadonlySet<Digest>): Promise<void>;
};

export async function openHttpState(contents: string): Promise<HttpState> {
  const folder = join(contents, stateFolder);
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'files.json');
  const files = new Map<string, KnownFile>(Object.entries(await readFiles(file)));
  const halfOf = (url: string): string => join(folder, `half-${digestOfBytes(url).slice(0, 32)}`);

  async function write(): Promise<void> {
    const text = JSON.stringify({ format: 1, files: Object.fromEntries(files) });
    const written = await writeFileAtomically(file, text);
    // Without it a file is fetched once more; with a wrong one it never would be.
    if (!written.ok) await rm(file, { force: true });
  }

  return {
    of: (url) => files.get(url) ?? null,
    async note(url, found) {
      if (found === null) files.delete(url);
      else files.set(url, found);
      await write();
    },
    async forget(spoilt) {
      for (const [url, { digest: of }] of files) if (of === spoilt) files.delete(url);
      await write();
    },
    halfOf,
    halfBytes: async (url) => (await stat(halfOf(url)).catch(() => null))?.size ?? 0,
    async keepOnly(digests) {
      for (const [url, { digest: of }] of files) {
        if (of !== null && digests.has(of)) continue;
        files.delete(url);
        await rm(halfOf(url), { force: true });
      }
      await write();
    },
  };
}

async function readFiles(file: string): Promise<z.infer<typeof document>['files']> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    return document.parse(read).files;
  } catch {
    return {};
  }
}
