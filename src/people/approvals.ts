/**
 * What waits until enough people stand behind it: asked for, approved by others, and carried out
 * once. Whoever asked must still have the right to when it is carried out.
 */

import {
  againstApproval,
  approversRequired,
  firstApprovals,
  isApproved,
  requestMsMax,
  stillBehind,
  type Request,
} from '#domain/people/approval.ts';
import type { Asker, Target } from '#domain/people/person.ts';
import { tiesOf, type Tie } from '#domain/people/ties.ts';
import { mayCall } from '#domain/people/rights.ts';
import { brand, type PersonName, type RequestId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { PeopleRows } from '#ports/people.ts';
import type { ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { PeopleTable, RequestView } from '#protocol/console/people-calls.ts';
import { installationAsker, type PeopleWorld } from './world.ts';

type Asked = {
  readonly call: string;
  readonly params: unknown;
  readonly target: Target;
  readonly asker: Asker;
};

/** Whether it may be carried out, and who asked for it. */
type Judged =
  | { readonly go: true; readonly request: Request | null }
  | { readonly go: false; readonly because: Problem };

export class Approvals {
  readonly #world: PeopleWorld;

  constructor(world: PeopleWorld) {
    this.#world = world;
  }

  async list(asker: Asker): Promise<Result<ResultOf<PeopleTable, 'approval.list'>>> {
    const { store, clock } = this.#world;
    const requests: RequestView[] = [];
    for (const request of await store.rows.requestsWaiting(clock.now())) {
      // What somebody may not ask for is not his to read of either.
      const { call, target } = request;
      if (!mayCall(this.#world.rights, { person: asker, call, target }).go) continue;
      const required = await this.#required(store.rows, target);
      const approvedBy = stillBehind(request, await store.rows.people());
      const standing = { ...request, approvedBy };
      requests.push(viewOf(standing, required, await this.#ties(store.rows, standing)));
    }
    return ok({ requests });
  }

  /** Done at once where that is enough; else it waits, and the answer says for how many. */
  async ask(asked: Asked): Promise<Result<unknown>> {
    const { call, asker } = asked;
    const settled = await this.#world.settled(call, asked.params);
    if (!settled.ok) return settled;
    const params = settled.value;
    const judged = await this.#world.store.change((rows, append) =>
      this.#judge(rows, append, { ...asked, params }),
    );
    if (!judged.go) return refuse(judged.because);
    if (judged.request === null) return this.#world.act(call, params, asker);
    return this.#carryOut(judged.request);
  }

  async #judge(
    rows: PeopleRows,
    append: Append,
    { call, params, target, asker }: Asked,
  ): Promise<Judged> {
    const now = this.#world.clock.now();
    const required = await this.#required(rows, target);
    const text = JSON.stringify(params);
    const found = (await rows.requestsWaiting(now)).find(
      (one) => one.call === call && JSON.stringify(one.params) === text,
    );
    const waiting = found === undefined ? undefined : await this.#standing(rows, found, target);
    const approvedBy = firstApprovals(asker, target, required);
    if (waiting !== undefined && waiting.by !== asker.name) {
      // Two who ask for the same stand behind it together.
      const added = await this.#add(rows, append, waiting, asker);
      if (added.go || added.because.code === 'APPROVAL_NEEDED') return added;
    }
    const detail = { call, params, ...(await this.#tied(rows, { by: asker.name, approvedBy })) };
    if (isApproved(approvedBy, required)) {
      if (waiting !== undefined) await rows.putRequest({ ...waiting, state: 'done' });
      const kind = 'approved-by-one';
      await append({ at: now, kind, who: asker.name, server: null, detail });
      return { go: true, request: null };
    }
    if (waiting !== undefined) {
      return { go: false, because: needed(waiting, required - waiting.approvedBy.length) };
    }
    const request: Request = {
      id: this.#newId(),
      call,
      params,
      target,
      by: asker.name,
      at: now,
      until: now + requestMsMax,
      approvedBy,
      state: 'waiting',
    };
    await rows.putRequest(request);
    const line = { ...detail, request: request.id, required };
    const kind = 'approval-asked';
    await append({ at: now, kind, who: asker.name, server: null, detail: line });
    return { go: false, because: needed(request, required - approvedBy.length) };
  }

  async give(
    { request: id }: ParamsOf<PeopleTable, 'approval.give'>,
    asker: Asker,
  ): Promise<Result<ResultOf<PeopleTable, 'approval.give'>>> {
    const { store } = this.#world;
    const found = await store.rows.request(id);
    if (found === null) return refuse(problem('REQUEST_UNKNOWN', { request: id }));
    // Servers may have moved to other domains since.
    const target = await this.#world.targetOf(found.call, found.params);
    const judged = await store.change(async (rows, append): Promise<Judged> => {
      const request = await rows.request(id);
      if (request === null) {
        return { go: false, because: problem('REQUEST_UNKNOWN', { request: id }) };
      }
      const standing = await this.#standing(rows, request, target);
      return this.#add(rows, append, standing, asker);
    });
    if (!judged.go) return refuse(judged.because);
    const answer = await this.#carryOut(judged.request ?? found);
    if (!answer.ok) return answer;
    return ok({ request: id, call: found.call, by: found.by, answer: answer.value });
  }

  /** One approval more; with the last of them the request is done, before it is carried out. */
  async #add(rows: PeopleRows, append: Append, request: Request, asker: Asker): Promise<Judged> {
    const now = this.#world.clock.now();
    const required = await this.#required(rows, request.target);
    const against = againstApproval(request, { asker, required, now });
    if (against !== null) return { go: false, because: against };
    const lost = await this.#againstAsker(rows, request);
    if (lost !== null) return { go: false, because: lost };
    const approvedBy = [...new Set([...request.approvedBy, asker.name])];
    const isEnough = isApproved(approvedBy, required);
    const next: Request = { ...request, approvedBy, state: isEnough ? 'done' : 'waiting' };
    await rows.putRequest(next);
    const { id, call, params, by } = request;
    const tied = await this.#tied(rows, next);
    const detail = { request: id, call, params, askedBy: by, approvedBy, required, ...tied };
    await append({ at: now, kind: 'approval-given', who: asker.name, server: null, detail });
    if (!isEnough) return { go: false, because: needed(next, required - approvedBy.length) };
    return { go: true, request: next };
  }

  async #carryOut(request: Request): Promise<Result<unknown>> {
    const { store, act } = this.#world;
    const { call, params, by } = request;
    const against = await this.#againstAsker(store.rows, request);
    if (against !== null) return refuse(against);
    const asker = await this.#asker(store.rows, by);
    if (asker === null) return refuse(problem('PERSON_UNKNOWN', { person: by }));
    return act(call, params, asker);
  }

  async #asker(rows: PeopleRows, by: PersonName): Promise<Asker | null> {
    if (by === installationAsker.name) return installationAsker;
    const person = await rows.person(by);
    if (person === null) return null;
    const { name, role, scope } = person;
    return { name, role, scope, isUnnamed: false, from: null };
  }

  /** Why whoever asked may not any more, or null. */
  async #againstAsker(rows: PeopleRows, { by, call, target }: Request): Promise<Problem | null> {
    const person = await this.#asker(rows, by);
    if (person === null) return problem('PERSON_UNKNOWN', { person: by });
    const verdict = mayCall(this.#world.rights, { person, call, target });
    return verdict.go ? null : verdict.because;
  }

  /** As it stands now: of what it touches today, with those who may approve that still. */
  async #standing(rows: PeopleRows, request: Request, target: Target): Promise<Request> {
    const approvedBy = stillBehind({ ...request, target }, await rows.people());
    return { ...request, target, approvedBy };
  }

  /** Whose accounts others had in their hands of late, of all who stand behind it. */
  async #ties(rows: PeopleRows, { by, approvedBy }: Behind): Promise<readonly Tie[]> {
    const names = new Set([by, ...approvedBy]);
    const people = (await rows.people()).filter(({ name }) => names.has(name));
    return tiesOf(people, this.#world.clock.now());
  }

  async #tied(rows: PeopleRows, behind: Behind): Promise<{ readonly ties?: readonly Tie[] }> {
    const ties = await this.#ties(rows, behind);
    return ties.length === 0 ? {} : { ties };
  }

  async #required(rows: PeopleRows, target: Target): Promise<1 | 2> {
    return approversRequired(this.#world.approvers, await rows.people(), target);
  }

  #newId(): RequestId {
    const { secrets } = this.#world;
    return brand<RequestId>(`request-${secrets.digest(secrets.make()).slice(0, 6)}`);
  }
}

type Behind = Pick<Request, 'by' | 'approvedBy'>;
type Append = Parameters<Parameters<PeopleWorld['store']['change']>[0]>[1];

function needed({ id, call }: Request, missing: number): Problem {
  return problem('APPROVAL_NEEDED', { request: id, call, missing });
}

function viewOf(request: Request, required: 1 | 2, ties: readonly Tie[]): RequestView {
  const { id, call, params, by, at, until, approvedBy } = request;
  const missing = Math.max(1, required - approvedBy.length);
  const behind = { approvedBy: [...approvedBy], missing, ties: [...ties] };
  return { request: id, call, params, by, at, until, ...behind };
}
