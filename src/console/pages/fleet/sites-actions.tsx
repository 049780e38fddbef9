/** What a control manager does for all sites at once: look at its feed, and deliver by a plan. */

import { useState, type ReactNode } from 'react';
import { go, type Result } from '#domain/result.ts';
import type { ControlManagerTable, ResultOf } from '#protocol/console/contract.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { callManager } from '../../data/call.ts';
import { cliLine } from '../../parts/action/cli-line.tsx';
import { ConfirmDialog } from '../../parts/action/confirm-dialog.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { Facts } from '../../parts/text/facts.tsx';

type Manager = ResultOf<ControlManagerTable, 'control-manager.show'>;
type Polled = ResultOf<ControlManagerTable, 'feed.poll'>;
type Delivered = ResultOf<ControlManagerTable, 'deliver.now'>;

export function SitesActions({ manager }: { readonly manager: Manager }) {
  const words = useWords();
  const mayCall = useMayCall();
  return (
    <>
      <DialogButton text={words.text('sites.poll')} verdict={mayCall('feed.poll', 'whole')}>
        {(close) => <PollDialog manager={manager} onClose={close} />}
      </DialogButton>
      <DialogButton
        text={words.text('sites.deliver')}
        look="main"
        verdict={mayCall('deliver.now', 'whole')}
      >
        {(close) => <DeliverDialog manager={manager} onClose={close} />}
      </DialogButton>
    </>
  );
}

type Props = { readonly manager: Manager; onClose(): void };

function PollDialog({ manager, onClose }: Props) {
  const words = useWords();
  const [polled, setPolled] = useState<Polled | null>(null);
  const act = async (): Promise<Result<unknown>> => {
    const done = await callManager('feed.poll', {});
    if (done.ok) setPolled(done.value);
    return done;
  };
  return (
    <ConfirmDialog
      title={words.text('sites.poll')}
      confirm={words.text('sites.pollConfirm')}
      verdict={go}
      cli={cliLine('feed', 'poll')}
      act={act}
      answer={polled === null ? null : <PollAnswer polled={polled} />}
      onClose={onClose}
    >
      <p>{words.text('sites.pollHint')}</p>
      <Facts
        facts={[
          {
            name: words.text('sites.afterDownload'),
            value: words.text(`sites.after.${manager.afterDownload}`),
          },
          { name: words.text('sites.activePlan'), value: manager.activePlan },
          { name: words.text('sites.components'), value: listed(manager.components) },
        ]}
      />
    </ConfirmDialog>
  );
}

function PollAnswer({ polled: { downloaded, problems } }: { readonly polled: Polled }) {
  const words = useWords();
  const names = downloaded.map(({ component, version }) => `${component} ${version}`);
  return (
    <>
      <Facts facts={[{ name: words.text('sites.downloaded'), value: listed(names) }]} />
      {problems.map((because, place) => (
        <p key={place}>{words.problem(because).sentence}</p>
      ))}
    </>
  );
}

function DeliverDialog({ manager, onClose }: Props) {
  const words = useWords();
  const [plan, setPlan] = useState(manager.activePlan);
  const [delivered, setDelivered] = useState<Delivered | null>(null);
  const act = async (): Promise<Result<unknown>> => {
    const done = await callManager('deliver.now', { plan });
    if (done.ok) setDelivered(done.value);
    return done;
  };
  const chosen = manager.plans.find((one) => one.plan === plan);
  return (
    <ConfirmDialog
      title={words.text('sites.deliver')}
      confirm={words.text('sites.deliverConfirm')}
      verdict={go}
      cli={cliLine('deliver', '--plan', plan)}
      act={act}
      answer={delivered === null ? null : <DeliverAnswer delivered={delivered} />}
      onClose={onClose}
    >
      <p>{words.text('sites.deliverHint')}</p>
      <Choice
        label={words.text('sites.plan')}
        value={plan}
        options={manager.plans.map((one) => ({ value: one.plan, text: one.plan }))}
        onChange={setPlan}
      />
      {chosen === undefined || chosen.schedules.length === 0 ? null : (
        <Facts
          facts={chosen.schedules.map(({ folder, delayMinutes, timeOfDay }) => ({
            name: folder,
            value: timeOfDay ?? words.text('sites.delay', { minutes: delayMinutes ?? 0 }),
          }))}
        />
      )}
    </ConfirmDialog>
  );
}

function DeliverAnswer({ delivered }: { readonly delivered: Delivered }) {
  const words = useWords();
  const { offered, held, waiting } = delivered;
  return (
    <Facts
      facts={[
        { name: words.text('sites.offered'), value: listed(offered) },
        {
          name: words.text('sites.held'),
          value: listed(held.map(({ site, reason }) => `${site} (${reason})`)),
        },
        { name: words.text('sites.waiting'), value: listed(waiting) },
      ]}
    />
  );
}

function listed(names: readonly string[]): ReactNode {
  return names.length === 0 ? '–' : names.join(', ');
}
