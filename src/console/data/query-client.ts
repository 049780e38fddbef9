/** What was asked and answered, kept for as long as somebody looks at it. */

import { QueryClient } from '@tanstack/react-query';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';

/** A refusal on its way through the library, which knows only thrown errors. */
export class Refused extends Error {
  readonly because: Problem;

  constructor(because: Problem) {
    super(because.code);
    this.because = because;
  }
}

export function valueOf<Value>(result: Result<Value>): Value {
  if (!result.ok) throw new Refused(result.because);
  return result.value;
}

export function becauseOf(error: Error | null): Problem | null {
  return error instanceof Refused ? error.because : null;
}

/** Of the question who looks; see `app/session.tsx`. */
export const sessionKey = ['session'] as const;

const notSignedIn = new Set(['TOKEN_WRONG', 'SESSION_OVER']);

/** Whoever is told so must sign in (again). */
export function isNotSignedIn(because: Problem | null): boolean {
  return notSignedIn.has(because?.code ?? '');
}

const keptMs = 5 * 60_000;
/** An answer is as good as new for so long, if nobody says that it changed. */
const freshMs = 30_000;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        gcTime: keptMs,
        staleTime: freshMs,
        retry: isWorthRetrying,
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}

/** A 'no' stays a no; only silence may end by itself. */
function isWorthRetrying(failures: number, error: Error): boolean {
  return becauseOf(error)?.code === 'ADDRESS_UNREACHABLE' && failures < 2;
}
