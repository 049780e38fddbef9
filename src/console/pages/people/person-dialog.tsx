/** Makes an account, or changes what it may. */

import { useState } from 'react';
import { brand, namePattern, type PersonName } from '#domain/names.ts';
import { roles, type Role } from '#domain/people/person.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, type Result, type Verdict } from '#domain/result.ts';
import type { PersonView } from '#protocol/console/people-calls.ts';
import { callPeople } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { scopeOf } from './scope.ts';

type Props = {
  /** null: one that is not there yet. */
  readonly person: PersonView | null;
  onClose(): void;
};

export function PersonDialog({ person, onClose }: Props) {
  const words = useWords();
  const [name, setName] = useState<string>(person?.person ?? '');
  const [role, setRole] = useState<Role>(person?.role ?? 'operator');
  const [scope, setScope] = useState(
    person === null || person.scope === 'whole' ? '' : person.scope.join(', '),
  );
  const [password, setPassword] = useState('');
  const asked = {
    person: brand<PersonName>(name),
    role,
    scope: scopeOf(scope),
    ...(password === '' ? {} : { password }),
  };
  const act = (): Promise<Result<unknown>> =>
    person === null ? callPeople('people.add', asked) : callPeople('people.change', asked);
  const title = words.text(person === null ? 'people.add' : 'people.change');
  return (
    <ConfirmDialog
      title={title}
      confirm={words.text(person === null ? 'people.addConfirm' : 'people.changeConfirm')}
      verdict={useVerdict(name)}
      cli={cliOf(person === null, asked)}
      act={act}
      onClose={onClose}
    >
      {person === null ? (
        <TextEntry
          label={words.text('session.person')}
          value={name}
          onChange={setName}
          autoComplete="off"
          autoFocus
        />
      ) : (
        <p>
          <strong>{person.person}</strong>
        </p>
      )}
      <Choice
        label={words.text('people.role')}
        value={role}
        options={roles.map((value) => ({ value, text: words.text(`role.${value}`) }))}
        onChange={(value) => setRole(value)}
      />
      <TextEntry
        label={words.text('people.scope')}
        hint={words.text('people.scopeHint')}
        value={scope}
        onChange={setScope}
      />
      <TextEntry
        label={words.text(person === null ? 'session.password' : 'people.newPassword')}
        hint={words.text(person === null ? 'people.passwordHint' : 'people.newPasswordHint')}
        type="password"
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
      />
    </ConfirmDialog>
  );
}

function useVerdict(name: string): Verdict {
  const words = useWords();
  if (namePattern.test(name)) return go;
  const option = words.text('session.person');
  return noGo(problem('OPTION_WRONG', { option, value: name, expected: 'name' }));
}

/** The command asks for a password itself: none stands in a shell's history. */
function cliOf(
  isNew: boolean,
  asked: { readonly person: string; readonly role: Role; readonly scope: 'whole' | string[] } & {
    readonly password?: string;
  },
): string {
  const { person, role, scope, password } = asked;
  const parts = ['--role', role, ...(scope === 'whole' ? [] : ['--scope', scope.join(',')])];
  if (isNew && password === undefined) parts.push('--without-password');
  if (!isNew && password !== undefined) parts.push('--password');
  return cliLine('people', isNew ? 'add' : 'change', person, ...parts);
}
