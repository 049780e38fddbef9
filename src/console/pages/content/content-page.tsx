/**
 * Content on its way: rings with their gates spelled out, what was taken back, what the settings say,
 * and what arrived from where. Of an information server its own, of a control manager over its sites.
 */

import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { useManagerCall, useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { UpdateButton } from '../deploy/update-dialog.tsx';
import { SitesActions } from '../fleet/sites-actions.tsx';
import { AdmitButton } from './admit-dialog.tsx';
import { Arrivals } from './arrivals.tsx';
import { knownHere, type Version } from './known-content.ts';
import { PlansTable } from './plans-table.tsx';
import { RingSettings } from './ring-settings.tsx';
import { RolloutSection } from './rollout-section.tsx';
import { WithdrawDialog } from './withdraw-dialog.tsx';
import { WithdrawnTable } from './withdrawn-table.tsx';

export function ContentPage() {
  const { place } = useSession();
  return place.tier === 'control-manager' ? <OfManager /> : <OfSite />;
}

function OfSite() {
  const words = useWords();
  const rings = useSiteCall('content.rings', {});
  return (
    <Page
      title={words.text('content.title')}
      actions={
        <>
          <UpdateButton />
          <AdmitButton rings={rings.data?.settings ?? null} />
          <WithdrawButton known={knownHere(rings.data?.rollouts ?? [])} />
        </>
      }
    >
      <RingsOf rings={rings} />
      <Arrivals tier="information-server" />
    </Page>
  );
}

function OfManager() {
  const words = useWords();
  // Both tiers answer this one alike.
  const rings = useSiteCall('content.rings', {});
  const manager = useManagerCall('control-manager.show', {});
  const atSites = manager.data?.sites.flatMap(({ contents }) => contents) ?? [];
  return (
    <Page
      title={words.text('content.title')}
      actions={
        <>
          {manager.data === undefined ? null : <SitesActions manager={manager.data} />}
          <AdmitButton rings={rings.data?.settings ?? null} />
          <WithdrawButton known={knownHere(rings.data?.rollouts ?? [], atSites)} />
        </>
      }
    >
      <RingsOf rings={rings} />
      <Section title={words.text('content.plans')}>
        <Loaded query={manager}>
          {(value) => <PlansTable manager={value} rings={rings.data?.settings ?? []} />}
        </Loaded>
      </Section>
      <Arrivals tier="control-manager" />
    </Page>
  );
}

function RingsOf({ rings }: { readonly rings: ReturnType<typeof useSiteCall<'content.rings'>> }) {
  const words = useWords();
  const { place } = useSession();
  return (
    <Loaded query={rings}>
      {({ rollouts, withdrawn, settings = [] }) => (
        <>
          {rollouts.length === 0 ? (
            <Section title={words.text('content.underWay')}>
              <Empty title={words.text(`content.none.${place.tier}`)}>
                {words.text(`content.noneHint.${place.tier}`)}
              </Empty>
            </Section>
          ) : (
            rollouts.map((one) => (
              <RolloutSection key={one.rollout} rollout={one} withdrawn={withdrawn} />
            ))
          )}
          <Section title={words.text('content.withdrawn')}>
            <WithdrawnTable withdrawn={withdrawn} />
          </Section>
          <Section title={words.text('content.settings')}>
            <RingSettings rings={settings} />
            <CliLine line={cliLine('content', 'rings')} />
          </Section>
        </>
      )}
    </Loaded>
  );
}

function WithdrawButton({ known }: { readonly known: readonly Version[] }) {
  const words = useWords();
  return (
    <DialogButton
      text={words.text('content.withdraw')}
      verdict={useMayCall()('content.withdraw', 'whole')}
    >
      {(close) => <WithdrawDialog contents={known} onClose={close} />}
    </DialogButton>
  );
}
