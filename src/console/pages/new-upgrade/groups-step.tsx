/**
 * Who goes in which group: dragged by mouse or by keyboard, moved by a menu, dealt by a rule, or read
 * from a file. What is dragged together is moved together.
 */

import { useState } from 'react';
import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { Loaded } from '../../parts/state/loaded.tsx';
import { useDomainNames } from './domain-names.ts';
import type { Draft } from './draft.ts';
import { GroupRules } from './group-rules.tsx';
import { editsOfMove, freeGroup, membersOf, unassigned } from './membership.ts';
import { ServerBucket } from './server-bucket.tsx';

type Props = { readonly draft: Draft; readonly plan: PlanFile };

export function GroupsStep({ draft, plan }: Props) {
  const overview = useSiteCall('fleet.overview', {});
  return (
    <Loaded query={overview}>
      {({ domains }) => (
        <Buckets draft={draft} plan={plan} domains={domains.map(({ domain }) => domain)} />
      )}
    </Loaded>
  );
}

function Buckets({ draft, plan, domains }: Props & { readonly domains: readonly string[] }) {
  const words = useWords();
  const [search, setSearch] = useState('');
  const names = useDomainNames(domains);
  const rest = unassigned(plan, names);
  const found = search === '' ? rest : rest.filter((server) => server.includes(search));
  const groups = plan.groups.map(({ name }) => name);
  const move = (servers: readonly string[], to: string | null): void =>
    draft.editAll(editsOfMove(plan, names, { servers, to }));
  return (
    <>
      <GroupRules draft={draft} plan={plan} names={names} />
      <div className="buckets">
        <ServerBucket
          title={words.text('plan.inNoGroup')}
          servers={found}
          groups={groups}
          search={{ value: search, onChange: setSearch }}
          onMove={(servers) => move(servers, null)}
          onSend={move}
        />
        {plan.groups.map((group, place) => (
          <ServerBucket
            key={place}
            title={words.text('upgrades.group', { group: group.name })}
            note={
              group.domain === undefined
                ? null
                : words.text('plan.byDomain', { domain: group.domain })
            }
            servers={membersOf(group, plan, names)}
            groups={groups.filter((name) => name !== group.name)}
            onMove={(servers) => move(servers, group.name)}
            onSend={move}
            onRemove={
              plan.groups.length < 2 ? undefined : () => draft.edit(['groups', place], undefined)
            }
          />
        ))}
      </div>
      <button
        type="button"
        className="button"
        onClick={() =>
          draft.edit(['groups', groups.length], { name: freeGroup(groups), servers: [] })
        }
      >
        {words.text('plan.addGroup')}
      </button>
    </>
  );
}
