/** One small JSON file that is replaced whole. What it says belongs to its reader. */

import { copyFile, readFile } from 'node:fs/promises';
import { errorCode, removeDeadParts, writeFileAtomically } from '../files/atomic-file.ts';
import type { MemoryFile } from '#ports/computer.ts';

export function memoryFile(file: string): MemoryFile {
  return {
    async read() {
      await removeDeadParts(file).catch(() => undefined);
      try {
        return JSON.parse(await readFile(file, 'utf8'));
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return null;
        if (error instanceof SyntaxError) return undefined;
        throw error;
      }
    },
    write: (content) => writeFileAtomically(file, `${JSON.stringify(content)}\n`, 0o600),
    setAside: () => copyFile(file, `${file}.unreadable`),
  };
}
