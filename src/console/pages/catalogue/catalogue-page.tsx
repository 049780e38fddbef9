/** What the share offers, held against its baseline (D8, D11, R5), and what was refused there. */

import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { ActionButton } from '../../parts/action/action-button.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { CatalogueEntries } from './catalogue-entries.tsx';
import { DriftTable } from './drift-table.tsx';
import { EvidenceList } from './evidence-list.tsx';
import { RestoreButton } from './restore-dialog.tsx';

export function CataloguePage() {
  const words = useWords();
  const drift = useSiteCall('catalogue.diff', {});
  const shown = useSiteCall('catalogue.show', {});
  const evidence = useSiteCall('evidence.list', {});
  const count = (drift.data?.fields.length ?? 0) + (drift.data?.packages.length ?? 0);
  return (
    <Page
      title={words.text('catalogue.title')}
      beside={
        drift.data === undefined ? null : (
          <StateMark tone={drift.data.clean ? 'good' : 'bad'}>
            {drift.data.clean
              ? words.text('catalogue.clean')
              : words.text('catalogue.drifted', { count })}
          </StateMark>
        )
      }
      actions={
        <>
          <ActionButton
            verdict={{ go: true }}
            isBusy={drift.isFetching}
            onPress={() => void Promise.all([drift.refetch(), shown.refetch()])}
          >
            {words.text('catalogue.again')}
          </ActionButton>
          {drift.data === undefined ? null : <RestoreButton drift={drift.data} />}
        </>
      }
    >
      <Section title={words.text('catalogue.drift')}>
        <Loaded query={drift}>
          {(value) =>
            value.clean ? (
              <p className="quiet">{words.text('catalogue.cleanHint')}</p>
            ) : (
              <DriftTable drift={value} />
            )
          }
        </Loaded>
        <CliLine line={cliLine('catalogue', 'diff')} />
      </Section>
      <Section title={words.text('catalogue.entries')}>
        <Loaded query={shown}>
          {({ revision, text }) => (
            <CatalogueEntries revision={revision} text={text} drift={drift.data ?? null} />
          )}
        </Loaded>
        <CliLine line={cliLine('catalogue', 'show')} />
      </Section>
      <Section title={words.text('catalogue.evidence')}>
        <p className="quiet">{words.text('catalogue.evidenceHint')}</p>
        <Loaded query={evidence}>{(value) => <EvidenceList evidence={value.evidence} />}</Loaded>
        <CliLine line={cliLine('evidence')} />
      </Section>
    </Page>
  );
}
