/**
 * What befalls a control manager: its processes killed, its machine silent, its disk full, an old
 * database put back, its holds ended early. Absent: what it delivers, and when (`deliveries.ts`).
 */

import type { SimulatedControlManager } from '../fleet/control-manager.ts';
import type { Chance } from '../world/chance.ts';
import { dates, lastsFrom, spoken, type Fault, type FaultEvent } from './fault.ts';
import { killOf } from './kills.ts';

const fault = 'control-manager';

type Drawn = Pick<FaultEvent, 'what' | 'act'>;

async function endHolds(manager: SimulatedControlManager): Promise<void> {
  const listed = await manager.holds();
  if (listed?.ok !== true) return;
  for (const { id, active } of listed.value.holds) {
    if (active) await manager.endHold({ hold: id });
  }
}

function drawnOf(
  chance: Chance,
  manager: SimulatedControlManager,
  { after, lasts }: { readonly after: number; readonly lasts: number },
): Drawn {
  const { machine } = manager;
  const { schedule } = machine;
  return chance.pick<Drawn>([
    killOf(chance, machine, { after, fault }),
    {
      what: `its machine is without power for ${spoken(lasts)}`,
      act: () => manager.powerCut(lasts),
    },
    { what: `its machine is frozen for ${spoken(lasts)}`, act: () => machine.freeze(lasts) },
    {
      what: `its disk is full for ${spoken(lasts)}`,
      act() {
        const { bytesFree } = machine.disk;
        machine.disk.bytesFree = 0;
        schedule.after(lasts, () => {
          machine.disk.bytesFree += bytesFree;
        });
      },
    },
    {
      what: `its database is put back to what it is now, in ${spoken(lasts)}`,
      act() {
        const backup = manager.backup();
        schedule.after(lasts, () => manager.restore(backup));
      },
    },
    { what: 'a person ends every hold of it', act: () => void endHolds(manager) },
    { what: 'a person delivers by the active plan', act: () => void manager.deliver() },
  ]);
}

export const controlManager: Fault = {
  name: fault,
  plan(chance, outline) {
    const manager = outline.fleet.controlManager;
    if (manager === null) return [];
    return dates(chance, outline, chance.integer(1, 8)).map((after) => {
      const lasts = lastsFrom(chance, outline, { after, mean: 300_000 });
      const drawn = drawnOf(chance, manager, { after, lasts });
      return {
        after,
        fault,
        what: `control manager: ${drawn.what}`,
        act: (fleet) => drawn.act(fleet),
      };
    });
  },
};
