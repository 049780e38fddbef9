/** A moment: in the viewer's zone, the site's beside it where that is another. */

import { useContext } from 'react';
import { timeIn, viewerZone, zoneName } from '../../app/times.ts';
import { SiteZone } from '../../app/session.tsx';

export function TimeText({ at }: { readonly at: number | null }) {
  const site = useContext(SiteZone);
  if (at === null) return <span className="quiet">–</span>;
  const own = viewerZone();
  const both = [own, ...(site === null ? [] : [site])].map(
    (zone) => `${timeIn(zone, at)} ${zoneName(zone, at)}`,
  );
  const isSame = timeIn(own, at) === timeIn(site ?? own, at);
  return (
    <time dateTime={new Date(at).toISOString()} title={[...new Set(both)].join(' / ')}>
      {timeIn(own, at)}
      {site === null || isSame ? null : (
        <span className="time-site">
          {timeIn(site, at)} {zoneName(site, at)}
        </span>
      )}
    </time>
  );
}
