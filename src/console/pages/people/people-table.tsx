/** Accounts: their role and how much of the site it is for. */

import type { PersonView } from '#protocol/console/people-calls.ts';
import { callPeople } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { PersonDialog } from './person-dialog.tsx';
import { scopeText } from './scope.ts';

export function PeopleTable({ people }: { readonly people: readonly PersonView[] }) {
  const words = useWords();
  return (
    <ListTable
      name="people"
      label={words.text('people.people')}
      columns={usePeopleColumns()}
      rows={people}
      keyOf={({ person }) => person}
      empty={<Empty title={words.text('people.none')}>{words.text('people.noneHint')}</Empty>}
      actions={
        <DialogButton text={words.text('people.add')} verdict={useMayCall()('people.add', 'whole')}>
          {(close) => <PersonDialog person={null} onClose={close} />}
        </DialogButton>
      }
    />
  );
}

function usePeopleColumns(): readonly Column<PersonView>[] {
  const words = useWords();
  const mayCall = useMayCall();
  const size = { width: 120 };
  return [
    textColumn('person', words.text('session.person'), size, ({ person }) => person),
    {
      id: 'role',
      title: words.text('people.role'),
      width: 100,
      cell: ({ role }) => words.text(`role.${role}`),
      text: ({ role }) => role,
    },
    textColumn('scope', words.text('people.scope'), size, ({ scope }) => scopeText(words, scope)),
    {
      id: 'hasPassword',
      title: words.text('people.signsIn'),
      width: 120,
      cell: ({ hasPassword }) => words.text(hasPassword ? 'people.byPassword' : 'people.byTokens'),
      text: ({ hasPassword }) => String(hasPassword),
    },
    timeColumn('at', words.text('people.since'), size, ({ at }) => at),
    {
      id: 'actions',
      title: '',
      width: 160,
      cell: (person) => (
        <span className="row-actions">
          <DialogButton
            text={words.text('people.change')}
            look="small"
            verdict={mayCall('people.change', 'whole')}
          >
            {(close) => <PersonDialog person={person} onClose={close} />}
          </DialogButton>
          <DialogButton
            text={words.text('people.remove')}
            look="small"
            verdict={mayCall('people.remove', 'whole')}
          >
            {(close) => <RemoveDialog person={person} onClose={close} />}
          </DialogButton>
        </span>
      ),
    },
  ];
}

function RemoveDialog({ person, onClose }: { readonly person: PersonView; onClose(): void }) {
  const words = useWords();
  const { person: name } = person;
  return (
    <ConfirmDialog
      title={words.text('people.remove')}
      confirm={words.text('people.removeConfirm')}
      look="danger"
      verdict={{ go: true }}
      cli={cliLine('people', 'remove', name)}
      act={() => callPeople('people.remove', { person: name })}
      onClose={onClose}
    >
      <p>{words.text('people.removeHint', { person: name })}</p>
    </ConfirmDialog>
  );
}
