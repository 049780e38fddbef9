/** Drift in the form of `server.ini`: what the share says, and beside it what it must say. */

import type { DriftView } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn } from '../../parts/table/columns.tsx';
import { ExportMenu } from '../../parts/table/export-menu.tsx';

type Field = DriftView['fields'][number];
type Difference = {
  readonly section: string;
  readonly field: string;
  readonly found: string | null;
  readonly expected: string | null;
};

export function DriftTable({ drift }: { readonly drift: DriftView }) {
  const words = useWords();
  const columns = useDriftColumns();
  const sections = Map.groupBy(drift.fields, ({ section }) => section);
  return (
    <div className="drift">
      <div className="list-table-bar">
        <ExportMenu name="drift" columns={columns} rows={async () => differencesOf(drift)} />
      </div>
      <table className="ini">
        <thead>
          <tr>
            <th scope="col">{words.text('catalogue.found')}</th>
            <th scope="col">{words.text('catalogue.expected')}</th>
          </tr>
        </thead>
        {[...sections].map(([section, fields]) => (
          <tbody key={section}>
            <tr>
              <th scope="rowgroup" colSpan={2}>
                [{section}]
              </th>
            </tr>
            {fields.map((one) => (
              <tr key={one.field}>
                <td data-side="found">
                  <IniLine name={one.field} value={one.found} />
                </td>
                <td data-side="expected">
                  <IniLine name={one.field} value={one.expected} />
                </td>
              </tr>
            ))}
          </tbody>
        ))}
        {drift.packages.length === 0 ? null : <PackageRows packages={drift.packages} />}
      </table>
    </div>
  );
}

function PackageRows({ packages }: { readonly packages: DriftView['packages'] }) {
  const words = useWords();
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={2}>
          {words.text('catalogue.packages')}
        </th>
      </tr>
      {packages.map(({ path, found, expected }) => (
        <tr key={path}>
          <td data-side="found">
            {path} · {found ?? words.text('catalogue.absent')}
          </td>
          <td data-side="expected">
            {path} · {expected}
          </td>
        </tr>
      ))}
    </tbody>
  );
}

function IniLine({
  name,
  value,
}: {
  readonly name: Field['field'];
  readonly value: string | null;
}) {
  const words = useWords();
  const text = name === 'section' ? words.text('catalogue.wholeSection') : name;
  if (value === null) return `; ${text}: ${words.text('catalogue.absent')}`;
  return name === 'section' ? `; ${text}: ${value}` : `${name}=${value}`;
}

function differencesOf({ fields, packages }: DriftView): readonly Difference[] {
  const files = packages.map(({ path, found, expected }) => ({
    section: '',
    field: path,
    found,
    expected,
  }));
  return [...fields, ...files];
}

function useDriftColumns(): readonly Column<Difference>[] {
  const words = useWords();
  const size = { width: 120 };
  return [
    textColumn('section', words.text('catalogue.section'), size, ({ section }) => section),
    textColumn('field', words.text('catalogue.field'), size, ({ field }) => field),
    textColumn('found', words.text('catalogue.found'), size, ({ found }) => found),
    textColumn('expected', words.text('catalogue.expected'), size, ({ expected }) => expected),
  ];
}
