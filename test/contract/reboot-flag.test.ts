/** Recommendations of a reboot, real and simulated, over one suite. */

import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { rebootFlag } from '#adapters/computer/inventory-linux.ts';
import {
  RebootFlagSimulated,
  type Recommendation,
} from '#simulation/adapters/reboot-flag-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { rebootFlagContract, type RebootFlagFixture } from './reboot-flag.ts';
import { oneMachine } from './simulated.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

rebootFlagContract('a disk', async (): Promise<RebootFlagFixture> => {
  const root = await mkdtemp(join(tmpdir(), 'dankai-reboot-'));
  folders.push(root);
  const [folder, elsewhere] = [join(root, 'data'), join(root, 'elsewhere')];
  const bootIdFile = join(root, 'boot_id');
  let boot = 0;
  const reboot = (): Promise<void> => writeFile(bootIdFile, `boot-${(boot += 1)}\n`);
  await mkdir(folder);
  await reboot();
  return {
    open: () => rebootFlag(folder, bootIdFile),
    reboot,
    refuse: () => rename(folder, elsewhere),
    mend: () => rename(elsewhere, folder),
  };
});

rebootFlagContract('simulated', async (): Promise<RebootFlagFixture> => {
  const { machine } = oneMachine('server');
  const stored = machine.disk.store<Recommendation>(null);
  let boot = 1;
  return {
    open: () =>
      new RebootFlagSimulated(machine.start('normal-server', new Chance(1)), stored, boot),
    async reboot() {
      machine.powerCut(new Chance(boot));
      machine.hasPower = true;
      boot += 1;
    },
    async refuse() {
      machine.disk.isBroken = true;
    },
    async mend() {
      machine.disk.isBroken = false;
    },
  };
});
