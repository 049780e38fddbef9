/**
 * Servers that do not say the truth: they claim to run what they do not run, report what did not
 * happen, or say nothing of a kind at all. The checkers believe nothing that they say.
 */

import type { Digest } from '#domain/names.ts';
import type { Chance } from '../world/chance.ts';
import type { SimulatedServer } from '../fleet/server.ts';
import { dates, lastsFrom, spoken, type Fault, type Outline } from './fault.ts';
import { pickSite } from './targets.ts';

type Lie = {
  readonly what: string;
  tell(message: object): object | null;
};

function silent(what: string, types: readonly string[]): Lie {
  return {
    what,
    tell: (message) => ('type' in message && types.includes(String(message.type)) ? null : message),
  };
}

/** Says in its hello that it runs this, with the version's number. */
function claims(what: string, running: { readonly digest: Digest; readonly version: string }): Lie {
  return {
    what,
    tell(message) {
      const said = 'running' in message ? message.running : null;
      if (typeof said !== 'object' || said === null) return message;
      return { ...message, running: { ...said, ...running } };
    },
  };
}

function reports(what: string, state: string): Lie {
  return {
    what,
    tell(message) {
      const isStatus = 'type' in message && message.type === 'status';
      return isStatus ? { ...message, state } : message;
    },
  };
}

function lieOf(chance: Chance, { fleet }: Outline): Lie {
  const versionOf = ({ digest, manifest }: (typeof fleet)['oldRelease']) => ({
    digest,
    version: manifest.version,
  });
  return chance.pick([
    claims('says that it runs the new version', versionOf(fleet.newRelease)),
    claims('says that it runs the old version', versionOf(fleet.oldRelease)),
    reports('reports everything as installed', 'installed'),
    reports('reports everything as staged', 'staged'),
    reports('reports everything as returned', 'returned'),
    silent('never reports', ['status']),
    silent('never asks for a lease', ['lease-request']),
    silent('never confirms', ['lease-confirm']),
    silent('says nothing at all', [
      'hello',
      'status',
      'lease-request',
      'lease-confirm',
      'identity',
    ]),
  ]);
}

export const liars: Fault = {
  name: 'liars',
  plan: (chance, outline) =>
    dates(chance, outline, chance.integer(1, 4)).map((after) => {
      const server: SimulatedServer = chance.pick(pickSite(chance, outline).servers);
      const lie = lieOf(chance, outline);
      const lasts = lastsFrom(chance, outline, { after, mean: 1_800_000 });
      return {
        after,
        fault: 'liars',
        what: `${server.server} ${lie.what} for ${spoken(lasts)}`,
        act({ world }) {
          server.isHonest = false;
          server.path.meddleUp = lie.tell;
          world.schedule.after(lasts, () => {
            server.path.meddleUp = null;
          });
        },
      };
    }),
};
