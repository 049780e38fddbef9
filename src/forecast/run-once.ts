/**
 * One upgrade from its start to its end in virtual time: the domain's own steps over rows in
 * memory, servers and people that behave by habit, transfers that share a link. Left out are
 * messages, journals and processes: they cost seconds here and change minutes.
 */

import { invariant } from '#domain/result.ts';
import type { Command } from '#domain/upgrade/event.ts';
import type { GroupName } from '#domain/names.ts';
import { ownHoldKey } from '#domain/upgrade/moves.ts';
import { Chance, hashOf } from '#simulation/world/chance.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import type { Draw } from './draw.ts';
import type { RunFigures } from './figures.ts';
import { Meter } from './meter.ts';
import { People } from './people.ts';
import type { Prepared } from './prepared.ts';
import { Servers } from './servers.ts';
import { ForecastSite, type ServerInRun } from './site.ts';
import { Transfers } from './transfers.ts';

/** Lines of the record that tell of a server's failure. */
const failures: ReadonlySet<string> = new Set(['server-returned', 'server-vanished']);
const yearMilliseconds = 365 * 86_400_000;
/** Far above what a run needs; a plan that goes in circles ends all the same. */
const eventsMax = { base: 1_000_000, perServer: 200 };

/** Its chance depends on the seed and on the number of the run alone. */
export function runOnce(prepared: Prepared, run: number): RunFigures {
  const { startsAt, seed, servers } = prepared.request;
  const once = new Run(prepared, new Chance(hashOf(`run ${run}`, seed)));
  const events = eventsMax.base + eventsMax.perServer * servers.length;
  once.schedule.runNow({ time: startsAt + yearMilliseconds, events });
  return { run, ...once.end() };
}

class Run {
  readonly schedule: Schedule;
  readonly #prepared: Prepared;
  readonly #meter: Meter;
  readonly #site: ForecastSite;
  readonly #servers: Servers;
  readonly #people: People;
  readonly #transfers: Transfers;
  readonly #chance: Chance;

  constructor(prepared: Prepared, chance: Chance) {
    const { request, groups } = prepared;
    this.#prepared = prepared;
    this.schedule = new Schedule(request.startsAt);
    this.#meter = new Meter(this.schedule, groups.length);
    this.#site = new ForecastSite({
      prepared,
      schedule: this.schedule,
      meter: this.#meter,
      events: {
        perform: (command, server) => this.#perform(command, server),
        moved: (place, before) => this.#people.moved(place, before),
      },
    });
    this.#transfers = new Transfers(request, this.schedule, this.#meter);
    this.#chance = chance.fork('site');
    this.#servers = new Servers({
      site: this.#site,
      transfers: this.#transfers,
      chance: chance.fork('servers'),
    });
    this.#people = new People({
      site: this.#site,
      servers: this.#servers,
      chance: chance.fork('people'),
    });
    this.#people.begin();
    this.#site.tell({ type: 'started' });
  }

  end(): Omit<RunFigures, 'run'> {
    const figures = this.#meter.end(this.#transfers.link, this.#site.groups);
    const { finishedAt } = this.#site.head;
    return { endsAt: finishedAt, mixedEndsAt: this.#site.levelAt, ...figures };
  }

  #perform(command: Command, server: ServerInRun | null): void {
    switch (command.type) {
      case 'want':
        return this.#servers.want(serverOf(server));
      case 'grant':
        return this.#servers.granted(serverOf(server));
      case 'refuse':
        return this.#servers.refused(serverOf(server));
      case 'confirm':
        if (command.because === null) this.#servers.confirmed(serverOf(server));
        return undefined;
      case 'nudge':
        return this.#servers.nudge(command);
      case 'open-group':
        this.#meter.began(this.#placeOf(command.group));
        return this.#servers.open(command.group, command.retry);
      case 'follow':
        return this.#servers.follow(command.group);
      case 'close-staging':
        return this.#servers.closeStaging(command.group);
      case 'record':
        if (server !== null && failures.has(command.kind)) this.#people.failed(server);
        return undefined;
      default:
        return this.#performOfSite(command);
    }
  }

  #performOfSite(command: Command): void {
    const { draws } = this.#prepared;
    switch (command.type) {
      case 'place-hold':
        if (command.group === null) return undefined;
        this.#meter.held(this.#placeOf(command.group), command.until);
        return this.#site.tell({ type: 'hold-placed' });
      case 'release-hold':
        // The information server's own hold is no group's.
        if (command.key === ownHoldKey) return undefined;
        return this.#meter.released(this.#prepared.plan.groups.findIndex(isNamed(command.key)));
      case 'check-catalogue': {
        const { lockedAt } = command;
        return this.#later(draws.catalogueCheck(this.#chance), () =>
          this.#site.tell({ type: 'checked', drifts: 0, lockedAt }),
        );
      }
      case 'stage-self':
        return this.#later(this.#ofOwn(draws.informationServer), () =>
          this.#site.tell({ type: 'self-staged' }),
        );
      case 'switch-self':
        return this.#later(0, () => this.#site.tell({ type: 'self-committed' }));
      case 'lay-baseline':
        return this.#later(draws.catalogueCheck(this.#chance), () =>
          this.#site.tell({ type: 'baseline-laid' }),
        );
      case 'upgrade-agent':
        return this.#later(this.#ofOwn(draws.agent), () =>
          this.#site.tell({ type: 'agent-ready' }),
        );
      default:
        return undefined;
    }
  }

  /** What the information server's own upgrade takes, where it is still to be done. */
  #ofOwn(draw: Draw): number {
    return this.#prepared.request.isInformationServerDone === true ? 0 : draw(this.#chance);
  }

  #placeOf(group: GroupName): number {
    return this.#prepared.plan.groups.findIndex(isNamed(group));
  }

  #later(milliseconds: number, act: () => void): void {
    this.schedule.after(milliseconds, act);
  }
}

function isNamed(name: string) {
  return (group: { readonly name: string }) => group.name === name;
}

function serverOf(server: ServerInRun | null): ServerInRun {
  invariant(server !== null, 'an answer goes to the server that asked');
  return server;
}
