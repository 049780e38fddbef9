/**
 * Who may ask for which call: one table over every call of the console, and the one function that
 * reads it. What a call touches is found by the program, which knows the fleet.
 */

import { problem } from '../problem.ts';
import { go, noGo, type Verdict } from '../result.ts';
import { covers, isAtLeast, type Person, type Role, type Target } from './person.ts';

/**
 * `nothing`: site-wide facts or work that touches nobody's servers; `whole`: everything; `named`:
 * the servers (or sites) that its parameters name.
 */
export type Reach = 'nothing' | 'whole' | 'named';

export type Right = {
  readonly role: Role;
  readonly reach: Reach;
  /** What it does waits until enough people stand behind it (`approval.ts`). */
  readonly isApproved?: true;
};

const right = (role: Role, reach: Reach): Right => ({ role, reach });
const approved = (role: Role): Right => ({ role, reach: 'named', isApproved: true });

/** Of both tiers: people, their tokens, and what waits for their approval. */
export const peopleRights = {
  'people.list': right('administrator', 'whole'),
  'people.add': right('administrator', 'whole'),
  'people.change': right('administrator', 'whole'),
  'people.remove': right('administrator', 'whole'),
  'password.change': right('viewer', 'nothing'),
  'token.add': right('administrator', 'whole'),
  'token.list': right('administrator', 'whole'),
  'token.revoke': right('administrator', 'whole'),
  'session.link': right('administrator', 'whole'),
  whoami: right('viewer', 'nothing'),
  'console.show': right('viewer', 'nothing'),
  'approval.list': right('viewer', 'nothing'),
  // Of what waits the approver must have the right as well, which is looked at when it is found.
  'approval.give': right('approver', 'nothing'),
} as const satisfies Record<string, Right>;

export const informationServerRights = {
  ...peopleRights,
  'site.show': right('viewer', 'nothing'),
  // Paths and addresses of the computer.
  'settings.show': right('operator', 'whole'),
  'components.list': right('viewer', 'nothing'),
  'catalogue.show': right('viewer', 'nothing'),
  'catalogue.diff': right('viewer', 'nothing'),
  'catalogue.restore': right('operator', 'whole'),
  // Shows each the servers of his own domains.
  'fleet.tree': right('viewer', 'nothing'),
  'fleet.page': right('viewer', 'nothing'),
  'fleet.server': right('viewer', 'named'),
  'fleet.names': right('viewer', 'nothing'),
  'fleet.overview': right('viewer', 'nothing'),
  'fleet.move': right('operator', 'named'),
  // Whoever may enrol a server decides which computers are believed.
  'fleet.token.add': right('administrator', 'whole'),
  'fleet.token.list': right('administrator', 'whole'),
  'fleet.token.revoke': right('administrator', 'whole'),
  'fleet.approve': right('approver', 'whole'),
  'fleet.revoke': right('operator', 'named'),
  'fleet.remove': right('operator', 'named'),
  // Where a token goes along, that is asked for by itself.
  'installer.permit': right('operator', 'whole'),
  'fleet.certificates': right('viewer', 'whole'),
  // Signed by the root: whoever brings it only says that there is something newer.
  'organisation.import': right('operator', 'nothing'),
  'fleet.identify': right('viewer', 'named'),
  // Paths and addresses of the computer.
  'fleet.doctor': right('operator', 'named'),
  'fleet.log': right('operator', 'named'),
  deploy: right('operator', 'named'),
  rollback: right('operator', 'named'),
  'update.now': right('operator', 'whole'),
  'agent.status': right('viewer', 'nothing'),
  'agent.stop': right('operator', 'whole'),
  'agent.start': right('operator', 'whole'),
  'agent.upgrade': right('operator', 'whole'),
  'hold.add': right('operator', 'named'),
  'hold.list': right('viewer', 'nothing'),
  'hold.release': approved('operator'),
  'content.rings': right('viewer', 'nothing'),
  // It goes to servers of every domain then.
  'content.pass': right('approver', 'whole'),
  'content.withdraw': right('operator', 'whole'),
  'content.admit': approved('operator'),
  'forecast.begin': right('operator', 'nothing'),
  'forecast.look': right('operator', 'nothing'),
  'forecast.stop': right('operator', 'nothing'),
  'budget.show': right('viewer', 'nothing'),
  'budget.set': right('operator', 'whole'),
  'budget.reset': right('operator', 'whole'),
  'bill.show': right('viewer', 'whole'),
  'bill.export': right('viewer', 'whole'),
  'upgrade.report': right('viewer', 'nothing'),
  'upgrade.list': right('viewer', 'nothing'),
  'upgrade.show': right('viewer', 'nothing'),
  // Shows each the servers of his own domains.
  'upgrade.servers': right('viewer', 'nothing'),
  'release.show': right('viewer', 'nothing'),
  'upgrade.plan': right('viewer', 'nothing'),
  'upgrade.start': right('operator', 'whole'),
  'upgrade.status': right('viewer', 'nothing'),
  'upgrade.approve': approved('approver'),
  // Whoever looks after a part of the site may keep an upgrade from going on.
  'upgrade.pause': right('operator', 'nothing'),
  'upgrade.resume': right('operator', 'whole'),
  'upgrade.stop': right('operator', 'whole'),
  'upgrade.why': right('viewer', 'named'),
  'campaign.parts': right('viewer', 'nothing'),
  // What the signature of an approver would have been elsewhere.
  'campaign.begin': { role: 'operator', reach: 'whole', isApproved: true },
  'information-server.upgrade': right('operator', 'whole'),
  'share.fetch': right('operator', 'whole'),
  'share.prune': right('operator', 'whole'),
  'share.import': right('operator', 'whole'),
  'record.list': right('viewer', 'whole'),
  'record.search': right('viewer', 'whole'),
  'record.show': right('viewer', 'whole'),
  'record.witnesses': right('viewer', 'whole'),
  'evidence.list': right('viewer', 'whole'),
} as const satisfies Record<string, Right>;

