/**
 * Who may begin what on a link, by role and site alone. Absent here: whether a certificate was
 * revoked, which the journal knows, and whether it is genuine, which was verified before.
 */

import { problem, type Problem } from '../problem.ts';
import { headOffice, identityText, type Identity } from './identity.ts';

export type Rule = (peer: Identity) => boolean;

/** The site and the organisation of the one who asks. */
export type Here = { readonly site: string; readonly organisation: string };

const isOf = ({ site, organisation }: Here, peer: Identity): boolean =>
  peer.site === site && peer.organisation === organisation;

/** A session at an information server, and the files there. */
export const normalServerOf =
  (here: Here): Rule =>
  (peer) =>
    peer.role === 'normal-server' && isOf(here, peer);

/** Packages and metadata, which prove themselves, are also for other sites of the organisation. */
export const neighbourIn =
  (organisation: string): Rule =>
  (peer) =>
    peer.role === 'information-server' && peer.organisation === organisation;

/** Who may read packages and metadata here. */
export const readerOf =
  (here: Here): Rule =>
  (peer) =>
    normalServerOf(here)(peer) || neighbourIn(here.organisation)(peer);

/** An information server has one agent: its own. */
export const agentOf =
  (here: Here): Rule =>
  (peer) =>
    peer.role === 'agent' && isOf(here, peer);

/** A control manager has the agents of all sites. */
export const agentIn =
  (organisation: string): Rule =>
  (peer) =>
    peer.role === 'agent' && peer.organisation === organisation;

/** Whom a server and an agent dial. */
export const informationServerOf =
  (here: Here): Rule =>
  (peer) =>
    peer.role === 'information-server' && isOf(here, peer);

/** The other one whom an agent dials. */
export const controlManagerOf =
  (organisation: string): Rule =>
  (peer) =>
    peer.role === 'control-manager' && isOf({ site: headOffice, organisation }, peer);

/** null, as a peer: an insecure loopback. */
export function againstRule(rule: Rule, peer: Identity | null): Problem | null {
  if (peer === null || rule(peer)) return null;
  return problem('PEER_NOT_ADMITTED', { peer: identityText(peer) });
}
