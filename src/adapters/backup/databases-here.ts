/** The database of a control manager on this computer, moved while its installation stands still. */

import { dirname, join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { refuse } from '#domain/result.ts';
import { paths } from '#launcher/installation.ts';
import { takeLock } from '#launcher/lock.ts';
import type { Databases } from '#ports/databases.ts';
import { moveDelivery } from '../database/delivery-move.ts';
import { deliveryPlaces } from '../database/delivery-place.ts';
import { isThere, makeFolder } from '../files/atomic-file.ts';
import { dataFolder } from './backup-archive.ts';

export function databasesHere(environment: NodeJS.ProcessEnv): Databases {
  return {
    async move({ root, ...kinds }) {
      if (!(await isThere(join(root, 'launcher.json')))) {
        return refuse(problem('INSTALLATION_ABSENT', { folder: root }));
      }
      // Made by the first start; an installation that never ran has none yet.
      await makeFolder(dirname(paths.lock(root)));
      const lock = takeLock(root);
      if ('heldBy' in lock) {
        return refuse(problem('INSTALLATION_RUNS', { folder: root, pid: lock.heldBy }));
      }
      try {
        const places = deliveryPlaces(dataFolder(root), environment);
        return await moveDelivery(places, { ...kinds, now: Date.now() });
      } finally {
        lock.release();
      }
    },
  };
}
