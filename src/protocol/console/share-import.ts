/** `share import`: one upload, and what was taken of it. */

import { z } from 'zod';
import { componentName, digest, version } from '../shared/primitives.ts';

/** `POST` with the bytes of a release file: `share import`. */
export const importPath = '/v1/share.import';
/** Its answer: the release that now stands in the share. */
export const importResult = z.union([
  z.object({ component: componentName, version, digest }),
  /** It was signed metadata alone: news of what is signed, withdrawn or may be gone back to. */
  z.object({ metadata: z.literal('program') }),
]);
