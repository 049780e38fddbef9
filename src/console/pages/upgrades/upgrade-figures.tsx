/**
 * What an upgrade costs and what runs out, live: bytes against what was planned, servers in flight, the
 * clock of mixed versions (S7), the agent and what its age costs (D4, D5, D10), what holds keep back.
 */

import type { ReactNode } from 'react';
import { formatBytes } from '#words/format.ts';
import { useWords } from '../../app/language.tsx';
import { ageOf } from '../../app/times.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';
import { Meter } from './meter.tsx';
import type { UpgradeProps } from './upgrade-data.ts';

export function UpgradeFigures({ view, shown }: UpgradeProps) {
  const words = useWords();
  const planned = shown.groups.reduce((sum, { bytes }) => sum + bytes.planned, 0);
  const inFlight = { done: view.inFlight, all: view.inFlightMax };
  return (
    <div className="figures">
      <Figure title={words.text('upgrades.bytes')}>
        <Meter
          label={words.text('upgrades.bytes')}
          value={view.bytesReceived}
          max={planned}
          text={words.text('upgrades.bytesOf', {
            done: formatBytes(view.bytesReceived),
            all: formatBytes(planned),
          })}
        />
      </Figure>
      <Figure title={words.text('upgrades.inFlight')}>
        <Meter
          label={words.text('upgrades.inFlight')}
          value={view.inFlight}
          max={view.inFlightMax}
          text={words.text('upgrades.inFlightOf', inFlight)}
        />
      </Figure>
      <Figure title={words.text('upgrades.mixed')}>
        <Mixed view={view} shown={shown} />
      </Figure>
      <Figure title={words.text('site.agent')}>
        <Agent agentStopped={shown.agentStopped} />
      </Figure>
      <Figure title={words.text('upgrades.holds')}>
        <Holds upgrade={view.upgrade} />
      </Figure>
    </div>
  );
}

function Figure({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="figure" aria-label={title}>
      <h2 className="figure-title">{title}</h2>
      {children}
    </section>
  );
}

function Mixed({ view, shown }: UpgradeProps) {
  const words = useWords();
  const servers = shown.groups.reduce((sum, group) => sum + group.servers, 0);
  const upgraded = view.groups.reduce((sum, { counts }) => sum + (counts['upgraded'] ?? 0), 0);
  const expected = shown.forecast?.mixedEndsAt?.median ?? null;
  if (upgraded === servers && view.finishedAt !== null) {
    return <StateMark tone="good">{words.text('upgrades.isLevel')}</StateMark>;
  }
  const left = shown.mixedUntil - shown.now;
  const { key, count } = ageOf(Math.abs(left));
  const age = words.text(key, { count });
  return (
    <>
      <StateMark tone={left > 0 ? 'busy' : 'bad'}>
        {words.text(left > 0 ? 'upgrades.mixedLeft' : 'upgrades.mixedOver', { age })}
      </StateMark>
      <p className="quiet">
        {words.text('upgrades.mixedUntil')} <TimeText at={shown.mixedUntil} isShort />
      </p>
      {expected === null || view.finishedAt !== null ? null : (
        <p className="quiet">
          {words.text('upgrades.mixedForecast')} <TimeText at={Math.round(expected)} isShort />
        </p>
      )}
    </>
  );
}

function Agent({ agentStopped }: { readonly agentStopped: boolean }) {
  const words = useWords();
  const agent = useSiteCall('agent.status', {});
  if (agent.data === undefined) return <span className="quiet">–</span>;
  const { state, version, consequence } = agent.data;
  return (
    <>
      <p>
        <StateMark tone={state === 'running' ? 'good' : 'warning'}>
          {words.text(`agent.${state}`)}
        </StateMark>{' '}
        {version ?? ''}
      </p>
      {agentStopped ? <p className="quiet">{words.text('upgrades.agentStopped')}</p> : null}
      {consequence === null ? null : <p>{words.text('upgrades.agentBehind')}</p>}
    </>
  );
}

function Holds({ upgrade }: { readonly upgrade: string }) {
  const words = useWords();
  const holds = useSiteCall('hold.list', {});
  const active = (holds.data?.holds ?? []).filter((hold) => hold.active);
  if (active.length === 0) return <p className="quiet">{words.text('upgrades.noHold')}</p>;
  return (
    <ul className="figure-list">
      {active.map(({ id, owner, reason, until, servers, keepsBack }) => (
        <li key={id}>
          <p>
            {owner === `upgrade ${upgrade}`
              ? words.text('upgrades.holdOwn')
              : `${owner}: ${reason}`}
            {' · '}
            {servers === 'site'
              ? words.text('upgrades.holdSite')
              : words.text('upgrades.holdServers', { servers: servers.length })}
          </p>
          <p className="quiet">
            {words.text('upgrades.holdUntil')} <TimeText at={until} isShort />
          </p>
          <p>
            {keepsBack.length === 0
              ? words.text('upgrades.keepsNothing')
              : words.text('upgrades.keepsBack', {
                  components: keepsBack
                    .map(({ component, version }) => `${component} ${version}`)
                    .join(', '),
                })}
          </p>
        </li>
      ))}
    </ul>
  );
}
