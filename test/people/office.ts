/** Door and desk over a simulated journal, with people whose tokens are at hand. */

import assert from 'node:assert/strict';
import { brand, type PersonName, type ServerId } from '#domain/names.ts';
import type { ApproverRule } from '#domain/people/approval.ts';
import type { Asker, Role, Scope, Target } from '#domain/people/person.ts';
import { informationServerRights } from '#domain/people/rights.ts';
import type { Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { listening, type Listening } from '#people/listening.ts';
import type { Evidence } from '#people/door.ts';
import type { RecordLine } from '#domain/record/line.ts';
import type { PeopleStore } from '#ports/people.ts';
import { peopleCalls, type PeopleCall, type PeopleTable } from '#protocol/console/people-calls.ts';
import type { ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { emptyJournal, openJournalSimulated } from '#simulation/adapters/journal-simulated.ts';
import { openSecretsSimulated } from '#simulation/adapters/secrets-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';

export const installationSecret = 'the-secret-of-the-installation';
export const goodPassword = 'four words make one';
export const ownOrigin = 'https://tokyo.example:7443';

export const shown = (change: Partial<Evidence>): Evidence => ({
  bearer: null,
  cookie: null,
  origin: null,
  ownOrigin,
  remote: '192.0.2.1',
  ...change,
});

export class Office {
  readonly people: Listening;
  readonly store: PeopleStore;
  /** Calls that were carried out, as `who call`. */
  readonly done: string[] = [];
  now = 1_000_000_000;
  /** What a call's parameters name; tests set it. */
  target: Target = ['tokyo'];
  against: Problem | null = null;
  answer: Result<unknown> = ok('done');
  readonly begin: () => Promise<void>;
  readonly #lines: () => Promise<readonly RecordLine[]>;

  constructor(approvers: ApproverRule) {
    const machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e9 });
    const stored = machine.disk.store(emptyJournal());
    const process = machine.start('information-server', new Chance(1));
    const journal = openJournalSimulated({ process, stored, site: 'is' });
    this.begin = () =>
      journal.transaction((rows) =>
        rows.log.beginRecord({ site: brand<ServerId>('is'), at: this.now }),
      );
    this.#lines = () => journal.rows.log.record(0, 1_000);
    this.store = {
      rows: journal.rows.people,
      change: (act) =>
        journal.transaction((rows) => act(rows.people, (line) => rows.log.appendRecord(line))),
    };
    this.people = listening({
      place: {
        tier: 'information-server',
        name: 'is',
        organisation: null,
        version: '1.0.0',
        timeZone: 'UTC',
      },
      store: this.store,
      clock: { now: () => this.now },
      secrets: openSecretsSimulated(new Chance(2)),
      rights: informationServerRights,
      approvers,
      targetOf: async () => this.target,
      settled: async (_, params) => (this.against === null ? ok(params) : refuse(this.against)),
      act: async (call, _, asker) => {
        this.done.push(`${asker.name} ${call}`);
        return this.answer;
      },
    });
  }

  static async open(approvers: ApproverRule = 'auto'): Promise<Office> {
    const office = new Office(approvers);
    await office.begin();
    await office.people.door.adoptInstallation(installationSecret);
    return office;
  }

  /** Kinds of the record, oldest first. */
  async record(): Promise<string[]> {
    return (await this.#lines()).map(({ kind, who }) => `${who} ${kind}`);
  }

  async details(kind: string): Promise<RecordLine['detail'][]> {
    return (await this.#lines()).filter((line) => line.kind === kind).map(({ detail }) => detail);
  }

  async enter(secret: string): Promise<Asker> {
    const asker = await this.people.authenticate(shown({ bearer: secret }));
    assert.ok(asker.ok, JSON.stringify(asker));
    return asker.value;
  }

  async refusal(evidence: Partial<Evidence>): Promise<string> {
    const asker = await this.people.authenticate(shown(evidence));
    return asker.ok ? 'in' : asker.because.code;
  }

  /** An account with this role, and a token of its. */
  async hire(name: string, role: Role, scope: Scope = 'whole'): Promise<string> {
    const person = brand<PersonName>(name);
    const given = scope === 'whole' ? scope : [...scope];
    await this.ok('people.add', { person, role, scope: given, password: goodPassword });
    const token = await this.ok('token.add', { person, name: 'for tests' });
    return token.secret;
  }

  /** As the installation's own token unless another is given. */
  async ask(call: string, params: unknown = {}, secret = installationSecret): Promise<string> {
    const end = await this.people.answer(call, params, await this.enter(secret));
    return end.ok ? 'done' : end.because.code;
  }

  async problem(call: string, params: unknown, secret: string): Promise<Problem> {
    const end = await this.people.answer(call, params, await this.enter(secret));
    assert.ok(!end.ok, `${call} was done`);
    return end.because;
  }

  async ok<Call extends PeopleCall>(
    call: Call,
    params: ParamsOf<PeopleTable, Call>,
    secret = installationSecret,
  ): Promise<ResultOf<PeopleTable, Call>> {
    const end = await this.people.answer(call, params, await this.enter(secret));
    assert.ok(end.ok, JSON.stringify(end));
    return peopleCalls[call].result.parse(end.value) as ResultOf<PeopleTable, Call>;
  }

  async login(
    name: string,
    options: {
      password?: string;
      remote?: string;
      form?: 'token' | 'cookie';
      cookie?: string;
    } = {},
  ): Promise<Result<{ readonly secret: string; readonly until: number }>> {
    const {
      password = goodPassword,
      remote = '192.0.2.1',
      form = 'token',
      cookie = null,
    } = options;
    const evidence = shown({ cookie, origin: ownOrigin, remote });
    return this.people.logins.begin({ person: name, password, form }, evidence);
  }

  async loggedIn(...given: Parameters<Office['login']>): Promise<string> {
    const begun = await this.login(...given);
    assert.ok(begun.ok, JSON.stringify(begun));
    return begun.value.secret;
  }
}
