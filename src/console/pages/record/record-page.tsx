/** The record of decisions: filtered, verified here in the browser, and handed out as a file. */

import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { DataTable } from '../../parts/table/data-table.tsx';
import { ExportMenu } from '../../parts/table/export-menu.tsx';
import { rowsOf } from '../../parts/table/row-source.ts';
import { ExportRecordButton } from './export-record.tsx';
import { LineDialog } from './line-dialog.tsx';
import { useRecordColumns } from './record-columns.tsx';
import { RecordFilters } from './record-filters.tsx';
import { filterIn, optionsOf } from './record-search.ts';
import { allFound, useRecord } from './use-record.ts';
import { VerifyButton } from './verify-dialog.tsx';

const route = getRouteApi('/record');

export function RecordPage() {
  const words = useWords();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterIn(search);
  const record = useRecord(filter);
  const columns = useRecordColumns();
  const [opened, setOpened] = useState<RecordLineView | null>(null);
  return (
    <Page
      title={words.text('record.title')}
      body="fixed"
      actions={
        <>
          <VerifyButton />
          <ExportRecordButton />
        </>
      }
    >
      <Loaded query={record.query}>
        {() => {
          const rows = record.lines;
          return (
            <div className="record">
              <div className="record-bar">
                <RecordFilters
                  search={search}
                  onShow={(next) => void navigate({ search: next, replace: true })}
                />
                <span className="quiet" role="status">
                  {record.searchedTo === null
                    ? words.text('record.countAll', {
                        shown: rows.length.toLocaleString(words.language),
                      })
                    : words.text('record.count', {
                        shown: rows.length.toLocaleString(words.language),
                        number: record.searchedTo.toLocaleString(words.language),
                      })}
                </span>
                {record.more === null ? null : (
                  <button type="button" className="button" onClick={record.more}>
                    {words.text('record.older')}
                  </button>
                )}
                <ExportMenu name="record" columns={columns} rows={() => allFound(filter)} />
              </div>
              {rows.length === 0 ? (
                <Empty title={words.text('record.none')}>{words.text('record.noneHint')}</Empty>
              ) : (
                <DataTable
                  label={words.text('record.title')}
                  columns={columns}
                  source={rowsOf(rows)}
                  keyOf={({ number }) => String(number)}
                  onOpen={(line) => setOpened(line)}
                />
              )}
              <CliLine line={cliLine('audit', 'search', ...optionsOf(search))} />
              {opened === null ? null : (
                <LineDialog line={opened} onClose={() => setOpened(null)} />
              )}
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}
