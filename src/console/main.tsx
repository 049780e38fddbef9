/**
 * Where the web console begins in a browser. By themselves schemas try to turn text into code, which
 * the policy of the page forbids, and reports: so they are told before any of them is made.
 */

import { z } from 'zod';

z.config({ jitless: true });
void import('./start.tsx');
