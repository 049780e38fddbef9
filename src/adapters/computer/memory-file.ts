/** One small JSON file that is replaced whole. What it says belongs to its reader. */

import { copyFile, readFile } from 'node:fs/promises';
import { errorCode, removeDeadParts, writeFileAtomically } from '../files/atomic-file.ts';
import type { MemoryFile } from '#ports/computer.ts';

export function memoryFile(file: string): MemoryFile {
  /** What processes before this one left is gone; a disk that refused is asked again. */
  let isTidy = false;
  const tidy = async (): Promise<void> => {
    isTidy ||= await removeDeadParts(file).then(
      () => true,
      () => false,
    );
  };
  return {
    async read() {
      await tidy();
      try {
        return JSON.parse(await readFile(file, 'utf8'));
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return null;
        if (error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    async write(content) {
      const written = await writeFileAtomically(file, `${JSON.stringify(content)}\n`, 0o600);
      if (written.ok) await tidy();
      return written;
    },
    setAside: () => copyFile(file, `${file}.unreadable`),
  };
}
