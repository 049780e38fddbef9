/** Verifies every line here, in the browser: whoever serves the record is not believed about it. */

import { useState } from 'react';
import { go, type Result } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { verifyRecord, type Verified } from './whole-record.ts';

export function VerifyButton() {
  const words = useWords();
  return (
    <DialogButton text={words.text('record.verify')} verdict={useMayCall()('record.list', 'whole')}>
      {(close) => <VerifyDialog onClose={close} />}
    </DialogButton>
  );
}

function VerifyDialog({ onClose }: { onClose(): void }) {
  const words = useWords();
  const { place } = useSession();
  const hasWitnesses = place.tier === 'information-server';
  const [isAsked, setAsked] = useState(hasWitnesses);
  const [read, setRead] = useState<readonly [number, number] | null>(null);
  const [verified, setVerified] = useState<Verified | null>(null);
  const act = async (): Promise<Result<unknown>> => {
    const progress = (lines: number, all: number): void => setRead([lines, all]);
    const done = await verifyRecord({ witnesses: isAsked, progress });
    if (done.ok) setVerified(done.value);
    return done;
  };
  return (
    <ConfirmDialog
      title={words.text('record.verify')}
      confirm={words.text('record.verifyConfirm')}
      verdict={go}
      cli={cliLine('audit', 'verify', ...(isAsked ? ['--witnesses'] : []))}
      act={act}
      answer={verified === null ? null : <VerifyAnswer verified={verified} />}
      onClose={onClose}
    >
      <p>{words.text('record.verifyHint')}</p>
      {hasWitnesses ? (
        <label className="tick">
          <input
            type="checkbox"
            checked={isAsked}
            onChange={(event) => setAsked(event.target.checked)}
          />
          {words.text('record.askWitnesses')}
        </label>
      ) : null}
      {read === null ? null : (
        <p role="status">{words.text('record.progress', { lines: read[0], all: read[1] })}</p>
      )}
    </ConfirmDialog>
  );
}

function VerifyAnswer({ verified: { verification, witnesses } }: { readonly verified: Verified }) {
  const words = useWords();
  const { lines, head, problems, problemsMore, heads, witnessed } = verification;
  return (
    <>
      <p>
        <StateMark tone={problems.length === 0 ? 'good' : 'bad'}>
          {words.text(problems.length === 0 ? 'record.isWhole' : 'record.isBroken')}
        </StateMark>
      </p>
      <Facts
        facts={[
          { name: words.text('record.lines'), value: lines },
          { name: words.text('record.head'), value: <code>{head.hash}</code> },
          { name: words.text('record.witnesses'), value: witnesses ?? '–' },
          { name: words.text('record.headsFound'), value: `${heads.found} / ${heads.known}` },
          { name: words.text('record.witnessed'), value: witnessed ?? '–' },
        ]}
      />
      {problems.map((because, place) => (
        <p key={place}>{words.problem(because).sentence}</p>
      ))}
      {problemsMore === 0 ? null : (
        <p>{words.text('record.problemsMore', { count: problemsMore })}</p>
      )}
      {witnessed === null ? <p className="quiet">{words.text('record.unwitnessed')}</p> : null}
    </>
  );
}
