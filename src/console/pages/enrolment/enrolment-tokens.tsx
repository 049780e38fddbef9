/** Enrolment tokens: made here, shown once, and taken back. */

import { useState } from 'react';
import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, type Result, type Verdict } from '#domain/result.ts';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { enrolmentTokenUsesMax } from '#protocol/console/enrolment-calls.ts';
import { callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { SecretShown } from '../../parts/action/secret-shown.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';

type Token = ResultOf<InformationServerTable, 'fleet.token.list'>['tokens'][number];

export function EnrolmentTokens({ tokens }: { readonly tokens: readonly Token[] }) {
  const words = useWords();
  return (
    <ListTable
      name="enrolment-tokens"
      label={words.text('enrolment.tokens')}
      columns={useTokenColumns()}
      rows={tokens}
      keyOf={({ id }) => id}
      empty={<Empty title={words.text('enrolment.noTokens')} />}
      actions={
        <DialogButton
          text={words.text('enrolment.makeToken')}
          verdict={useMayCall()('fleet.token.add', 'whole')}
        >
          {(close) => <MakeDialog onClose={close} />}
        </DialogButton>
      }
    />
  );
}

function useTokenColumns(): readonly Column<Token>[] {
  const words = useWords();
  const size = { width: 110 };
  return [
    textColumn('id', words.text('enrolment.token'), size, ({ id }) => id),
    {
      id: 'state',
      title: words.text('fleet.column.state'),
      width: 90,
      cell: ({ state }) => (
        <StateMark tone={state === 'open' ? 'good' : 'quiet'}>
          {words.term('state', state)}
        </StateMark>
      ),
      text: ({ state }) => state,
    },
    textColumn('uses', words.text('enrolment.uses'), size, (row) => `${row.uses} / ${row.usesMax}`),
    textColumn('server', words.text('enrolment.onlyFor'), size, ({ server }) => server),
    timeColumn('until', words.text('people.until'), size, ({ until }) => until),
    textColumn('who', words.text('people.by'), size, ({ who }) => who),
    { id: 'revoke', title: '', width: 90, cell: (token) => <RevokeButton token={token} /> },
  ];
}

function RevokeButton({ token: { id, state } }: { readonly token: Token }) {
  const words = useWords();
  const right = useMayCall()('fleet.token.revoke', 'whole');
  const verdict: Verdict = !right.go
    ? right
    : state === 'revoked'
      ? noGo(problem('ENROLMENT_TOKEN_REVOKED', {}))
      : go;
  return (
    <DialogButton text={words.text('people.revoke')} look="small" verdict={verdict}>
      {(close) => (
        <ConfirmDialog
          title={words.text('people.revoke')}
          confirm={words.text('people.revokeConfirm')}
          look="danger"
          verdict={go}
          cli={cliLine('fleet', 'token', 'revoke', id)}
          act={() => callSite('fleet.token.revoke', { id })}
          onClose={close}
        >
          <p>{words.text('enrolment.revokeHint')}</p>
        </ConfirmDialog>
      )}
    </DialogButton>
  );
}

function MakeDialog({ onClose }: { onClose(): void }) {
  const words = useWords();
  const [uses, setUses] = useState('1');
  const [hours, setHours] = useState('24');
  const [server, setServer] = useState('');
  const [token, setToken] = useState<string | null>(null);
  const count = Number(uses);
  const isCount = Number.isInteger(count) && count >= 1 && count <= enrolmentTokenUsesMax;
  const option = words.text('enrolment.usesMax');
  const expected = 'whole-number';
  const named = server === '' ? {} : { server: brand<ServerId>(server) };
  const act = async (): Promise<Result<unknown>> => {
    const asked = { uses: count, minutes: Number(hours) * 60, ...named };
    const made = await callSite('fleet.token.add', asked);
    if (made.ok) setToken(made.value.token);
    return made;
  };
  const said = [
    '--uses',
    uses,
    '--for',
    `${hours}h`,
    ...(server === '' ? [] : ['--server', server]),
  ];
  return (
    <ConfirmDialog
      title={words.text('enrolment.makeToken')}
      confirm={words.text('people.makeTokenConfirm')}
      verdict={isCount ? go : noGo(problem('OPTION_WRONG', { option, value: uses, expected }))}
      cli={cliLine('fleet', 'token', 'add', ...said)}
      act={act}
      answer={token === null ? null : <SecretShown secret={token} />}
      onClose={onClose}
    >
      <TextEntry
        label={option}
        hint={words.text('enrolment.usesHint')}
        value={uses}
        onChange={setUses}
        type="number"
        autoFocus
      />
      <TextEntry label={words.text('hold.hours')} value={hours} onChange={setHours} type="number" />
      <TextEntry
        label={words.text('enrolment.onlyFor')}
        hint={words.text('enrolment.onlyForHint')}
        value={server}
        onChange={setServer}
      />
    </ConfirmDialog>
  );
}
