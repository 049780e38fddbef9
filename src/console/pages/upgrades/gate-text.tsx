/** The arithmetic of a gate, spelled out: who counts, how many are well, and what is needed. */

import type { UpgradeView } from '#protocol/console/contract.ts';
import { judgedCount } from '#domain/gate/gate.ts';
import { useWords } from '../../app/language.tsx';
import { sayLength } from '../../app/lengths.ts';
import { sentences } from '../../app/sentences.ts';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { toneOfState } from './tones.ts';

type Props = {
  readonly group: UpgradeView['groups'][number];
  readonly soakSeconds: number;
};

const verdicts = ['pass', 'fail', 'inconclusive'] as const;
const wordOf = (verdict: string): (typeof verdicts)[number] =>
  verdicts.find((one) => one === verdict) ?? 'inconclusive';

const read = ['passed', 'failed', 'inconclusive'];

export function GateText({ group, soakSeconds }: Props) {
  const words = useWords();
  const { healthy, leased, failedBy, percentMin, sampleMin, verdict } = group.gate;
  const judged = judgedCount({ leased, healthy, failedBy, vanished: 0 });
  const percent = judged === 0 ? 0 : Math.floor((healthy * 1_000) / judged) / 10;
  const network = failedBy.network ?? 0;
  const said = sentences(words, [
    judged === 0
      ? words.text('upgrades.gateNone')
      : words.text('upgrades.gate', { healthy, judged, percent }),
    words.text('upgrades.gateNeeds', { percentMin, sampleMin }),
    soakSeconds > 0 ? words.text('upgrades.soak', { time: sayLength(words, soakSeconds) }) : null,
    network > 0 ? words.text('upgrades.gateNetwork', { servers: network }) : null,
  ]);
  return (
    <p className="gate-text">
      {said}{' '}
      {read.includes(group.state) ? (
        <StateMark tone={toneOfState(verdict)}>
          {words.text(`upgrades.verdict.${wordOf(verdict)}`)}
        </StateMark>
      ) : null}
    </p>
  );
}
