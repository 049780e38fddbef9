/** Who may become a server of this site, who waits for a word, and who is one until when. */

import { useState } from 'react';
import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { TextEntry } from '../../parts/field/text-entry.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { DataTable } from '../../parts/table/data-table.tsx';
import { ExportMenu } from '../../parts/table/export-menu.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { rowsOf } from '../../parts/table/row-source.ts';
import { TimeText } from '../../parts/text/time-text.tsx';
import { ApproveButton } from './approve-button.tsx';
import { useEnrolledColumns, type Enrolled } from './enrolled-columns.tsx';
import { EnrolledDialog } from './enrolled-dialog.tsx';
import { EnrolmentTokens } from './enrolment-tokens.tsx';

/** What a server has only once it is let in. */
const ofEnrolled = new Set(['until', 'approvedBy']);

export function EnrolmentPage() {
  const words = useWords();
  const tokens = useSiteCall('fleet.token.list', {});
  const enrolled = useSiteCall('fleet.certificates', {});
  const columns = useEnrolledColumns();
  const approval = {
    id: 'approve',
    title: '',
    width: 90,
    cell: (row: Enrolled) => <ApproveButton server={row.server} />,
  };
  return (
    <Page title={words.text('enrolment.title')}>
      <Section title={words.text('enrolment.waiting')}>
        <Loaded query={enrolled}>
          {({ servers }) => (
            <ListTable
              name="waiting-servers"
              label={words.text('enrolment.waiting')}
              columns={[...columns.filter(({ id }) => !ofEnrolled.has(id)), approval]}
              rows={servers.filter(({ state }) => state === 'waiting')}
              keyOf={({ server }) => server}
              empty={<Empty title={words.text('enrolment.noneWaiting')} />}
            />
          )}
        </Loaded>
      </Section>
      <Section title={words.text('enrolment.tokens')}>
        <Loaded query={tokens}>{(value) => <EnrolmentTokens tokens={value.tokens} />}</Loaded>
        <CliLine line={cliLine('fleet', 'token', 'list')} />
      </Section>
      <Section title={words.text('enrolment.servers')}>
        <Loaded query={enrolled}>
          {({ authority, servers }) => (
            <>
              <p className="quiet">
                {authority === null ? (
                  words.text('enrolment.noAuthority')
                ) : (
                  <>
                    {words.text('enrolment.authority', { organisation: authority.organisation })}{' '}
                    <TimeText at={authority.until} />
                  </>
                )}
              </p>
              <EnrolledServers servers={servers} />
            </>
          )}
        </Loaded>
        <CliLine line={cliLine('fleet', 'certificates')} />
      </Section>
    </Page>
  );
}

function EnrolledServers({ servers }: { readonly servers: readonly Enrolled[] }) {
  const words = useWords();
  const columns = useEnrolledColumns();
  const [search, setSearch] = useState('');
  const [opened, setOpened] = useState<Enrolled | null>(null);
  const rows = servers.filter(
    ({ server, state }) => state !== 'waiting' && server.includes(search.trim()),
  );
  return (
    <div className="deploy-servers">
      <div className="deploy-bar">
        <TextEntry
          label={words.text('enrolment.search')}
          type="search"
          value={search}
          onChange={setSearch}
        />
        <span role="status">{words.text('fleet.count', { servers: rows.length })}</span>
        <ExportMenu name="certificates" columns={columns} rows={async () => rows} />
      </div>
      {rows.length === 0 ? (
        <Empty title={words.text('enrolment.noServers')} />
      ) : (
        <div className="deploy-table">
          <DataTable
            label={words.text('enrolment.servers')}
            columns={columns}
            source={rowsOf(rows)}
            keyOf={({ server }) => server}
            onOpen={(row) => setOpened(row)}
          />
        </div>
      )}
      {opened === null ? null : (
        <EnrolledDialog enrolled={opened} onClose={() => setOpened(null)} />
      )}
    </div>
  );
}
