/** Every section of the share's `server.ini`, and whether it reads as the baseline. */

import { useMemo } from 'react';
import { keyName, keysOf, keyValue, parseServerIni } from '#domain/catalogue/server-ini.ts';
import type { Result } from '#domain/result.ts';
import type { DriftView } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Refusal } from '../../parts/state/refusal.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn } from '../../parts/table/columns.tsx';
import { DataTable } from '../../parts/table/data-table.tsx';
import { ExportMenu } from '../../parts/table/export-menu.tsx';
import { rowsOf } from '../../parts/table/row-source.ts';

type Entry = {
  readonly section: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly isDrifted: boolean;
};

type Props = {
  readonly revision: number;
  readonly text: string;
  readonly drift: DriftView | null;
};

export function CatalogueEntries({ revision, text, drift }: Props) {
  const words = useWords();
  const entries = useMemo(() => entriesOf(text, drift), [text, drift]);
  const columns = useEntryColumns();
  if (text === '') return <Empty title={words.text('catalogue.fileAbsent')} />;
  if (!entries.ok) return <Refusal because={entries.because} />;
  const rows = entries.value;
  return (
    <div className="catalogue-entries">
      <div className="list-table-bar">
        <span className="quiet">{words.text('catalogue.revision', { revision })}</span>
        <ExportMenu name="catalogue" columns={columns} rows={async () => rows} />
      </div>
      <div className="catalogue-table" data-long={rows.length > 12}>
        <DataTable
          label={words.text('catalogue.entries')}
          columns={columns}
          source={rowsOf(rows)}
          keyOf={({ section }) => section}
        />
      </div>
      <details>
        <summary>{words.text('catalogue.text')}</summary>
        <pre className="file-text" tabIndex={0}>
          {text}
        </pre>
      </details>
    </div>
  );
}

function entriesOf(text: string, drift: DriftView | null): Result<readonly Entry[]> {
  const parsed = parseServerIni(text);
  if (!parsed.ok) return parsed;
  const ini = parsed.value;
  const drifted = new Set(drift?.fields.map(({ section }) => section));
  const value = Array.from({ length: ini.names.count() }, (_, number): Entry => {
    const section = ini.names.name(number);
    const pairs = keysOf(ini, number).map((key) => [keyName(ini, key), keyValue(ini, key)]);
    return { section, fields: Object.fromEntries(pairs), isDrifted: drifted.has(section) };
  });
  return { ok: true, value };
}

function useEntryColumns(): readonly Column<Entry>[] {
  const words = useWords();
  const field = (name: string, width: number, grow?: number): Column<Entry> =>
    textColumn(name, name, grow === undefined ? { width } : { width, grow }, ({ fields }) =>
      Object.hasOwn(fields, name) ? (fields[name] ?? null) : null,
    );
  return [
    {
      id: 'section',
      title: words.text('catalogue.section'),
      width: 220,
      grow: 1,
      cell: ({ section }) => <strong>[{section}]</strong>,
      text: ({ section }) => section,
    },
    {
      id: 'state',
      title: words.text('catalogue.state'),
      width: 150,
      cell: ({ isDrifted }) => (
        <StateMark tone={isDrifted ? 'bad' : 'good'}>
          {words.text(isDrifted ? 'catalogue.isDrifted' : 'catalogue.isLevel')}
        </StateMark>
      ),
      text: ({ isDrifted }) => (isDrifted ? 'drifted' : 'level'),
    },
    field('Version', 90),
    field('Min', 60),
    field('Max', 60),
    field('Path', 200, 1),
    field('Update_Path', 200, 1),
  ];
}
