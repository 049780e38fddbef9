/** How a server's installation stands, looked at there when somebody asks: never by itself. */

import { useMutation } from '@tanstack/react-query';
import type { ServerId, DomainName } from '#domain/names.ts';
import { noGo } from '#domain/result.ts';
import type { Check } from '#protocol/console/doctor.ts';
import { formatBytes } from '#words/format.ts';
import type { ConsoleWords } from '#words/words-console.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { becauseOf, valueOf } from '../../data/query-client.ts';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Remedy } from '../../parts/state/remedy.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { ListTable } from '../../parts/table/list-table.tsx';

type Props = { readonly server: ServerId; readonly domain: DomainName };

export function ServerDoctor({ server, domain }: Props) {
  const words = useWords();
  const columns = useCheckColumns();
  const verdict = useMayCall()('fleet.doctor', [domain]);
  const asked = useMutation({
    mutationFn: async () => valueOf(await callSite('fleet.doctor', { server })),
  });
  const because = becauseOf(asked.error);
  return (
    <Section
      title={words.text('server.doctor')}
      beside={
        <ActionButton
          look="small"
          verdict={verdict}
          isBusy={asked.isPending}
          onPress={() => asked.mutate()}
        >
          {words.text('server.examine')}
        </ActionButton>
      }
    >
      <p className="quiet">{words.text('server.doctorHint')}</p>
      {because === null ? null : <VerdictText verdict={noGo(because)} />}
      {asked.data === undefined ? null : (
        <div role="status">
          <ListTable
            name="doctor"
            label={words.text('server.doctor')}
            columns={columns}
            rows={asked.data.checks}
            keyOf={({ check, of }) => `${check} ${of}`}
            empty={null}
          />
        </div>
      )}
      <CliLine line={cliLine('fleet', 'doctor', server)} />
    </Section>
  );
}

function useCheckColumns(): readonly Column<Check>[] {
  const words = useWords();
  return [
    {
      id: 'state',
      title: words.text('fleet.column.state'),
      width: 90,
      cell: ({ state }) => <StateMark tone={state}>{words.text(`doctor.${state}`)}</StateMark>,
      text: ({ state }) => state,
    },
    {
      id: 'check',
      title: words.text('doctor.what'),
      width: 120,
      cell: ({ check }) => words.text(`doctor.check.${check}`),
      text: ({ check }) => check,
    },
    {
      id: 'of',
      title: words.text('doctor.of'),
      width: 220,
      cell: ({ of, because }) => (
        <>
          {of}
          {because === null ? null : <Found words={words} because={because} />}
        </>
      ),
      text: ({ of }) => of,
    },
    {
      id: 'found',
      title: words.text('doctor.found'),
      width: 140,
      cell: (check) => measured(words, check),
      text: ({ found }) => (found === null ? null : String(found)),
    },
  ];
}

function Found({
  words,
  because,
}: {
  readonly words: ConsoleWords;
  readonly because: NonNullable<Check['because']>;
}) {
  const { sentence, remedy } = words.problem(because);
  return (
    <div>
      <p>{sentence}</p>
      <Remedy text={remedy} />
    </div>
  );
}

function measured(words: ConsoleWords, { check, found }: Check): string {
  if (found === null) return '–';
  if (typeof found === 'string') return found;
  if (check === 'disk') return formatBytes(found);
  return words.text(check === 'clock' ? 'doctor.seconds' : 'doctor.days', { count: found });
}
