/** One server: what runs there beside what should, why it is where it is, and what happened to it. */

import { getRouteApi, Link } from '@tanstack/react-router';
import { brand, type ServerId } from '#domain/names.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { ServerFacts } from './server-facts.tsx';
import { ServerTimeline } from './server-timeline.tsx';
import { ServerVersions } from './server-versions.tsx';
import { ServerWhy } from './server-why.tsx';
import { SessionMark } from './session-mark.tsx';
import { toneOfServer } from './tones.ts';

const route = getRouteApi('/fleet/$server');

export function ServerPage() {
  const words = useWords();
  const { server: name } = route.useParams();
  const server = brand<ServerId>(name);
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
          </>
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
            <Section title={words.text('server.timeline')}>
              <ServerTimeline lines={value.timeline} />
            </Section>
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