export const controlManagerRights = {
  ...peopleRights,
  // Shows each his own sites.
  'control-manager.show': right('viewer', 'nothing'),
  'feed.poll': right('operator', 'whole'),
  'deliver.now': right('operator', 'whole'),
  'organisation.import': right('operator', 'nothing'),
  'site.move': right('operator', 'named'),
  // Shows each his own sites.
  'campaign.list': right('viewer', 'nothing'),
  // Signed by approvers: whoever sends it only carries it.
  'campaign.send': right('operator', 'whole'),
  'campaign.stop': right('operator', 'whole'),
  'campaign.pass': right('approver', 'whole'),
  'content.rings': right('viewer', 'nothing'),
  'content.pass': right('approver', 'whole'),
  'content.withdraw': right('operator', 'whole'),
  'content.admit': approved('operator'),
  'hold.add': right('operator', 'named'),
  'hold.list': right('viewer', 'nothing'),
  'hold.release': approved('operator'),
  'record.list': right('viewer', 'whole'),
  'record.search': right('viewer', 'whole'),
  'record.show': right('viewer', 'whole'),
} as const satisfies Record<string, Right>;

export type Rights = Readonly<Record<string, Right>>;

/** The right that a call asks for; null: there is no such call, and nobody may ask for it. */
export function rightFor(rights: Rights, call: string): Right | null {
  return Object.hasOwn(rights, call) ? (rights[call] ?? null) : null;
}

/** What the table says of a call whose parameters are known. */
export function targetFor({ reach }: Right, named: Target): Target {
  return reach === 'named' ? named : reach;
}

export function mayCall(
  rights: Rights,
  asked: { readonly person: Person; readonly call: string; readonly target: Target },
): Verdict {
  const { person, call, target } = asked;
  const needed = rightFor(rights, call);
  if (needed === null) return noGo(problem('CALL_UNKNOWN', { call }));
  if (!isAtLeast(person.role, needed.role)) {
    const { name, role } = person;
    return noGo(problem('ROLE_TOO_LOW', { person: name, role, call, needed: needed.role }));
  }
  const touched = targetFor(needed, target);
  if (!covers(person.scope, touched)) {
    const wanted = touched === 'nothing' || touched === 'whole' ? 'whole' : touched.join(', ');
    const scope = person.scope === 'whole' ? 'whole' : person.scope.join(', ');
    return noGo(problem('SCOPE_TOO_SMALL', { person: person.name, scope, call, wanted }));
  }
  return go;
}
