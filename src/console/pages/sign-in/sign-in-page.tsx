/** Who are you? By name and password, or by the link that the server's own computer printed. */

import { useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { Button } from 'react-aria-components';
import type { Problem } from '#domain/problem.ts';
import { LanguageChoice } from '../../app/choices.tsx';
import { useWords } from '../../app/language.tsx';
import { callSession } from '../../data/call.ts';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Remedy } from '../../parts/state/remedy.tsx';

export function SignInPage({ refusal }: { readonly refusal: Problem | null }) {
  const words = useWords();
  return (
    <div className="sign-in">
      <Page title={words.text('session.title')}>
        <SignInForm refusal={refusal} />
        <LanguageChoice />
      </Page>
    </div>
  );
}

function SignInForm({ refusal }: { readonly refusal: Problem | null }) {
  const words = useWords();
  const queries = useQueryClient();
  const [person, setPerson] = useState('');
  const [password, setPassword] = useState('');
  const [because, setBecause] = useState<Problem | null>(refusal);
  const [isAsking, setAsking] = useState(false);
  const signIn = async (): Promise<void> => {
    setAsking(true);
    const begun = await callSession('session.begin', { person, password, form: 'cookie' });
    setAsking(false);
    if (!begun.ok) return setBecause(begun.because);
    await queries.resetQueries();
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void signIn();
  };
  return (
    <form className="sign-in-form" onSubmit={submit}>
      <TextEntry
        label={words.text('session.person')}
        value={person}
        onChange={setPerson}
        autoComplete="username"
        isRequired
        autoFocus
      />
      <TextEntry
        label={words.text('session.password')}
        value={password}
        onChange={setPassword}
        type="password"
        autoComplete="current-password"
        isRequired
      />
      {because === null ? null : <Wrong because={because} />}
      <Button type="submit" className="button" data-look="main" isPending={isAsking}>
        {words.text('session.signIn')}
      </Button>
      <p className="quiet">{words.text('session.linkHint')}</p>
      <code>dankai console link</code>
    </form>
  );
}

function Wrong({ because }: { readonly because: Problem }) {
  const words = useWords();
  const { sentence, remedy } = words.problem(because);
  return (
    <div className="sign-in-wrong" role="alert">
      <p>{sentence}</p>
      <Remedy text={remedy} />
    </div>
  );
}
