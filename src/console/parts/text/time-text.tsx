/**
 * A moment: in the viewer's zone, the site's beside it where that is another. Where there is little
 * room, to the minute, and the rest where the pointer rests.
 */

import { useContext } from 'react';
import { timeIn, viewerZone, zoneName } from '../../app/times.ts';
import { SiteZone } from '../../app/session.tsx';

type Props = { readonly at: number | null; readonly isShort?: boolean };

export function TimeText({ at, isShort = false }: Props) {
  const site = useContext(SiteZone);
  if (at === null) return <span className="quiet">–</span>;
  const own = viewerZone();
  const both = [own, ...(site === null ? [] : [site])].map(
    (zone) => `${timeIn(zone, at)} ${zoneName(zone, at)}`,
  );
  const isSame = timeIn(own, at) === timeIn(site ?? own, at);
  return (
    <time dateTime={new Date(at).toISOString()} title={[...new Set(both)].join(' / ')}>
      {isShort ? timeIn(own, at).slice(0, 16) : timeIn(own, at)}
      {site === null || isSame || isShort ? null : (
        <span className="time-site">
          {timeIn(site, at)} {zoneName(site, at)}
        </span>
      )}
    </time>
  );
}
