/** One ring: where its servers stand, its gate spelled out, why it does not go on, and who may let it. */

import { decidedCount } from '#domain/ring/evidence.ts';
import type { RolloutView } from '#protocol/console/ring-calls.ts';
import { useWords } from '../../app/language.tsx';
import { sentences } from '../../app/sentences.ts';
import { Remedy } from '../../parts/state/remedy.tsx';
import { StateMark, type Tone } from '../../parts/state/state-mark.tsx';
import { ProgressLane } from '../../parts/progress/progress-lane.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';
import { PassButton } from './pass-dialog.tsx';
import { countsRead, nextLookOf } from './ring-arithmetic.ts';
import { ringNeeds } from './ring-needs.ts';
import { useLaneParts } from './use-lane-parts.ts';

export type RingView = RolloutView['rings'][number];

const tones: Record<RingView['state'], Tone> = {
  waiting: 'quiet',
  open: 'busy',
  soaking: 'busy',
  inconclusive: 'warning',
  passed: 'good',
  failed: 'bad',
};

/** In these a person may come to be asked. */
const mayWait = new Set<RingView['state']>(['open', 'soaking', 'inconclusive']);

type Props = {
  /** As `content.pass` names what the ring is one of. */
  readonly rollout: string;
  readonly ring: RingView;
};

export function RingLane({ rollout, ring }: Props) {
  const words = useWords();
  const { ring: name, state, since, because, who, gate, counts } = ring;
  const title = words.text('content.ring', { ring: name });
  const parts = useLaneParts(countsRead(ring));
  return (
    <div className="ring" role="group" aria-label={title}>
      <div className="ring-head">
        <strong>{name}</strong>
        <StateMark tone={tones[state]}>{words.text(`content.ringState.${state}`)}</StateMark>
        {since === null ? null : (
          <span className="quiet">
            <TimeText at={since} isShort />
          </span>
        )}
      </div>
      <div className="ring-body">
        {counts.given === 0 ? null : <ProgressLane label={title} parts={parts} />}
        <Gate ring={ring} />
        {who === null ? null : <p>{words.text('content.passedBy', { who })}</p>}
        {because === null ? null : <Because because={because} />}
        {gate !== null && mayWait.has(state) ? <PassButton rollout={rollout} ring={ring} /> : null}
      </div>
    </div>
  );
}

function Gate({ ring }: { readonly ring: RingView }) {
  const words = useWords();
  const { gate, state } = ring;
  if (gate === null) return <p className="quiet">{words.text('content.noGate')}</p>;
  const counts = countsRead(ring);
  const judged = decidedCount(counts);
  const { healthy } = counts;
  const percent = judged === 0 ? 0 : Math.floor((healthy * 1_000) / judged) / 10;
  const network = counts.failedBy.network ?? 0;
  const look = nextLookOf(ring);
  return (
    <>
      <p>
        {sentences(words, [
          judged === 0
            ? words.text('upgrades.gateNone')
            : words.text('upgrades.gate', { healthy, judged, percent }),
          ringNeeds(words, gate),
          network > 0 ? words.text('upgrades.gateNetwork', { servers: network }) : null,
        ])}
      </p>
      {look === null ? null : (
        <p className="quiet">
          {words.text(state === 'soaking' ? 'content.passesAt' : 'content.decidedBy')}{' '}
          <TimeText at={look} isShort />
        </p>
      )}
    </>
  );
}

function Because({ because }: { readonly because: NonNullable<RingView['because']> }) {
  const words = useWords();
  const { sentence, remedy } = words.problem(because);
  return (
    <div className="ring-because">
      <p>{sentence}</p>
      <Remedy text={remedy} />
    </div>
  );
}
