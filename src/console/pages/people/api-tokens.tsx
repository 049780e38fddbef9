/** API tokens: who comes in by them, until when, and when one was used last. */

import { useState } from 'react';
import { brand, type PersonName } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, type Result } from '#domain/result.ts';
import type { PersonView, TokenView } from '#protocol/console/people-calls.ts';
import { callPeople } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { SecretShown } from '../../parts/action/secret-shown.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { scopeText } from './scope.ts';

type Props = { readonly tokens: readonly TokenView[]; readonly people: readonly PersonView[] };

export function ApiTokens({ tokens, people }: Props) {
  const words = useWords();
  return (
    <ListTable
      name="tokens"
      label={words.text('people.tokens')}
      columns={useTokenColumns()}
      rows={tokens}
      keyOf={({ token }) => token}
      empty={<Empty title={words.text('people.noTokens')} />}
      actions={
        <DialogButton
          text={words.text('people.makeToken')}
          verdict={useMayCall()('token.add', 'whole')}
        >
          {(close) => <TokenDialog people={people} onClose={close} />}
        </DialogButton>
      }
    />
  );
}

function useTokenColumns(): readonly Column<TokenView>[] {
  const words = useWords();
  const verdict = useMayCall()('token.revoke', 'whole');
  const size = { width: 110 };
  return [
    textColumn('name', words.text('people.tokenName'), size, ({ name }) => name),
    textColumn('person', words.text('session.person'), size, ({ person }) => person),
    {
      id: 'role',
      title: words.text('people.role'),
      width: 90,
      cell: ({ role }) => words.text(`role.${role}`),
      text: ({ role }) => role,
    },
    textColumn('scope', words.text('people.scope'), size, ({ scope }) => scopeText(words, scope)),
    timeColumn('until', words.text('people.until'), size, ({ until }) => until),
    timeColumn('usedAt', words.text('people.usedAt'), size, ({ usedAt }) => usedAt),
    textColumn('token', words.text('people.tokenId'), size, ({ token }) => token),
    {
      id: 'revoke',
      title: '',
      width: 90,
      cell: (token) => (
        <DialogButton text={words.text('people.revoke')} look="small" verdict={verdict}>
          {(close) => <RevokeDialog token={token} onClose={close} />}
        </DialogButton>
      ),
    },
  ];
}

function RevokeDialog({ token, onClose }: { readonly token: TokenView; onClose(): void }) {
  const words = useWords();
  return (
    <ConfirmDialog
      title={words.text('people.revoke')}
      confirm={words.text('people.revokeConfirm')}
      look="danger"
      verdict={go}
      cli={cliLine('token', 'revoke', token.token)}
      act={() => callPeople('token.revoke', { token: token.token })}
      onClose={onClose}
    >
      <p>{words.text('people.revokeHint', { name: token.name, person: token.person })}</p>
    </ConfirmDialog>
  );
}

function TokenDialog({ people, onClose }: Pick<Props, 'people'> & { onClose(): void }) {
  const words = useWords();
  const [person, setPerson] = useState<string>(people[0]?.person ?? '');
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [secret, setSecret] = useState<string | null>(null);
  const option = words.text('people.tokenName');
  const act = async (): Promise<Result<unknown>> => {
    const asked = { person: brand<PersonName>(person), name, days: Number(days) };
    const made = await callPeople('token.add', asked);
    if (made.ok) setSecret(made.value.secret);
    return made;
  };
  return (
    <ConfirmDialog
      title={words.text('people.makeToken')}
      confirm={words.text('people.makeTokenConfirm')}
      verdict={name.trim() === '' ? noGo(problem('OPTION_ABSENT', { option })) : go}
      cli={cliLine('token', 'add', person, '--name', name, '--days', days)}
      act={act}
      answer={secret === null ? null : <SecretShown secret={secret} />}
      onClose={onClose}
    >
      <Choice
        label={words.text('session.person')}
        value={person}
        options={people.map((one) => ({ value: String(one.person), text: one.person }))}
        onChange={setPerson}
      />
      <TextEntry label={option} value={name} onChange={setName} autoFocus />
      <TextEntry label={words.text('people.days')} value={days} onChange={setDays} type="number" />
    </ConfirmDialog>
  );
}
