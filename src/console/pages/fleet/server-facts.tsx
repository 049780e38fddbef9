/** What a server is, as it last said itself. */

import type { FleetServerView } from '#protocol/console/fleet-calls.ts';
import { useWords } from '../../app/language.tsx';
import { BytesText } from '../../parts/text/bytes-text.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';

export function ServerFacts({ row }: { readonly row: FleetServerView }) {
  const words = useWords();
  const failed = row.launcherFailed ?? null;
  return (
    <Facts
      facts={[
        { name: words.text('fleet.column.domain'), value: row.domain },
        { name: words.text('fleet.column.os'), value: row.os },
        { name: words.text('server.platform'), value: row.platform },
        { name: words.text('server.sessionSince'), value: <TimeText at={row.session.since} /> },
        { name: words.text('fleet.column.lastSeen'), value: <TimeText at={row.lastSeen} /> },
        { name: words.text('fleet.column.group'), value: row.group ?? '–' },
        { name: words.text('fleet.column.reboot'), value: row.rebootRecommended ?? '–' },
        { name: words.text('server.bytesTotal'), value: <BytesText bytes={row.bytesTotal} /> },
        ...(failed === null
          ? []
          : [
              {
                name: words.text('server.launcher'),
                value: words.text('server.launcherFailed', {
                  version: failed.version,
                  cause: failed.cause,
                }),
              },
            ]),
      ]}
    />
  );
}
