/**
 * To be imported before any schema is made: by themselves schemas try to turn text into code, which
 * the policy of the page forbids, and reports.
 */

import { z } from 'zod';

z.config({ jitless: true });
