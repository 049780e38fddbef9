/** Daemons' messages, parsed at the edge. What is unknown or wrong is passed over (version 1). */

import type { ToLauncher } from '#protocol/launcher/messages.ts';
import { isObject } from './entries.ts';
import { isSlotName, isTrackName } from './installation.ts';
import { limits } from './limits.ts';

export function parseToLauncher(input: unknown): ToLauncher | null {
  if (!isObject(input) || input['v'] !== 1) return null;
  const { type, track } = input;
  if (type === 'proven' || type === 'healthy' || type === 'renew') return { v: 1, type };
  if (type === 'alive') {
    const { session } = input;
    const isKnown = session === 'accepted' || session === 'answered' || session === 'away';
    return isKnown ? { v: 1, type, session } : null;
  }
  if (!isTrackName(track)) return null;
  if (type === 'want') {
    const wanted = input['wanted'];
    return wanted === 'running' || wanted === 'stopped' ? { v: 1, type, track, wanted } : null;
  }
  const { slot, proveSeconds, tag } = input;
  if (type !== 'switch' || !isSlotName(slot) || typeof tag !== 'string') return null;
  if (tag.length > limits.tagCharactersMax || typeof proveSeconds !== 'number') return null;
  if (!(proveSeconds > 0 && proveSeconds <= limits.proveSecondsMax)) return null;
  return { v: 1, type, track, slot, proveSeconds, tag };
}
