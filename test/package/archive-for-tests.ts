/** Archives that no packer of ours would make, entry by entry and byte by byte. */

import { zstdCompressSync } from 'node:zlib';
import { packTar, type TarEntry } from 'modern-tar';

export function file(name: string, body = 'x', more: object = {}): TarEntry {
  return { header: { name, size: body.length, mode: 0o644, mtime: new Date(0), ...more }, body };
}

export function folder(name: string): TarEntry {
  return { header: { name: `${name}/`, size: 0, type: 'directory', mtime: new Date(0) } };
}

export function link(
  name: string,
  linkname: string,
  type: 'symlink' | 'link' = 'symlink',
): TarEntry {
  return { header: { name, size: 0, type, linkname, mtime: new Date(0) } };
}

export async function packed(entries: readonly TarEntry[]): Promise<Uint8Array> {
  return zstdCompressSync(await packTar([...entries]));
}

const blockBytes = 512;
const endOfArchive = Buffer.alloc(2 * blockBytes);

/** One entry of a tar as its bytes, whatever they claim; `size` is what its header says. */
export function rawEntry(entry: {
  readonly name: string;
  readonly type: string;
  readonly body?: Uint8Array;
  readonly size?: number;
}): Buffer {
  const { name, type, body = new Uint8Array(0), size = body.byteLength } = entry;
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0, 100);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((blockBytes - (body.byteLength % blockBytes)) % blockBytes);
  return Buffer.concat([header, body, padding]);
}

/** The body of a pax header: each record says its own length. */
export function paxRecords(records: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(records).map(([key, value]) => {
      const rest = Buffer.byteLength(` ${key}=${value}\n`);
      let length = rest + 1;
      while (String(length).length + rest !== length) length = String(length).length + rest;
      return Buffer.from(`${length} ${key}=${value}\n`);
    }),
  );
}

export function rawArchive(entries: readonly Uint8Array[]): Uint8Array {
  return zstdCompressSync(Buffer.concat([...entries, endOfArchive]));
}
