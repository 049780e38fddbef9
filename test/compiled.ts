/**
 * Where the processes of the tests keep the sources as they were compiled (`NODE_COMPILE_CACHE`):
 * one place for all of them and for the next run. Stripping types and compiling them anew is half
 * of what a short command costs.
 */

import { fileURLToPath } from 'node:url';

export const compiled = fileURLToPath(new URL('../.cache/compile', import.meta.url));
