/** What can be done with the servers that are chosen. Each says beforehand whether it may be. */

import { lazy, Suspense, useState } from 'react';
import type { ServerId } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import { noGo, type Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import type { Chosen } from '../../parts/table/column.ts';
import { DeployDialog } from '../deploy/deploy-dialog.tsx';
import { HoldDialog } from '../holds/hold-dialog.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { chosenNames, type FleetRows } from './fleet-rows.ts';
import { filterOfSearch, type FleetSearch } from './fleet-search.ts';

/** Reads and writes plans, which the fleet's page does not need otherwise. */
const GroupDialog = lazy(async () => ({
  default: (await import('./group-dialog.tsx')).GroupDialog,
}));

const actions = ['deploy', 'move', 'group', 'hold'] as const;
type Action = (typeof actions)[number];
const callOf = { deploy: 'deploy', move: 'fleet.move', hold: 'hold.add' } as const;

type Props = {
  readonly chosen: Chosen;
  readonly search: FleetSearch;
  readonly rows: FleetRows;
  onDone(chosen: Chosen): void;
};

export function FleetActions({ chosen, search, rows, onDone }: Props) {
  const words = useWords();
  const mayCall = useMayCall();
  const { viewer } = useSession();
  const [asked, setAsked] = useState<{ action: Action; servers: readonly ServerId[] } | null>(null);
  const [because, setBecause] = useState<Problem | null>(null);
  const count = chosen === 'all' ? rows.count : chosen.size;
  if (count === 0) return <p className="fleet-actions quiet">{words.text('fleet.chooseHint')}</p>;
  const verdictOf = (action: Action): Verdict =>
    // What the chosen ones are in is looked at by the server; here, whether he may at all.
    action === 'group' ? { go: true } : mayCall(callOf[action], viewer.scope);
  const ask = async (action: Action): Promise<void> => {
    const names = await chosenNames(chosen, filterOfSearch(search));
    setBecause(names.ok ? null : names.because);
    if (names.ok) setAsked({ action, servers: names.value });
  };
  const close = (): void => {
    setAsked(null);
    onDone(new Set());
  };
  return (
    <div className="fleet-actions" role="toolbar" aria-label={words.text('fleet.actions')}>
      <strong>
        {words.text('fleet.chosen', { servers: count.toLocaleString(words.language) })}
      </strong>
      {actions.map((action) => (
        <ActionButton
          key={action}
          look="small"
          verdict={verdictOf(action)}
          onPress={() => void ask(action)}
        >
          {words.text(`fleet.action.${action}`)}
        </ActionButton>
      ))}
      <ActionButton look="plain" verdict={{ go: true }} onPress={() => onDone(new Set())}>
        {words.text('fleet.unchoose')}
      </ActionButton>
      {because === null ? null : <VerdictText verdict={noGo(because)} />}
      {asked === null ? null : (
        <ActionDialog action={asked.action} servers={asked.servers} onClose={close} />
      )}
    </div>
  );
}

function ActionDialog(props: {
  readonly action: Action;
  readonly servers: readonly ServerId[];
  onClose(): void;
}) {
  const { action, servers, onClose } = props;
  switch (action) {
    case 'deploy':
      return <DeployDialog servers={servers} wishes={null} onClose={onClose} />;
    case 'move':
      return <MoveDialog servers={servers} onClose={onClose} />;
    case 'group':
      return (
        <Suspense fallback={null}>
          <GroupDialog servers={servers} onClose={onClose} />
        </Suspense>
      );
    case 'hold':
      return <HoldDialog servers={servers} onClose={onClose} />;
  }
}
