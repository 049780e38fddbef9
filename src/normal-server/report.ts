/** Says how far this server is with a component, as the link words it. */

import type { Problem } from '#domain/problem.ts';
import type { Status } from '#protocol/normal-server/messages.ts';
import { limits } from './limits.ts';
import type { Item } from './progress.ts';

/** null: there is nothing to say yet. */
export function statusOf(
  item: Item,
  bytes: { readonly received: number; readonly total: number },
): Status | null {
  const { component, digest, attempt } = item.wanted;
  const status = (state: Status['state'], more: Partial<Status> = {}): Status => {
    const counted = { bytesReceived: bytes.received, bytesTotal: bytes.total };
    const tried = attempt === undefined ? {} : { attempt };
    return { type: 'status', component, digest, state, ...counted, ...tried, ...more };
  };
  const { progress } = item;
  switch (progress.state) {
    case 'idle':
      return null;
    case 'downloading':
    case 'switching':
    case 'proving':
    case 'installed':
      return status(progress.state);
    case 'staged':
    case 'asking':
    case 'leased':
    case 'confirming':
      return status('staged');
    case 'returned': {
      const { cause, detail } = progress.return;
      return status('returned', { cause, detail });
    }
    case 'failed': {
      // A link that breaks is no outcome: it is tried again as long as it is wanted.
      const { cause, because } = progress;
      const isPassing = cause === 'network' && item.failures < limits.networkFailuresMax;
      return isPassing
        ? status('downloading')
        : status('failed', { cause, detail: detailOf(because) });
    }
  }
}

/** The code and its parameters; sentences are made where people read. */
function detailOf({ code, with: values }: Problem): string {
  const parameters = Object.entries(values).map(([name, value]) => `${name}=${value}`);
  return [code, ...parameters].join(' ').slice(0, limits.detailCharactersMax);
}
