/**
 * `server.ini` in the share: read without following links, written whole in the encoding that it
 * had. That encoding is noted in the store, for the day when the file is gone.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogueFile } from '#domain/catalogue/revision.ts';
import { parseServerIni, type ServerIni } from '#domain/catalogue/server-ini.ts';
import type { Digest } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { KeptEvidence } from '#ports/share.ts';
import { makeFolder, writeFileAtomically } from '../files/atomic-file.ts';
import { digestOfBytes } from '../files/digest.ts';
import { clearPlace } from './share-disk-file.ts';
import type { EvidenceFolder } from './share-disk-evidence.ts';
import {
  decodeCatalogue,
  encodeCatalogue,
  readCatalogueBytes,
  type CatalogueEncoding,
} from './text-cp932.ts';

export type CatalogueOfShare = {
  /** As it is now; refused when it is absent or cannot be read with certainty. */
  read(): Promise<Result<ServerIni>>;
  text(): Promise<string | null>;
  /** Keeps what others wrote before it is replaced; our own last text is no evidence. */
  write(text: string): Promise<Result<readonly KeptEvidence[]>>;
};

const encodingNote = 'catalogue-encoding';

export function openCatalogueOfShare(
  folders: { readonly shareFolder: string; readonly storeFolder: string },
  evidence: EvidenceFolder,
): CatalogueOfShare {
  const file = join(folders.shareFolder, catalogueFile);
  const note = join(folders.storeFolder, encodingNote);
  let lastWritten: Digest | null = null;

  async function read(): Promise<Result<ServerIni>> {
    const bytes = await readCatalogueBytes(file, false);
    const decoded = bytes.ok ? await decodeCatalogue(bytes.value) : bytes;
    return decoded.ok ? parseServerIni(decoded.value.text) : decoded;
  }

  /** ASCII says nothing of what the file was before, or will be; unreadable text says nothing. */
  async function encodingOf(current: Result<Buffer>): Promise<CatalogueEncoding> {
    const decoded = current.ok ? await decodeCatalogue(current.value) : current;
    if (!decoded.ok || !parseServerIni(decoded.value.text).ok) return 'ascii';
    return decoded.value.encoding;
  }

  async function encode(text: string, current: Result<Buffer>): Promise<Result<Buffer>> {
    const encoding = await encodingOf(current);
    if (encoding === 'cp932') {
      await makeFolder(folders.storeFolder);
      const noted = await writeFileAtomically(note, `${encoding}\n`);
      if (!noted.ok) return noted;
    }
    if (encoding !== 'ascii') return encodeCatalogue(text, encoding);
    const noted = await readFile(note, 'utf8').catch(() => '');
    const asBefore = noted.trim() === 'cp932' ? await encodeCatalogue(text, 'cp932') : null;
    return asBefore?.ok === true ? asBefore : encodeCatalogue(text, 'utf-8');
  }

  return {
    read,

    async text() {
      const ini = await read();
      return ini.ok ? ini.value.text : null;
    },

    async write(text) {
      const current = await readCatalogueBytes(file, false);
      const bytes = await encode(text, current);
      if (!bytes.ok) return bytes;
      if (current.ok && current.value.equals(bytes.value)) return ok([]);
      const isOurs = current.ok && digestOfBytes(current.value) === lastWritten;
      const kept = isOurs ? [] : await clearPlace(folders.shareFolder, catalogueFile, evidence);
      const written = await writeFileAtomically(file, bytes.value);
      if (!written.ok) return written;
      lastWritten = digestOfBytes(bytes.value);
      return ok(kept);
    },
  };
}
