/**
 * A database in the form that ClamAV publishes: 512 bytes of header, then a `tar.gz`, whose MD5 the
 * header says. Nobody but ClamAV can sign one; so this one is not.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

export async function cvd(of: {
  readonly version: number;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-cvd-'));
  try {
    const tree = join(folder, 'tree');
    for (const [path, bytes] of Object.entries(of.files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true });
      await writeFile(join(tree, path), bytes);
    }
    const archive = join(folder, 'archive');
    await promisify(execFile)('tar', ['czf', archive, '-C', tree, ...Object.keys(of.files)]);
    const body = await readFile(archive);
    const digest = createHash('md5').update(body).digest('hex');
    const signature = 'x'.repeat(171);
    const head = `ClamAV-VDB:23 Nov 2026 10-00 +0000:${of.version}:1:81:${digest}:${signature}:test:1795428000`;
    return Buffer.concat([Buffer.from(head.padEnd(512)), body]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
