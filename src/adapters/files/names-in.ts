/** What stands in a folder, by name; a folder that is not there has nothing in it. */

import { readdir } from 'node:fs/promises';
import { errorCode } from './atomic-file.ts';

export async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
