/** Waves and their sites in one table: what each is at, and why it is not further. */

import type { CampaignView } from '#protocol/console/campaign-calls.ts';
import { useWords } from '../../app/language.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { StateMark, type Tone } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';

type Wave = CampaignView['waves'][number];
type Row = { readonly wave: Wave; readonly site: Wave['sites'][number] };

const tones: Readonly<Record<string, Tone>> = {
  running: 'busy',
  finished: 'good',
  stopped: 'bad',
  refused: 'bad',
  over: 'warning',
  ready: 'busy',
};
const waveTones: Readonly<Record<string, Tone>> = {
  passed: 'good',
  failed: 'bad',
  inconclusive: 'warning',
  open: 'busy',
  soaking: 'busy',
};

export function WavesTable({ campaign }: { readonly campaign: CampaignView }) {
  const words = useWords();
  const rows = campaign.waves.flatMap((wave) => wave.sites.map((site): Row => ({ wave, site })));
  return (
    <ListTable
      name={`campaign-${campaign.campaign}`}
      label={campaign.campaign}
      columns={useColumns()}
      rows={rows}
      keyOf={({ site }) => site.site}
      empty={<Empty title={words.text('campaigns.noSites')} />}
    />
  );
}

function useColumns(): readonly Column<Row>[] {
  const words = useWords();
  const size = { width: 100 };
  return [
    textColumn('wave', words.text('campaigns.wave'), size, ({ wave }) => wave.wave),
    {
      id: 'waveState',
      title: words.text('campaigns.waveState'),
      width: 120,
      cell: ({ wave: { state } }) =>
        state === null ? (
          words.text('campaigns.byTime')
        ) : (
          <StateMark tone={waveTones[state] ?? 'quiet'}>{words.term('state', state)}</StateMark>
        ),
      text: ({ wave }) => wave.state,
    },
    timeColumn('from', words.text('campaigns.from'), { width: 140 }, ({ wave }) => wave.from),
    textColumn('site', words.text('sites.site'), size, ({ site }) => site.site),
    {
      id: 'state',
      title: words.text('campaigns.state'),
      width: 120,
      cell: ({ site: { state } }) =>
        state === null ? (
          '–'
        ) : (
          <StateMark tone={tones[state] ?? 'quiet'}>{words.term('state', state)}</StateMark>
        ),
      text: ({ site }) => site.state,
    },
    textColumn('upgraded', words.text('campaigns.upgraded'), size, ({ site: { servers } }) =>
      servers === null ? null : `${servers.upgraded}/${servers.all}`,
    ),
    textColumn('because', words.text('campaigns.because'), { width: 200 }, ({ wave, site }) => {
      const because = site.because ?? wave.because;
      return because === null ? null : words.problem(because).sentence;
    }),
  ];
}
