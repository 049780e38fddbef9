/** All checkers of a run, in the order of their numbers. */

import type { Checker } from './checker.ts';
import { liveLease } from './i01-live-lease.ts';
import { stopStops } from './i02-stop.ts';
import { inFlightLimit } from './i03-in-flight.ts';
import { groupsInOrder } from './i04-order.ts';
import { heldContent } from './i05-held-content.ts';
import { lanesApart } from './i06-lanes.ts';
import { counters } from './i07-counters.ts';
import { failedGoesBack } from './i08-return.ts';
import { holdsEnd } from './i09-holds-end.ts';
import { restoreIsExact } from './i10-restore.ts';
import { fencesOnlyRise } from './i11-fences.ts';
import { trustedBytes } from './i12-trusted-bytes.ts';
import { onceEach } from './i13-once.ts';
import { oneDaemon } from './i14-one-daemon.ts';
import { silenceIsNoSuccess } from './i15-silence.ts';
import { networkIsInnocent } from './i16-network.ts';
import { ownLinesOnly } from './i17-own-lines.ts';
import { newerDataStays } from './i18-newer-data.ts';
import { proofIsTrue } from './i19-proof.ts';
import { finishedOnce } from './i20-finished-once.ts';
import { permittedPairs } from './i21-pairs.ts';
import { endsOldOrNew } from './i22-ends.ts';
import { bytesAreCounted } from './i23-bytes.ts';
import { keepsServing } from './i24-cut-off.ts';
import { replayRebuilds } from './i25-replay.ts';
import { recordIsWitnessed } from './i26-record.ts';
import { signedOnly } from './i27-signed.ts';
import type { Memory } from './memory.ts';

const makers: readonly ((memory: Memory) => Checker)[] = [
  liveLease,
  stopStops,
  inFlightLimit,
  groupsInOrder,
  heldContent,
  lanesApart,
  counters,
  failedGoesBack,
  holdsEnd,
  restoreIsExact,
  fencesOnlyRise,
  trustedBytes,
  onceEach,
  oneDaemon,
  silenceIsNoSuccess,
  networkIsInnocent,
  ownLinesOnly,
  newerDataStays,
  proofIsTrue,
  finishedOnce,
  permittedPairs,
  endsOldOrNew,
  bytesAreCounted,
  keepsServing,
  replayRebuilds,
  recordIsWitnessed,
  signedOnly,
];

export const invariantsChecked = makers.length;

export function checkersOf(memory: Memory): readonly Checker[] {
  return makers.map((make) => make(memory));
}
