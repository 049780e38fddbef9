/** The fleet: of an information server its servers, of a control manager its sites. */

import { useSession } from '../../app/session.tsx';
import { ServersPage } from './servers-page.tsx';
import { SitesPage } from './sites-page.tsx';

export function FleetPage() {
  const { place } = useSession();
  return place.tier === 'control-manager' ? <SitesPage /> : <ServersPage />;
}
