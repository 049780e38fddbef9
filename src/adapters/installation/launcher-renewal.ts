/**
 * Has the launcher of this computer renewed from the release that runs: once that was committed, its
 * launcher is laid down, and the one that runs is told. Only one that can be renewed says anything of
 * itself; an older one goes on as it is. Absent: trying it, which is the launcher's.
 */

import { join } from 'node:path';
import type { Logger } from 'pino';
import { paths } from '#launcher/installation.ts';
import { readIntentFile } from '#launcher/intent-file.ts';
import { followRenewal, noRenewal, parseRenewalLine } from '#launcher/renewal-lines.ts';
import type { LauncherSelf, Renewal } from '#protocol/launcher/messages.ts';
import type { LauncherChannel } from '../daemon/launcher-ipc.ts';
import { layNextPair } from './launcher-pair.ts';
import type { RunningSlot } from './slot.ts';

/** After a disk that refused. */
const againMilliseconds = 600_000;

export function renewLauncher({
  root,
  channel,
  slot,
  log,
}: {
  readonly root: string;
  readonly channel: LauncherChannel | null;
  readonly slot: RunningSlot;
  readonly log: Logger;
}): void {
  const { release, name, tree } = slot;
  if (channel === null || release === null) return;
  let isBegun = false;

  function begin(): void {
    const self = channel?.self() ?? null;
    const running = channel?.state()?.program;
    if (isBegun || self === null || release === null) return;
    if (running?.phase !== 'committed' || running.slot !== name) return;
    isBegun = true;
    void layNextPair({ root, tree, release, self }).then((laid) => {
      if (laid.ok) {
        log.info({ event: 'launcher', laid: laid.value }, 'launcher');
        if (laid.value === 'laid') channel?.renew();
        return;
      }
      const { because } = laid;
      log.warn({ event: because.code, because }, because.code);
      setTimeout(() => {
        isBegun = false;
        begin();
      }, againMilliseconds).unref();
    });
  }
  channel.onState(begin);
}

/** The last one that was tried in that folder, as its launcher wrote it down. */
export function renewalIn(root: string): Renewal | null {
  const known = linesIn(root).flatMap((line) => parseRenewalLine(line) ?? []);
  return known.reduce(followRenewal, noRenewal).ends.at(-1) ?? null;
}

/** Whoever may not read them is told nothing of it. */
function linesIn(root: string): readonly unknown[] {
  try {
    return readIntentFile(join(paths.launcher(root), 'intent.log')).lines;
  } catch {
    return [];
  }
}

/** What a server says of it to the tier above; undefined: its launcher cannot be renewed. */
export function failedRenewal(
  self: LauncherSelf | null,
):
  | { readonly version: string; readonly cause: string; readonly detail: string }
  | null
  | undefined {
  if (self === null) return undefined;
  const { renewal } = self;
  if (renewal?.ended !== 'failed') return null;
  const { version, cause, detail } = renewal;
  return { version, cause: cause ?? 'unknown', detail };
}
