/** Orders to rehome servers, signed by the root of an organisation folder; each is one file. */

import type { Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { RehomeOrder } from '#domain/trust/rehome.ts';
import type { Organisations } from '#ports/organisations.ts';
import { isThere, writeFileAtomically } from '../files/atomic-file.ts';
import { openRoot, readOrganisationIn, readSite } from './organisation-authority.ts';
import { makeRehomeOrder, readRehomeOrder } from '../identity/rehome-order.ts';

type Options = {
  readPassphrase(): Promise<Result<string>>;
  readonly now: () => Instant;
};

export async function orderRehome(
  { readPassphrase, now: clock }: Options,
  { folder, file, minutes, ...wanted }: Parameters<Organisations['rehome']>[0],
): Promise<Result<RehomeOrder>> {
  if (await isThere(file)) return refuse(problem('FILE_EXISTS', { file }));
  for (const site of [wanted.from, wanted.to]) {
    const known = await readSite(folder, site);
    if (!known.ok) return known;
    if (known.value === null) return refuse(problem('SITE_UNKNOWN', { site }));
    // Either side would be refused: the certificates that go there, or those that are shown.
    const isStanding = known.value.kits.some(({ revoked }) => revoked === undefined);
    if (!isStanding) return refuse(problem('SITE_REVOKED', { site }));
  }
  const url = URL.parse(wanted.address);
  if (url?.protocol !== 'https:' || url.origin !== wanted.address.replace(/\/$/, '')) {
    return refuse(problem('ADDRESS_WRONG', { address: wanted.address }));
  }
  const organisation = await readOrganisationIn(folder);
  if (!organisation.ok) return organisation;
  const root = await openRoot(readPassphrase, folder, organisation.value);
  if (!root.ok) return root;
  const at = clock();
  const order = { ...wanted, address: url.origin, at, until: at + minutes * 60_000 };
  const text = makeRehomeOrder(root.value, organisation.value.organisation, order);
  // What could not be read again would be found out at the server only.
  const read = readRehomeOrder(text, organisation.value);
  if (!read.ok) return read;
  const written = await writeFileAtomically(file, text);
  return written.ok ? ok(read.value.order) : written;
}
