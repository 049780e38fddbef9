/** What is set here. Read only: settings stand in a file, and are changed in it. */

import type { ShownSettings } from '#protocol/console/settings-calls.ts';
import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';

type Setting = ShownSettings['settings'][number];

export function SettingsPage() {
  const words = useWords();
  const settings = useSiteCall('settings.show', {});
  const columns = useSettingColumns();
  return (
    <Page title={words.text('settings.title')}>
      <Loaded query={settings}>
        {({ file, settings: rows }) => (
          <Section title={words.text('settings.file')}>
            <p>
              <code>{file}</code>
            </p>
            <p className="quiet">{words.text('settings.hint')}</p>
            <ListTable
              name="settings"
              label={words.text('settings.title')}
              columns={columns}
              rows={rows}
              keyOf={({ name }) => name}
              empty={words.text('settings.none')}
            />
          </Section>
        )}
      </Loaded>
    </Page>
  );
}

function useSettingColumns(): readonly Column<Setting>[] {
  const words = useWords();
  return [
    {
      id: 'name',
      title: words.text('settings.name'),
      width: 180,
      cell: ({ name }) => <code>{name}</code>,
      text: ({ name }) => name,
    },
    textColumn('value', words.text('settings.value'), { width: 180 }, ({ value }) => value),
    {
      id: 'isDefault',
      title: words.text('settings.origin'),
      width: 120,
      cell: ({ isDefault }) => (
        <StateMark tone={isDefault ? 'quiet' : 'busy'}>
          {words.text(isDefault ? 'settings.isDefault' : 'settings.isSet')}
        </StateMark>
      ),
      text: ({ isDefault }) => (isDefault ? 'default' : 'set'),
    },
    {
      id: 'meaning',
      title: words.text('settings.meaning'),
      width: 240,
      cell: ({ name }) => meaningOf(words, name),
      text: ({ name }) => meaningOf(words, name),
    },
  ];
}

const explained = [
  'site',
  'listen',
  'consoleCertificate',
  'consoleKey',
  'console',
  'insecureLoopback',
  'inFlightMax',
  'updateSource',
  'updateSchedule',
  'proveSeconds',
  'certificateHours',
  'approvers',
  'recordHeads',
  'revocations',
  'profile',
] as const;

function meaningOf(words: ReturnType<typeof useWords>, name: string): string {
  const known = explained.find((one) => name === one || name.startsWith(`${one}.`));
  return known === undefined ? '' : words.text(`settings.meanings.${known}`);
}
