/** All sites that this control manager delivers to, and how their agents stand. */

import { useState } from 'react';
import type { ControlManagerTable, ResultOf } from '#protocol/console/contract.ts';
import { useManagerCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark, type Tone } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { DataTable } from '../../parts/table/data-table.tsx';
import { ExportMenu } from '../../parts/table/export-menu.tsx';
import { rowsOf } from '../../parts/table/row-source.ts';
import { TimeText } from '../../parts/text/time-text.tsx';
import { SiteDialog } from './site-dialog.tsx';
import { SitesActions } from './sites-actions.tsx';

type Site = ResultOf<ControlManagerTable, 'control-manager.show'>['sites'][number];

const tones: Record<Site['agent'], Tone> = { active: 'good', inactive: 'quiet', abnormal: 'bad' };

export function SitesPage() {
  const words = useWords();
  const manager = useManagerCall('control-manager.show', {});
  const columns = useSiteColumns();
  const [opened, setOpened] = useState<Site | null>(null);
  return (
    <Page
      title={words.text('sites.title')}
      body="fixed"
      actions={
        <>
          {manager.data === undefined ? null : <SitesActions manager={manager.data} />}
          <ExportMenu
            name="sites"
            columns={columns}
            rows={async () => manager.data?.sites ?? null}
          />
        </>
      }
    >
      <Loaded query={manager}>
        {({ sites }) =>
          sites.length === 0 ? (
            <Empty title={words.text('sites.none')}>{words.text('sites.noneHint')}</Empty>
          ) : (
            <div className="sites">
              <DataTable
                label={words.text('sites.title')}
                columns={columns}
                source={rowsOf(sites)}
                keyOf={({ site }) => site}
                onOpen={(site) => setOpened(site)}
              />
              <CliLine line={cliLine('sites')} />
            </div>
          )
        }
      </Loaded>
      {opened === null ? null : (
        <SiteDialog
          site={opened}
          folders={manager.data?.folders ?? []}
          onClose={() => setOpened(null)}
        />
      )}
    </Page>
  );
}

function useSiteColumns(): readonly Column<Site>[] {
  const words = useWords();
  return [
    text('site', words.text('sites.site'), { width: 110, grow: 2 }, ({ site }) => site),
    text('folder', words.text('sites.folder'), { width: 100, grow: 1 }, ({ folder }) => folder),
    {
      id: 'agent',
      title: words.text('sites.agent'),
      width: 120,
      cell: ({ agent }) => <StateMark tone={tones[agent]}>{words.term('state', agent)}</StateMark>,
      text: ({ agent }) => agent,
    },
    text(
      'agentVersion',
      words.text('sites.agentVersion'),
      { width: 160 },
      (site) => site.agentVersion,
    ),
    text(
      'program',
      words.text('fleet.column.program'),
      { width: 130 },
      (site) => site.programVersion,
    ),
    {
      id: 'lastSeen',
      title: words.text('fleet.column.lastSeen'),
      width: 180,
      grow: 1,
      cell: ({ lastSeen }) => <TimeText at={lastSeen} />,
      text: ({ lastSeen }) => (lastSeen === null ? null : new Date(lastSeen).toISOString()),
    },
    text('holds', words.text('sites.holds'), { width: 100 }, ({ holds }) =>
      String(holds.filter(({ planned }) => !planned).length),
    ),
    text('keptBack', words.text('sites.keptBack'), { width: 120 }, ({ keptBack }) =>
      String(keptBack.length),
    ),
  ];
}

function text(
  id: string,
  title: string,
  size: Pick<Column<Site>, 'width' | 'grow'>,
  of: (site: Site) => string | null,
): Column<Site> {
  return { id, title, ...size, cell: (site) => of(site) ?? '–', text: of };
}
