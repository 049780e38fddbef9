/** What stands against the plan, server by server and grouped by reason; what one may answer for. */

import { useState } from 'react';
import type { PreflightView } from '#protocol/console/contract.ts';
import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { formatBytes } from '#words/format.ts';
import { useWords } from '../../app/language.tsx';
import { sayLength } from '../../app/lengths.ts';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { Remedy } from '../../parts/state/remedy.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import type { Draft } from './draft.ts';
import type { Preflight } from './plan-checks.ts';

type Props = { readonly draft: Draft; readonly plan: PlanFile; readonly preflight: Preflight };
type Reason = PreflightView['reasons'][number];

const reasonsShownMax = 50;

export function PreflightStep({ draft, plan, preflight }: Props) {
  const words = useWords();
  return (
    <Loaded query={preflight}>
      {({ go, reasons, groups, unassigned }) => (
        <>
          <p>
            <StateMark tone={go ? 'good' : 'bad'}>
              {words.text(go ? 'plan.go' : 'plan.noGo')}
            </StateMark>{' '}
            <button
              type="button"
              className="button"
              data-look="small"
              aria-busy={preflight.isFetching}
              onClick={() => void preflight.refetch()}
            >
              {words.text('plan.checkAgain')}
            </button>
          </p>
          {grouped(reasons).map(([code, all]) => (
            <Reasons key={code} code={code} reasons={all} draft={draft} plan={plan} />
          ))}
          {unassigned.length === 0 ? null : (
            <p className="quiet">
              {words.text('plan.unassignedCount', { servers: unassigned.length })}
            </p>
          )}
          <ListTable<PreflightView['groups'][number]>
            name="plan-groups"
            label={words.text('upgrades.groups')}
            rows={groups}
            keyOf={({ name }) => name}
            columns={[
              textColumn(
                'group',
                words.text('fleet.column.group'),
                { width: 80 },
                (row) => row.name,
              ),
              textColumn('servers', words.text('deploy.servers'), { width: 80 }, (row) =>
                String(row.servers),
              ),
              textColumn('bytes', words.text('upgrades.bytes'), { width: 100 }, (row) =>
                formatBytes(row.bytes),
              ),
              textColumn('link', words.text('plan.linkTime'), { width: 120 }, ({ linkSeconds }) =>
                linkSeconds === null ? null : sayLength(words, linkSeconds),
              ),
            ]}
            empty={null}
          />
        </>
      )}
    </Loaded>
  );
}

function grouped(reasons: readonly Reason[]): readonly (readonly [string, readonly Reason[]])[] {
  const found = new Map<string, Reason[]>();
  for (const reason of reasons) {
    found.set(reason.because.code, [...(found.get(reason.because.code) ?? []), reason]);
  }
  return [...found];
}

type ReasonsProps = Omit<Props, 'preflight'> & {
  readonly code: string;
  readonly reasons: readonly Reason[];
};

function Reasons({ code, reasons, draft, plan }: ReasonsProps) {
  const words = useWords();
  const [first] = reasons;
  if (first === undefined) return null;
  const { remedy } = words.problem(first.because);
  const shown = reasons.slice(0, reasonsShownMax);
  return (
    <div className="reason" data-accepted={first.accepted}>
      <div className="section-title">
        <h3>
          <code>{code}</code>
        </h3>
        <StateMark tone={first.accepted ? 'warning' : 'bad'}>
          {words.text(first.accepted ? 'plan.accepted' : 'plan.against', { count: reasons.length })}
        </StateMark>
      </div>
      <ul>
        {shown.map(({ because }) => {
          const { sentence } = words.problem(because);
          return <li key={sentence}>{sentence}</li>;
        })}
      </ul>
      {reasons.length > shown.length ? (
        <p className="quiet">
          {words.text('fleet.andMore', { servers: reasons.length - shown.length })}
        </p>
      ) : null}
      <Remedy text={remedy} />
      {first.goAheadPossible && !first.accepted ? (
        <GoAhead code={code} draft={draft} plan={plan} />
      ) : null}
    </div>
  );
}

/** Taken upon oneself, with a reason that stands in the record. */
function GoAhead({ code, draft, plan }: Omit<ReasonsProps, 'reasons'>) {
  const words = useWords();
  const [reason, setReason] = useState('');
  return (
    <div className="wizard-row">
      <TextEntry label={words.text('plan.goAheadReason')} value={reason} onChange={setReason} />
      <button
        type="button"
        className="button"
        disabled={reason.trim().length < 3}
        onClick={() => draft.edit(['goAhead'], [...plan.goAhead, { code, reason: reason.trim() }])}
      >
        {words.text('plan.goAhead')}
      </button>
    </div>
  );
}
