/** What is set at an information server. Read only: the file belongs to whoever keeps the computer. */

import { z } from 'zod';

const shownSettings = z.object({
  file: z.string(),
  settings: z.array(
    z.object({
      /** As in the file; a dot for each level. */
      name: z.string(),
      /** null: not set, and there is no default. */
      value: z.string().nullable(),
      isDefault: z.boolean(),
    }),
  ),
});
export type ShownSettings = z.infer<typeof shownSettings>;

export const settingsCalls = {
  'settings.show': { params: z.strictObject({}), result: shownSettings },
} as const;
