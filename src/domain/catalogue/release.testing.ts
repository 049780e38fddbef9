/** A release for tests that are about something else: each names only what it is about. */

import { brand, type ComponentName } from '../names.ts';
import type { ReleaseManifest } from './release.ts';

export const plainManifest: ReleaseManifest = {
  format: 1,
  component: brand<ComponentName>('program'),
  lane: 'program',
  kind: 'self',
  version: '5.80.1179',
  ordering: 'decimal',
  appliesTo: { min: '5.0', max: '6.0' },
  needsComponents: [],
  needs: { diskBytes: 0, memoryBytes: 0 },
  precautions: [],
  returnTo: [],
  rebootRecommended: false,
  packages: [],
  catalogue: { version: '5.80', sections: [] },
};
