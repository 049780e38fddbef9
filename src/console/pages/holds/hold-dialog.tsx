/** Holds deliveries: to servers, to a whole site, or to all sites; for a reason, and a stated time. */

import { useState } from 'react';
import type { Instant, Lane, ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { noGo, type Result, type Verdict } from '#domain/result.ts';
import { callManager, callSite } from '../../data/call.ts';
import { useWords } from '../../app/language.tsx';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { useToast } from '../../parts/action/toasts.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { ServerNames } from '../../parts/text/server-names.tsx';
import {
  beginningsIn,
  BeginsFields,
  beginsNow,
  cliOfBegins,
  verdictOf,
  type Begins,
} from './hold-begins.tsx';

type Props = {
  /** `site`: the whole of it; `all`: every site of a control manager. */
  readonly servers: readonly ServerId[] | 'site' | 'all';
  onClose(): void;
};

const wants = ['content', 'program', 'both'] as const;
type Want = (typeof wants)[number];
const lanesOf: Record<Want, Lane[]> = {
  content: ['content'],
  program: ['program'],
  both: ['program', 'content'],
};

export function HoldDialog({ servers, onClose }: Props) {
  const words = useWords();
  const toast = useToast();
  const [reason, setReason] = useState('');
  const [hours, setHours] = useState('2');
  const [begins, setBegins] = useState<Begins>(beginsNow);
  const [want, setWant] = useState<Want>('content');
  const minutes = Number(hours) * 60;
  const scope = { servers, lanes: lanesOf[want] };
  const act = async (): Promise<Result<unknown>> => {
    const beginnings = beginningsIn(begins);
    const placed = await place({ ...scope, reason, minutes, beginnings });
    if (placed.ok) toast(words.text(beginnings === null ? 'hold.placed' : 'hold.planned'));
    return placed;
  };
  return (
    <ConfirmDialog
      title={words.text('fleet.action.hold')}
      confirm={
        Array.isArray(servers)
          ? words.text('hold.confirm', { servers: servers.length })
          : words.text('hold.confirmWhole')
      }
      verdict={useVerdict({ reason, hours, begins })}
      cli={cliOf(scope, { reason, minutes, begins })}
      act={act}
      onClose={onClose}
    >
      {servers === 'site' || servers === 'all' ? (
        <p>{words.text(`hold.whole.${servers}`)}</p>
      ) : (
        <ServerNames servers={servers} />
      )}
      <TextEntry label={words.text('hold.reason')} value={reason} onChange={setReason} autoFocus />
      <TextEntry label={words.text('hold.hours')} value={hours} onChange={setHours} type="number" />
      <BeginsFields value={begins} onChange={setBegins} />
      <Choice
        label={words.text('hold.lanes')}
        value={want}
        options={wants.map((value) => ({ value, text: words.text(`hold.lane.${value}`) }))}
        onChange={(value) => setWant(value)}
      />
    </ConfirmDialog>
  );
}

type Scope = { readonly servers: Props['servers']; readonly lanes: readonly Lane[] };
type Said = { readonly reason: string; readonly minutes: number };

function place({
  servers,
  lanes: [...lanes],
  beginnings,
  ...said
}: Scope & Said & { readonly beginnings: Instant[] | null }): Promise<Result<unknown>> {
  const params = { ...said, lanes, ...(beginnings === null ? {} : { begins: beginnings }) };
  if (servers === 'all') return callManager('hold.add', { ...params, sites: 'all' });
  const named = servers === 'site' ? servers : [...servers];
  return callSite('hold.add', { ...params, servers: named, components: [] });
}

function cliOf(
  { servers, lanes }: Scope,
  { reason, minutes, begins }: Said & { readonly begins: Begins },
): string {
  const named = servers === 'site' || servers === 'all' ? [] : ['--servers', servers.join(',')];
  const times = ['--for', `${minutes}m`, ...cliOfBegins(begins)];
  const held = ['--lanes', lanes.join(',')];
  return cliLine('hold', 'add', '--reason', reason, ...times, ...named, ...held);
}

type Typed = { readonly reason: string; readonly hours: string; readonly begins: Begins };

function useVerdict({ reason, hours, begins }: Typed): Verdict {
  const words = useWords();
  const wrong = (option: string, value: string, expected: string): Verdict =>
    noGo(problem('OPTION_WRONG', { option, value, expected }));
  if (reason.trim() === '') return wrong(words.text('hold.reason'), reason, 'reason');
  if (!(Number(hours) > 0)) return wrong(words.text('hold.hours'), hours, 'duration');
  return verdictOf(words, begins);
}
