/**
 * What an account leaves behind when it loses a right or goes: approvals count no more from then on,
 * also where the right, or another person of the same name, comes back before it is carried out.
 */

import { mayApprove } from '#domain/people/approval.ts';
import type { Person } from '#domain/people/person.ts';
import type { Instant, PersonName } from '#domain/names.ts';
import type { PeopleRows } from '#ports/people.ts';

/** `becomes`: with the rights that are left; null: gone. Answers what the record tells of it. */
export async function strike(
  rows: PeopleRows,
  name: PersonName,
  { becomes, now }: { readonly becomes: Person | null; readonly now: Instant },
): Promise<{ readonly approvalsStruck?: string[]; readonly requestsEnded?: string[] }> {
  const struck: string[] = [];
  const ended: string[] = [];
  for (const request of await rows.requestsWaiting(now)) {
    const { id, by, approvedBy, target } = request;
    if (becomes === null && by === name) {
      await rows.putRequest({ ...request, state: 'done' });
      ended.push(id);
    } else if (approvedBy.includes(name) && !(becomes !== null && mayApprove(becomes, target))) {
      await rows.putRequest({ ...request, approvedBy: approvedBy.filter((one) => one !== name) });
      struck.push(id);
    }
  }
  return {
    ...(struck.length === 0 ? {} : { approvalsStruck: struck }),
    ...(ended.length === 0 ? {} : { requestsEnded: ended }),
  };
}
