/** Writes a tar file, entry by entry. One that cannot be written whole does not appear. */

import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createTarPacker, type TarPackController } from 'modern-tar';
import { ok, type Result } from '#domain/result.ts';
import { partBeside, refuseDiskError, removePart, renameDurably } from './atomic-file.ts';

export async function writeTar(
  file: string,
  fill: (tar: TarPackController) => Promise<void>,
  mode = 0o644,
): Promise<Result<null>> {
  const part = partBeside(file);
  const { readable, controller } = createTarPacker();
  const output = createWriteStream(part, { flags: 'wx', flush: true, mode });
  const written = pipeline(Readable.fromWeb(readable), output);
  written.catch((error: unknown) => controller.error(error));
  try {
    await fill(controller);
    controller.finalize();
    await written;
    await renameDurably(part, file);
    return ok(null);
  } catch (error) {
    controller.error(error);
    await Promise.allSettled([written]);
    await removePart(part);
    return refuseDiskError(error, file);
  }
}

export async function addText(tar: TarPackController, name: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await addFile(tar, name, { bytes: bytes.byteLength, pieces: [bytes] });
}

export async function addFile(
  tar: TarPackController,
  name: string,
  { bytes, pieces }: { bytes: number; pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array> },
): Promise<void> {
  const header = { name, size: bytes, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 };
  const body = tar.add(header).getWriter();
  for await (const piece of pieces) await body.write(piece);
  await body.close();
}
