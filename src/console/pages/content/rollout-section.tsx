/** Content on its way through its rings: what it is, what there was before, and each ring as a lane. */

import { Link } from '@tanstack/react-router';
import { problem } from '#domain/problem.ts';
import { noGo, type Verdict } from '#domain/result.ts';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import type { RolloutView } from '#protocol/console/ring-calls.ts';
import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { Section } from '../../parts/page/section.tsx';
import { StateMark, type Tone } from '../../parts/state/state-mark.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';
import { versionText, versionsText } from './known-content.ts';
import { RingLane } from './ring-lane.tsx';
import { WithdrawDialog } from './withdraw-dialog.tsx';

type Withdrawn = ResultOf<InformationServerTable, 'content.rings'>['withdrawn'];
type Props = { readonly rollout: RolloutView; readonly withdrawn: Withdrawn };

const tones: Record<RolloutView['state'], Tone> = {
  open: 'quiet',
  queued: 'quiet',
  running: 'busy',
  inconclusive: 'warning',
  passed: 'good',
  failed: 'bad',
  withdrawn: 'bad',
};

export function RolloutSection({ rollout, withdrawn }: Props) {
  const words = useWords();
  const { place } = useSession();
  const { contents, before, plan, state, emergency, beganAt, rings, failed } = rollout;
  const isOfManager = place.tier === 'control-manager';
  return (
    <Section
      title={versionsText(contents) ?? rollout.rollout}
      beside={
        <>
          <StateMark tone={tones[state]}>{words.text(`content.rolloutState.${state}`)}</StateMark>
          {emergency ? (
            <StateMark tone="warning">{words.text('content.emergency')}</StateMark>
          ) : null}
          <span className="rollout-action">
            <DialogButton
              text={words.text('content.withdraw')}
              look="small"
              verdict={useWithdrawVerdict(rollout, withdrawn)}
            >
              {(close) => <WithdrawDialog contents={contents} before={before} onClose={close} />}
            </DialogButton>
          </span>
        </>
      }
    >
      <Facts
        facts={[
          { name: words.text('content.began'), value: <TimeText at={beganAt} /> },
          ...(isOfManager
            ? [
                { name: words.text('content.download'), value: rollout.rollout },
                { name: words.text('sites.plan'), value: plan ?? '–' },
              ]
            : [{ name: words.text('content.before'), value: versionsText(before) ?? '–' }]),
        ]}
      />
      <div className="rings">
        {rings.map((ring) => (
          <RingLane key={ring.ring} rollout={rollout.rollout} ring={ring} />
        ))}
      </div>
      {failed.length === 0 ? null : (
        <>
          <h3>{words.text('content.failedOn')}</h3>
          <ul className="ring-failed">
            {failed.map(({ server, cause, detail }) => (
              <li key={server}>
                <Link to="/fleet/$server" params={{ server }}>
                  {server}
                </Link>{' '}
                {words.term('cause', cause)}
                {detail === null ? '' : `: ${detail}`}
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/** First the right, then whether there is anything left to take back. */
function useWithdrawVerdict({ contents }: RolloutView, withdrawn: Withdrawn): Verdict {
  const right = useMayCall()('content.withdraw', 'whole');
  if (!right.go) return right;
  const gone = contents.map((one) =>
    withdrawn.find((other) => versionText(other) === versionText(one)),
  );
  const first = gone[0];
  if (first === undefined || gone.includes(undefined)) return right;
  const { component, version, reason } = first;
  return noGo(problem('CONTENT_WITHDRAWN', { component, version, reason }));
}
