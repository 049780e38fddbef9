/** What a command may ask of an installation on this computer, looked at and tidied. */

import type { Care } from '#ports/care.ts';
import { clearCaches } from './cache-clear.ts';
import { examine } from './doctor.ts';
import { portsOf } from './installation-ports.ts';
import { installUnit, removeService, systemdHere } from '../installation/service-install.ts';
import { unitTextOf } from '../installation/service-unit.ts';

export const careHere: Care = {
  ports: portsOf,
  examine,
  clearCaches,
  serviceUnit: unitTextOf,
  installService: (root) => installUnit(root, systemdHere),
  removeService: (root) => removeService(root, systemdHere),
};
