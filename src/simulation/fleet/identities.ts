/** Who the computers of a simulated fleet are: one organisation, the sites by their names. */

import type { ServerId } from '#domain/names.ts';
import { headOffice, type Identity } from '#domain/trust/identity.ts';

export const simulatedOrganisation = 'simulated';

/** Of a site, as its certificate says it. */
export const placeOf = (site: string) => ({ site, organisation: simulatedOrganisation });

export const informationServerIdentity = (site: string): Identity => ({
  role: 'information-server',
  ...placeOf(site),
});

export const agentIdentity = (site: string): Identity => ({ role: 'agent', ...placeOf(site) });

export const serverIdentity = (site: string, server: ServerId): Identity => ({
  role: 'normal-server',
  ...placeOf(site),
  server,
});

export const controlManagerIdentity: Identity = {
  role: 'control-manager',
  site: headOffice,
  organisation: simulatedOrganisation,
};
