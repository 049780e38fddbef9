/** Every hold that stands: for how long, over what, what it keeps back; placed and released here. */

import { useWords } from '../../app/language.tsx';
import { useMayCall, useSession } from '../../app/session.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { HoldCalendar } from './hold-calendar.tsx';
import { HoldDialog } from './hold-dialog.tsx';
import { HoldsTable } from './holds-table.tsx';

export function HoldsPage() {
  const words = useWords();
  const mayCall = useMayCall();
  const { place } = useSession();
  // Both tiers answer this one alike.
  const holds = useSiteCall('hold.list', {});
  const whole = place.tier === 'control-manager' ? 'all' : 'site';
  return (
    <Page
      title={words.text('holds.title')}
      actions={
        <DialogButton
          text={words.text('holds.place')}
          look="main"
          verdict={mayCall('hold.add', 'whole')}
        >
          {(close) => <HoldDialog servers={whole} onClose={close} />}
        </DialogButton>
      }
    >
      <Loaded query={holds}>
        {(value) => (
          <>
            <Section title={words.text('holds.list')}>
              <HoldsTable holds={value.holds} />
              <CliLine line={cliLine('hold', 'list')} />
            </Section>
            <Section title={words.text('holds.calendar')}>
              <HoldCalendar holds={value.holds} />
              <p className="quiet">
                {words.text('holds.subscribe', { address: `${location.origin}/v1/holds.ics` })}
              </p>
              <CliLine line={cliLine('hold', 'calendar')} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}
