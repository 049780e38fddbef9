/** The end of a log of a server, read there when somebody asks: never by itself. */

import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { DomainName, ServerId } from '#domain/names.ts';
import { noGo } from '#domain/result.ts';
import { logNames, type LogName } from '#protocol/normal-server/care.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { callSite } from '../../data/call.ts';
import { becauseOf, valueOf } from '../../data/query-client.ts';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { VerdictText } from '../../parts/action/verdict-text.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { Section } from '../../parts/page/section.tsx';

const counts = ['50', '200', '1000'] as const;

type Props = { readonly server: ServerId; readonly domain: DomainName };

export function ServerLog({ server, domain }: Props) {
  const words = useWords();
  const [log, setLog] = useState<LogName>('normal-server');
  const [lines, setLines] = useState<(typeof counts)[number]>('200');
  const verdict = useMayCall()('fleet.log', [domain]);
  const asked = useMutation({
    mutationFn: async () =>
      valueOf(await callSite('fleet.log', { server, log, lines: Number(lines) })),
  });
  const because = becauseOf(asked.error);
  const { data } = asked;
  return (
    <Section title={words.text('server.log')}>
      <p className="quiet">{words.text('server.logHint')}</p>
      <div className="server-log-bar">
        <Choice
          label={words.text('server.logOf')}
          value={log}
          options={logNames.map((value) => ({ value, text: words.text(`server.logs.${value}`) }))}
          onChange={(one) => setLog(one)}
        />
        <Choice
          label={words.text('server.logLines')}
          value={lines}
          options={counts.map((value) => ({ value, text: value }))}
          onChange={(one) => setLines(one)}
        />
        <ActionButton verdict={verdict} isBusy={asked.isPending} onPress={() => asked.mutate()}>
          {words.text('server.logRead')}
        </ActionButton>
      </div>
      {because === null ? null : <VerdictText verdict={noGo(because)} />}
      {data === undefined ? null : (
        <div role="status">
          {data.isCut ? <p className="quiet">{words.text('server.logCut')}</p> : null}
          {data.text === '' ? (
            <p className="quiet">{words.text('server.logEmpty')}</p>
          ) : (
            // Scrolls by itself, so it can be come to by keyboard.
            <pre className="server-log" tabIndex={0} aria-label={words.text('server.log')}>
              {data.text}
            </pre>
          )}
        </div>
      )}
      <CliLine line={cliLine('fleet', 'log', server, '--log', log, '--lines', lines)} />
    </Section>
  );
}
