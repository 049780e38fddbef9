/** Intent lines in a file of the launcher's format, for programs that the launcher does not run. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';
import {
  appendIntent,
  readIntentFile,
  repairIntentFile,
  rewriteIntentFile,
} from '#launcher/intent-file.ts';
import type { Intents } from '#ports/installer.ts';

export function intentsIn(file: string, log: Logger): Intents {
  return {
    read() {
      const reading = readIntentFile(file);
      if (reading.fault === 'damaged')
        log.error({ event: 'intents-damaged', file }, 'intents-damaged');
      repairIntentFile(file, reading);
      return reading.lines;
    },
    append(intent) {
      mkdirSync(dirname(file), { recursive: true });
      appendIntent(file, intent);
    },
    rewrite: (intents) => rewriteIntentFile(file, intents),
  };
}
