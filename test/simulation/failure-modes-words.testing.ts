/**
 * What is seen of a simulated fleet, as lines that a test can name: `server-1 returned
 * SWITCH_RETURNED health`. The site of the first fleet is left out of names.
 */

import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import type { FromNormalServer } from '#protocol/normal-server/messages.ts';
import type { Observation, RowChange } from '#simulation/observation.ts';

export const nameHere = (name: string): string => name.replace(/^site-1-/, '');

export function wordsOf(seen: Observation, fleet: Fleet): readonly string[] {
  switch (seen.type) {
    case 'committed':
      return seen.rows.flatMap(changeWords);
    case 'switched':
      if (seen.component !== fleet.facts.ownComponent) return [];
      return [switchWords(seen, fleet)];
    case 'running':
      if (seen.component !== fleet.facts.ownComponent || seen.digest === null) return [];
      return [join(nameHere(seen.server), 'runs', versionOf(seen.digest, fleet))];
    case 'sent':
      return seen.message.type === 'bye'
        ? [join(nameHere(seen.server), 'sent away', seen.message.because.code)]
        : [];
    case 'told':
      return 'because' in seen.message && seen.message.because !== null
        ? [join(nameHere(seen.server), 'told', seen.message.type, seen.message.because?.code)]
        : [join(nameHere(seen.server), 'told', seen.message.type)];
    case 'said':
      return [join(nameHere(seen.server), 'said', ...saidWords(seen.message))];
    case 'share-changed':
      return [`share by ${seen.by}`];
    case 'acted':
      return [join('acted', seen.what)];
    case 'process-started':
    case 'process-ended':
      return [join(nameHere(seen.machine), seen.type, seen.process)];
    case 'journal-replaced':
      return ['journal replaced'];
    case 'fetched':
      return [join(nameHere(seen.server), 'fetched')];
    default:
      return [];
  }
}

function saidWords(message: FromNormalServer): readonly (string | undefined)[] {
  const { type } = message;
  return message.type === 'status' ? [type, message.state, message.cause] : [type];
}

function changeWords(change: RowChange): readonly string[] {
  switch (change.of) {
    case 'head':
      return isSame(change.before, change.after)
        ? []
        : [join('upgrade', change.after.state, change.after.because?.code)];
    case 'group':
      return isSame(change.before, change.after)
        ? []
        : [join(change.after.name, change.after.state, change.after.because?.code)];
    case 'row': {
      const { server, state, because, cause } = change.after;
      const isQuiet = isSame(change.before, change.after) || change.before === null;
      return isQuiet ? [] : [join(nameHere(server), state, because?.code, cause)];
    }
    case 'record': {
      const { kind, server, detail } = change.entry;
      const whom = server === null ? null : nameHere(server);
      return [join('record', kind, whom, JSON.stringify(detail))];
    }
    case 'hold':
      return [join('hold', change.after.owner.kind, holdWord(change))];
    case 'content':
      return [join('content', change.after.component, change.after.version)];
    default:
      return [];
  }
}

function holdWord({ before, after }: RowChange & { readonly of: 'hold' }): string {
  if (after.releasedAt !== null) return 'released';
  return before === null ? 'placed' : 'changed';
}

type Row = { readonly state: string; readonly because: Problem | null };

function isSame(before: Row | null, after: Row): boolean {
  return before?.state === after.state && before.because?.code === after.because?.code;
}

function switchWords(
  { server, to, isReturn }: Observation & { readonly type: 'switched' },
  fleet: Fleet,
): string {
  return join(nameHere(server), isReturn ? 'goes back to' : 'switches to', versionOf(to, fleet));
}

function versionOf(digest: Digest | null, { facts }: Fleet): string {
  return (digest === null ? null : facts.published(digest)?.manifest.version) ?? 'nothing';
}

function join(...words: readonly (string | null | undefined)[]): string {
  return words.filter((word) => word !== null && word !== undefined && word !== '').join(' ');
}
