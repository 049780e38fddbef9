/** What the information server says of the plan as it is written: what stands against it, and where. */

import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Problem } from '#domain/problem.ts';
import { callSite } from '../../data/call.ts';
import { becauseOf, valueOf } from '../../data/query-client.ts';
import type { Draft } from './draft.ts';

export const planFile = 'plan.yaml';
const typingMs = 500;

/** Asked when nobody has typed for a moment; not again by itself, for it asks every server. */
export function usePreflight({ text, plan }: Draft, acknowledged: boolean) {
  const settled = useSettled(text);
  return useQuery({
    queryKey: ['preflight', settled, acknowledged],
    queryFn: async () =>
      valueOf(await callSite('upgrade.plan', { file: planFile, text: settled, acknowledged })),
    enabled: plan !== null && settled === text,
    placeholderData: (before) => before,
  });
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), typingMs);
    return () => window.clearTimeout(timer);
  }, [text]);
  return settled;
}

export type Preflight = ReturnType<typeof usePreflight>;

/** What every step is given. */
export type StepProps = {
  readonly draft: Draft;
  readonly preflight: Preflight;
  /** The precautions were read just now (R1). */
  readonly isRead: boolean;
  onRead(isRead: boolean): void;
};

/** The place of a mistake that only the site could see. */
export function lineOf(because: Problem | null): number | null {
  const line = because?.code === 'PLAN_UNREADABLE' ? because.with['line'] : null;
  return typeof line === 'number' ? line : null;
}

export function againstOf(preflight: Preflight): Problem | null {
  return becauseOf(preflight.error);
}
