/** Groups at once: one for each domain, so many of equal size, or as a file says. */

import { useState } from 'react';
import { Button, FileTrigger } from 'react-aria-components';
import type { PlanFile } from '#protocol/plan/plan-file.ts';
import { useWords } from '../../app/language.tsx';
import { groupName, type Draft } from './draft.ts';
import { dealt, ofFile, type DomainNames } from './membership.ts';
import { PlanEntry, wholeForm } from './plan-entry.tsx';

type Props = { readonly draft: Draft; readonly plan: PlanFile; readonly names: DomainNames };

const fileBytesMax = 4_000_000;

export function GroupRules({ draft, plan, names }: Props) {
  const words = useWords();
  const [count, setCount] = useState('3');
  const everyone = [...names.values()].flat().toSorted();
  const byDomain = (): void =>
    draft.edit(
      ['groups'],
      [...names]
        .filter(([, servers]) => servers.length > 0)
        .map(([domain], place) => ({ name: groupName(place), domain })),
    );
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined || file.size > fileBytesMax) return;
    const text = await file.text();
    if (/\.ya?ml$/i.test(file.name)) draft.write(text);
    else draft.edit(['groups'], ofFile(text, plan.groups[0]?.name ?? groupName(0)));
  };
  return (
    <div className="wizard-row">
      <button type="button" className="button" onClick={byDomain}>
        {words.text('plan.perDomain')}
      </button>
      <PlanEntry
        label={words.text('plan.groupCount')}
        value={count}
        form={wholeForm(1, 200)}
        onValue={setCount}
      />
      <button
        type="button"
        className="button"
        onClick={() => draft.edit(['groups'], dealt(everyone, Number(count)))}
      >
        {words.text('plan.deal')}
      </button>
      <FileTrigger
        acceptedFileTypes={['.yaml', '.yml', '.csv', '.txt']}
        onSelect={(files) => void read(files?.[0])}
      >
        <Button className="button">{words.text('plan.file')}</Button>
      </FileTrigger>
      <p className="quiet">{words.text('plan.fileForm')}</p>
    </div>
  );
}
