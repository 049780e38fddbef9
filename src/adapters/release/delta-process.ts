/** A process that makes one delta: OLD-FOLDER NEW-FOLDER FILE. Its one message is the result. */

import { buildDelta } from './delta-file-build.ts';

const [oldFolder = '', newFolder = '', file = ''] = process.argv.slice(2);
const made = await buildDelta({ oldFolder, newFolder, file });
process.send?.(made, () => process.disconnect?.());
