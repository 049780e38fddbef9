/** What arrived from where, out of the record: the newest lines about feeds, offers and updates. */

import { Link } from '@tanstack/react-router';
import type { RecordKind } from '#domain/record/kinds.ts';
import type { RecordLineView } from '#protocol/console/record-calls.ts';
import { useWords } from '../../app/language.tsx';
import type { Place } from '../../app/session.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { recordKindText } from '../../parts/text/record-kind.ts';
import { contentIn, placeIn } from './arrival.ts';

const kinds: Record<Place['tier'], readonly RecordKind[]> = {
  'information-server': ['content-taken', 'delivery-refused', 'update-asked', 'content-admitted'],
  'control-manager': [
    'content-downloaded',
    'download-refused',
    'delivery-planned',
    'content-offered',
  ],
};
const linesShown = 30;

export function Arrivals({ tier }: { readonly tier: Place['tier'] }) {
  const words = useWords();
  const named = [...kinds[tier]];
  const found = useSiteCall('record.search', { kinds: named, limit: linesShown });
  const columns = useArrivalColumns();
  return (
    <Section
      title={words.text('content.arrivals')}
      beside={
        <Link to="/record" search={{ kinds: named }}>
          {words.text('content.inRecord')}
        </Link>
      }
    >
      <Loaded query={found}>
        {({ lines }) => (
          <ListTable
            name="arrivals"
            label={words.text('content.arrivals')}
            columns={columns}
            rows={lines}
            keyOf={({ number }) => String(number)}
            empty={<Empty title={words.text('content.noArrivals')} />}
          />
        )}
      </Loaded>
      <CliLine line={cliLine('audit', 'search', '--kinds', named.join(','))} />
    </Section>
  );
}

function useArrivalColumns(): readonly Column<RecordLineView>[] {
  const words = useWords();
  const size = { width: 140 };
  return [
    timeColumn('at', words.text('record.at'), size, ({ at }) => at),
    {
      id: 'kind',
      title: words.text('record.kind'),
      width: 160,
      cell: ({ kind }) => recordKindText(words, kind),
      text: ({ kind }) => kind,
    },
    textColumn('content', words.text('content.title'), { width: 150 }, contentIn),
    textColumn('place', words.text('content.place'), { width: 200 }, placeIn),
    textColumn('who', words.text('record.who'), { width: 110 }, ({ who }) => who),
  ];
}
