/**
 * What the listener for people shows. A command line asks for the certificate of the organisation
 * by a name of ours, and so can verify it however the user has set the server up; a browser gets
 * the user's own certificate, if there is one.
 */

import { createSecureContext, type SecureContext } from 'node:tls';
import { shownTls, tlsVersion, type LinkTrust, type Shown } from '../identity/link-trust.ts';

/** No host has it: `.internal` is not given to anybody. */
export const organisationServerName = 'organisation.dankai.internal';

export type ConsoleTrust = {
  readonly trust: LinkTrust;
  /** The user's own certificate; null: browsers are shown that of the organisation too. */
  readonly own: Shown | null;
};

export function consoleTls({ trust, own }: ConsoleTrust) {
  if (own === null) return shownTls(trust);
  // Looked at for each who comes: what was renewed meanwhile is shown, and not what stood at first.
  let made: { readonly cert: string; readonly context: SecureContext } | null = null;
  const byOrganisation = (): SecureContext => {
    const tls = shownTls(trust);
    if (made?.cert !== tls.cert) made = { cert: tls.cert, context: createSecureContext(tls) };
    return made.context;
  };
  return {
    ...tlsVersion,
    key: own.key,
    cert: own.chain,
    SNICallback(name: string, done: (error: Error | null, context?: SecureContext) => void): void {
      if (name === organisationServerName) done(null, byOrganisation());
      else done(null);
    },
  };
}
