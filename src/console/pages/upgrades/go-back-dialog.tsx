/** Takes one server of an upgrade back to the version before: which one is chosen here. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ServerId } from '#domain/names.ts';
import type { UpgradeView } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { valueOf } from '../../data/query-client.ts';
import { Choice } from '../../parts/field/choice.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { RollbackDialog } from '../fleet/rollback-dialog.tsx';

type Props = { readonly view: UpgradeView; onClose(): void };

/** More are found in the fleet, where each server's page can be gone to. */
const offeredMax = 200;

export function GoBackDialog({ view, onClose }: Props) {
  const words = useWords();
  const [wish, setWish] = useState<ServerId | null>(null);
  const upgraded = useQuery({
    queryKey: ['upgrade.servers', view.upgrade, 'upgraded'],
    queryFn: () => upgradedOf(view),
  });
  const server = wish ?? upgraded.data?.[0] ?? null;
  return (
    <RollbackDialog server={server} components={[view.component]} onClose={onClose}>
      <Loaded query={upgraded}>
        {(servers) => (
          <Choice
            label={words.text('fleet.column.server')}
            value={server ?? ''}
            options={servers.map((value) => ({ value, text: value }))}
            onChange={(value) => setWish(servers.find((one) => one === value) ?? null)}
          />
        )}
      </Loaded>
    </RollbackDialog>
  );
}

async function upgradedOf({ upgrade, groups }: UpgradeView): Promise<readonly ServerId[]> {
  const found: ServerId[] = [];
  for (const { name: group } of groups) {
    const { servers } = valueOf(await callSite('upgrade.servers', { upgrade, group }));
    for (const { server, state } of servers) if (state === 'upgraded') found.push(server);
    if (found.length >= offeredMax) break;
  }
  return found.slice(0, offeredMax);
}
