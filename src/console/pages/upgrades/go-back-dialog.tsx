/** Takes one server back to the version before, for a reason; what stands against it is shown first. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { Verdict } from '#domain/result.ts';
import type { UpgradeView } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { becauseOf, valueOf } from '../../data/query-client.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';

type Props = { readonly view: UpgradeView; onClose(): void };

/** More are found in the fleet, where each server's page can be gone to. */
const offeredMax = 200;

export function GoBackDialog({ view, onClose }: Props) {
  const words = useWords();
  const [wish, setWish] = useState<ServerId | null>(null);
  const [reason, setReason] = useState('');
  const upgraded = useQuery({
    queryKey: ['upgrade.servers', view.upgrade, 'upgraded'],
    queryFn: () => upgradedOf(view),
  });
  const server = wish ?? upgraded.data?.[0] ?? null;
  const { component } = view;
  const asked = { component, reason: reason.trim() === '' ? '–' : reason };
  const preview = useQuery({
    queryKey: ['rollback', server, component],
    queryFn: async () =>
      server === null
        ? null
        : valueOf(await callSite('rollback', { ...asked, server, preview: true })),
    enabled: server !== null,
  });
  const against = becauseOf(preview.error);
  const reasonAbsent = problem('OPTION_ABSENT', { option: words.text('hold.reason') });
  const verdict: Verdict =
    server === null
      ? { go: false, because: problem('SERVER_UNKNOWN', { server: '–' }) }
      : against !== null
        ? { go: false, because: against }
        : reason.trim() === ''
          ? { go: false, because: reasonAbsent }
          : { go: true };
  return (
    <ConfirmDialog
      title={words.text('upgrades.goBack')}
      confirm={words.text('upgrades.goBackConfirm')}
      look="danger"
      verdict={verdict}
      cli={cliLine('rollback', server ?? '–', '--component', component, '--reason', reason)}
      act={async () =>
        server === null
          ? { ok: false, because: problem('SERVER_UNKNOWN', { server: '–' }) }
          : callSite('rollback', { ...asked, server, acknowledged: true })
      }
      onClose={onClose}
    >
      <p>{words.text('upgrades.goBackHint')}</p>
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
      {preview.data === undefined || preview.data === null ? null : (
        <p>
          {words.text('upgrades.goBackFromTo', { from: preview.data.from, to: preview.data.to })}
        </p>
      )}
      <TextEntry label={words.text('hold.reason')} value={reason} onChange={setReason} />
    </ConfirmDialog>
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
