/** Under which cause a problem counts where upgrades are judged. Pure. */

import type { Cause } from '#domain/names.ts';
import type { Problem, ProblemCode } from '#domain/problem.ts';

const causeOfCode: { readonly [Code in ProblemCode]?: Cause } = {
  ADDRESS_UNREACHABLE: 'network',
  ADDRESS_WRONG: 'network',
  NOT_DANKAI: 'network',
  TOKEN_WRONG: 'network',
  PACKAGE_ABSENT: 'network',
  // Whoever wants it was not heard just then; that says nothing of what it is.
  DIGEST_NOT_WANTED: 'network',
  DISK_FULL: 'disk',
  DISK_TOO_SMALL: 'disk',
  FILE_UNREADABLE: 'disk',
  LAUNCHER_ABSENT: 'precondition',
  MEMORY_TOO_SMALL: 'precondition',
  VERSION_OUT_OF_RANGE: 'precondition',
  FLOOR_NOT_REACHED: 'precondition',
  VERSION_DEAD_END: 'precondition',
  PREREQUISITE_ABSENT: 'precondition',
  PREREQUISITE_LOW: 'precondition',
  PACKAGE_NO_PLATFORM: 'precondition',
  RELEASE_NOT_A_PROGRAM: 'precondition',
  PACKAGE_DIGEST_WRONG: 'signature',
  PACKAGE_PATH_UNSAFE: 'signature',
  PACKAGE_TOO_LARGE: 'signature',
  PACKAGE_UNREADABLE: 'signature',
  // Somebody forgot to bring newer ones; nothing says that anything is wrong with the release.
  METADATA_ABSENT: 'precondition',
  METADATA_EXPIRED: 'precondition',
  METADATA_UNSIGNED: 'signature',
  METADATA_OLDER: 'signature',
  METADATA_MIXED: 'signature',
  METADATA_TOO_LARGE: 'signature',
  METADATA_UNREADABLE: 'signature',
  METADATA_SLOW: 'network',
  RELEASE_UNSIGNED: 'signature',
  RELEASE_NOT_AS_SIGNED: 'signature',
  RELEASE_WITHDRAWN: 'signature',
  RETURN_NOT_PERMITTED: 'precondition',
  CONTENT_UNSIGNED: 'signature',
  CONTENT_NOT_AS_SIGNED: 'signature',
};

/** Gates sort failures by cause; `network` never condemns a release. */
export function causeOf(because: Problem): Cause {
  return causeOfCode[because.code] ?? 'unknown';
}
