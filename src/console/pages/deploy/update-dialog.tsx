/** Fetches content into the share now; says of each thing what became of it. */

import { useState } from 'react';
import { go, type Result } from '#domain/result.ts';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { Facts } from '../../parts/text/facts.tsx';

type Updated = ResultOf<InformationServerTable, 'update.now'>;

export function UpdateButton() {
  const words = useWords();
  return (
    <DialogButton text={words.text('update.title')} verdict={useMayCall()('update.now', 'whole')}>
      {(close) => <UpdateDialog onClose={close} />}
    </DialogButton>
  );
}

function UpdateDialog({ onClose }: { onClose(): void }) {
  const words = useWords();
  const [source, setSource] = useState('');
  const [updated, setUpdated] = useState<Updated | null>(null);
  const act = async (): Promise<Result<unknown>> => {
    const done = await callSite('update.now', source === '' ? {} : { source });
    if (done.ok) setUpdated(done.value);
    return done;
  };
  const named = source === '' ? [] : ['--source', source];
  return (
    <ConfirmDialog
      title={words.text('update.title')}
      confirm={words.text('update.confirm')}
      verdict={go}
      cli={cliLine('update', 'now', ...named)}
      act={act}
      answer={updated === null ? null : <UpdateAnswer updated={updated} />}
      onClose={onClose}
    >
      <p className="quiet">{words.text('update.hint')}</p>
      <TextEntry
        label={words.text('update.source')}
        hint={words.text('update.sourceHint')}
        value={source}
        onChange={setSource}
        autoFocus
      />
    </ConfirmDialog>
  );
}

function UpdateAnswer({ updated }: { readonly updated: Updated }) {
  const words = useWords();
  const { taken, keptBack, standing, refused } = updated;
  const named = (items: Updated['taken']): string =>
    items.map(({ component, version }) => `${component} ${version}`).join(', ') || '–';
  return (
    <>
      <Facts
        facts={[
          { name: words.text('update.taken'), value: named(taken) },
          { name: words.text('update.keptBack'), value: named(keptBack) },
          { name: words.text('update.standing'), value: named(standing) },
        ]}
      />
      {refused.map((because, place) => (
        <p key={place}>
          <StateMark tone="bad">{words.text('update.refused')}</StateMark>{' '}
          {words.problem(because).sentence}
        </p>
      ))}
    </>
  );
}
