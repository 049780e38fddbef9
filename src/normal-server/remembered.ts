/**
 * What a normal server must not forget between two runs: who it is, the highest fence that it
 * obeyed, what failed here, and the switch of its own program that it asked for. One small file,
 * replaced whole; each generation of the program has its own copy.
 */

import { z } from 'zod';
import type { ComponentName, Digest, Fence } from '#domain/names.ts';
import type { ToldHead } from '#domain/record/line.ts';
import {
  cause,
  componentName,
  digest,
  fence,
  instant,
  leaseId,
  toldHead,
} from '#protocol/shared/primitives.ts';
import type { Return } from './progress.ts';
import type { AskedSwitch } from './self-program.ts';

const rememberedSchema = z.object({
  format: z.literal(1),
  /** Made once by the installation. */
  installId: z.string().min(8).max(64),
  fence,
  returns: z
    .array(z.object({ component: componentName, digest, fence, cause, detail: z.string() }))
    .max(1_000),
  asked: z
    .object({
      component: componentName,
      digest,
      slot: z.string(),
      tag: leaseId,
      at: instant,
      until: instant,
    })
    .nullable(),
  /** Body bytes received so far, and how many of them were on the disk at that moment. */
  received: z.array(z.object({ digest, bytes: z.int(), partBytes: z.int() })).max(1_000),
  /** Of the record, as leases told them. Versions before kept none. */
  heads: z.array(toldHead).max(100).default([]),
});
type RememberedFile = z.infer<typeof rememberedSchema>;

export type Remembered = {
  readonly installId: string;
  readonly fence: Fence;
  readonly returns: ReadonlyMap<ComponentName, Return>;
  readonly asked: AskedSwitch | null;
  readonly received: ReadonlyMap<Digest, Received>;
  /** The latest last. */
  readonly heads: readonly ToldHead[];
};

export type Received = { readonly bytes: number; readonly partBytes: number };

export function nothingRemembered(installId: string): Remembered {
  return {
    installId,
    fence: { epoch: 0, number: 0 },
    returns: new Map(),
    asked: null,
    received: new Map(),
    heads: [],
  };
}

/** null: not a file that this version can read. */
export function parseRemembered(input: unknown): Remembered | null {
  const parsed = rememberedSchema.safeParse(input);
  if (!parsed.success) return null;
  const { installId, fence: highest, returns, asked, received, heads } = parsed.data;
  return {
    installId,
    fence: highest,
    returns: new Map(returns.map(({ component, ...one }) => [component, one])),
    asked,
    received: new Map(received.map(({ digest: of, ...one }) => [of, one])),
    heads,
  };
}

export function rememberedFile(remembered: Remembered): RememberedFile {
  const { installId, fence: highest, returns, asked, received, heads } = remembered;
  return {
    format: 1,
    installId,
    fence: highest,
    returns: [...returns].map(([component, one]) => ({ component, ...one })),
    asked,
    received: [...received].map(([of, one]) => ({ digest: of, ...one })),
    heads: [...heads],
  };
}
