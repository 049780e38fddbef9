/** What people's side of a tier asks of the program that it belongs to. */

import type { ApproverRule } from '#domain/people/approval.ts';
import type { Asker, Target } from '#domain/people/person.ts';
import type { Rights } from '#domain/people/rights.ts';
import type { PersonName } from '#domain/names.ts';
import { brand } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { PeopleStore } from '#ports/people.ts';
import type { Secrets } from '#ports/secrets.ts';

/** What this tier is, as people's side of it says. */
export type Place = {
  readonly tier: 'information-server' | 'control-manager';
  readonly name: string;
  readonly organisation: string | null;
  readonly version: string;
  readonly timeZone: string;
};

export type PeopleWorld = {
  readonly place: Place;
  readonly store: PeopleStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly secrets: Secrets;
  readonly rights: Rights;
  readonly approvers: ApproverRule;
  /** What the parameters of a call name: `whole` also for what nobody knows. */
  targetOf(call: string, params: unknown): Promise<Target>;
  /**
   * What waits for approval is looked at first: why it could not be done now anyhow, or its
   * parameters with nothing left to be guessed later, such as which upgrade was meant.
   */
  settled(call: string, params: unknown): Promise<Result<unknown>>;
  act(call: string, params: unknown, asker: Asker): Promise<Result<unknown>>;
};

/** The token that an installation comes with stands for nobody in particular. */
export const installationToken = 'installation';
export const installationAsker: Asker = {
  name: brand<PersonName>('administrator'),
  role: 'administrator',
  scope: 'whole',
  isUnnamed: true,
  from: null,
};

export const passwordCharactersMin = 12;
