/** Changes one limit at once, for a reason; until a time, or until what is set counts again. */

import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import { parseDuration, parseSpeed } from '#domain/plan/quantities.ts';
import { problem } from '#domain/problem.ts';
import { go, noGo, type Result, type Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall } from '../../app/session.tsx';
import { callSite } from '../../data/call.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { useLimitName, type LimitView } from './limit-name.ts';

type Props = { readonly limit: LimitView; onClose(): void };

const unlimited = 'unlimited';
const minuteMilliseconds = 60_000;

export function ChangeButton({ limit }: { readonly limit: LimitView }) {
  const words = useWords();
  const mayCall = useMayCall();
  const isChanged = limit.change !== null;
  const text = words.text(isChanged ? 'traffic.reset' : 'traffic.change');
  const verdict = mayCall(isChanged ? 'budget.reset' : 'budget.set', 'whole');
  return (
    <DialogButton text={text} look="small" verdict={verdict}>
      {(close) =>
        isChanged ? (
          <ResetDialog limit={limit} onClose={close} />
        ) : (
          <ChangeDialog limit={limit} onClose={close} />
        )
      }
    </DialogButton>
  );
}

function ChangeDialog({ limit, onClose }: Props) {
  const words = useWords();
  const nameOf = useLimitName();
  const finish = useFinish();
  const [speed, setSpeed] = useState('');
  const [length, setLength] = useState('2h');
  const [reason, setReason] = useState('');
  const bitsPerSecond = speed.trim() === unlimited ? null : parseSpeed(speed.trim());
  const minutes = (parseDuration(length) ?? 0) / minuteMilliseconds;
  const act = (): Promise<Result<unknown>> => {
    const until = length === '' ? {} : { minutes };
    return finish(callSite('budget.set', { of: limit.of, bitsPerSecond, reason, ...until }));
  };
  const said = ['--for', length].slice(0, length === '' ? 0 : 2);
  return (
    <ConfirmDialog
      title={words.text('traffic.changeTitle', { limit: nameOf(limit) })}
      confirm={words.text('traffic.confirm')}
      verdict={useVerdict({ speed, bitsPerSecond, length, minutes, reason })}
      cli={cliLine('budget', 'set', speed, ...scopeOf(limit), ...said, '--reason', reason)}
      act={act}
      onClose={onClose}
    >
      <TextEntry label={words.text('traffic.speed')} value={speed} onChange={setSpeed} autoFocus />
      <TextEntry label={words.text('traffic.length')} value={length} onChange={setLength} />
      <TextEntry label={words.text('hold.reason')} value={reason} onChange={setReason} />
    </ConfirmDialog>
  );
}

function ResetDialog({ limit, onClose }: Props) {
  const words = useWords();
  const nameOf = useLimitName();
  const finish = useFinish();
  return (
    <ConfirmDialog
      title={words.text('traffic.resetTitle', { limit: nameOf(limit) })}
      confirm={words.text('traffic.reset')}
      verdict={go}
      cli={cliLine('budget', 'reset', ...scopeOf(limit))}
      act={() => finish(callSite('budget.reset', { of: limit.of }))}
      onClose={onClose}
    >
      <p>{words.text('traffic.resetHint')}</p>
    </ConfirmDialog>
  );
}

function useFinish(): (asked: Promise<Result<unknown>>) => Promise<Result<unknown>> {
  const words = useWords();
  const toast = useToast();
  const queries = useQueryClient();
  return async (asked) => {
    const answer = await asked;
    await queries.invalidateQueries({ queryKey: ['budget.show'] });
    if (answer.ok) toast(words.text('traffic.changed'));
    return answer;
  };
}

function scopeOf({ of }: LimitView): readonly string[] {
  if (of.kind === 'site') return [];
  return of.kind === 'server' ? ['--each-server'] : [`--${of.kind}`, of.name];
}

type Said = {
  readonly speed: string;
  readonly bitsPerSecond: number | null;
  readonly length: string;
  readonly minutes: number;
  readonly reason: string;
};

function useVerdict({ speed, bitsPerSecond, length, minutes, reason }: Said): Verdict {
  const words = useWords();
  const wrong = (option: string, value: string, expected: string): Verdict =>
    noGo(problem('OPTION_WRONG', { option, value, expected }));
  if (bitsPerSecond === null && speed.trim() !== unlimited) {
    return wrong(words.text('traffic.speed'), speed, 'speed');
  }
  if (length !== '' && minutes <= 0) return wrong(words.text('traffic.length'), length, 'duration');
  return reason.trim() === '' ? wrong(words.text('hold.reason'), reason, 'reason') : go;
}
