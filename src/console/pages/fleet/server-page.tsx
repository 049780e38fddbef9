/** One server: what runs there beside what should, why it is where it is, and what happened to it. */

import { getRouteApi, Link } from '@tanstack/react-router';
import { brand, type ServerId } from '#domain/names.ts';
import type { FleetServerView } from '#protocol/console/fleet-calls.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useMayCall } from '../../app/session.tsx';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { DialogButton } from '../../parts/action/dialog-button.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { RollbackDialog } from './rollback-dialog.tsx';
import { ServerDoctor } from './server-doctor.tsx';
import { ServerFacts } from './server-facts.tsx';
import { ServerLog } from './server-log.tsx';
import { ServerTimeline } from './server-timeline.tsx';
import { ServerVersions } from './server-versions.tsx';
import { ServerWhy } from './server-why.tsx';
import { SessionMark } from './session-mark.tsx';
import { toneOfServer } from './tones.ts';
import { UnsignedMark } from './unsigned-mark.tsx';

const route = getRouteApi('/fleet/$server');

export function ServerPage() {
  const words = useWords();
  const { server: name } = route.useParams();
  const server = brand<ServerId>(name);
  const mayCall = useMayCall();
  const shown = useSiteCall('fleet.server', { server });
  return (
    <Page
      title={name}
      above={<Link to="/fleet">{words.text('fleet.title')}</Link>}
      beside={
        shown.data === undefined ? null : (
          <>
            <SessionMark session={shown.data.row.session} isNamed />
            <StateMark tone={toneOfServer(shown.data.row.state)}>
              {words.term('state', shown.data.row.state)}
            </StateMark>
            <UnsignedMark row={shown.data.row} />
          </>
        )
      }
      actions={
        shown.data === undefined ? null : (
          <DialogButton
            text={words.text('server.rollback')}
            verdict={mayCall('rollback', [shown.data.row.domain])}
          >
            {(close) => (
              <RollbackDialog
                server={server}
                components={programsOf(shown.data.row)}
                onClose={close}
              />
            )}
          </DialogButton>
        )
      }
    >
      <Loaded query={shown}>
        {(value) => (
          <div className="server">
            <Section title={words.text('server.facts')}>
              <ServerFacts row={value.row} />
            </Section>
            <Section title={words.text('server.versions')}>
              <ServerVersions row={value.row} wanted={value.wanted} />
            </Section>
            <Section title={words.text('server.why')}>
              <ServerWhy server={server} />
            </Section>
            <Section
              title={words.text('server.timeline')}
              beside={
                <Link to="/record" search={{ server: name }}>
                  {words.text('server.record')}
                </Link>
              }
            >
              <ServerTimeline lines={value.timeline} />
            </Section>
            <ServerDoctor server={server} domain={value.row.domain} />
            <ServerLog server={server} domain={value.row.domain} />
            <Section title={words.text('server.identify')}>
              <p className="quiet">{words.text('server.identifyHint')}</p>
              <CliLine line={cliLine('identify', name)} />
            </Section>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

/** What one may go back from: our own program, and others that it keeps there. */
function programsOf({ program, programs }: FleetServerView): readonly string[] {
  const others = programs.map(({ component }) => component).filter((one) => one !== 'program');
  return program === null ? others : ['program', ...others];
}
