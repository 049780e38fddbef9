/** What a call answered, or in its place: that it loads, why there is none, that it is old. */

import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problem } from '#domain/problem.ts';
import { useWords } from '../../app/language.tsx';
import { becauseOf } from '../../data/query-client.ts';
import { Refusal } from './refusal.tsx';

type Props<Value> = {
  readonly query: UseQueryResult<Value>;
  readonly children: (value: Value) => ReactNode;
};

export function Loaded<Value>({ query, children }: Props<Value>) {
  const words = useWords();
  // An answer that stands is shown on, also while the next one fails: its age is said elsewhere.
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error !== null) {
    const detail = query.error.message;
    const because = becauseOf(query.error) ?? problem('MESSAGE_UNREADABLE', { detail });
    return <Refusal because={because} again={() => void query.refetch()} />;
  }
  return (
    <p className="loading" role="status">
      {words.text('state.loading')}
    </p>
  );
}
