/** Content by the name of its file, for programs that fetch it themselves, such as `freshclam`. */

import type { Digest, ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

/** `keep`: there is such content, but nothing of it is for that server now; what it has stays. */
export type Mirrored =
  | {
      readonly answer: 'file';
      readonly server: ServerId;
      /** The release that was made of it, by which its bytes are billed. */
      readonly release: Digest;
      readonly digest: Digest;
      /** Where it stands. */
      readonly file: string;
    }
  | { readonly answer: 'keep' };

export type Mirror = {
  find(server: string, file: string): Promise<Result<Mirrored>>;
};
