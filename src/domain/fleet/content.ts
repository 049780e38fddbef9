/** Content that a site has taken: a file of the share, and the release made of it for servers. */

import type { Ordering } from '../catalogue/version.ts';
import type { ComponentName, Digest } from '../names.ts';

export type SiteContent = {
  readonly component: ComponentName;
  readonly version: string;
  readonly ordering: Ordering;
  /** Where the file stands in the share. */
  readonly path: string;
  /** Of the file itself. */
  readonly file: { readonly digest: Digest; readonly bytes: number };
  /** Of the content release that normal servers fetch. */
  readonly release: Digest;
};
