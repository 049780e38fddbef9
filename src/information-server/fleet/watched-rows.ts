/**
 * Notes what a change writes, so that those who look can be told, and lists kept in memory follow:
 * every change of rows goes through the one queue, and so through here.
 */

import type { FleetServer } from '#domain/fleet/server.ts';
import type { ServerId } from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import type { ChangedPart } from '#protocol/console/events.ts';

export type Touched = {
  readonly parts: Set<ChangedPart>;
  /** As they stand now; null: removed. */
  readonly servers: Map<ServerId, FleetServer | null>;
  /** Whose row in some upgrade changed. */
  readonly placed: Set<ServerId>;
  /** A new upgrade began: what it wants concerns every server. */
  isUpgradeBegun: boolean;
};

export function nothingTouched(): Touched {
  return { parts: new Set(), servers: new Map(), placed: new Set(), isUpgradeBegun: false };
}

export function watched(rows: Rows, touched: Touched): Rows {
  const { fleet, catalogue, holds, rings, upgrades, enrolment, log, bill, people } = rows;
  const note = (part: ChangedPart): void => void touched.parts.add(part);
  const noting =
    <Given extends readonly unknown[], Answer>(
      part: ChangedPart,
      act: (...given: Given) => Promise<Answer>,
    ) =>
    (...given: Given): Promise<Answer> => {
      note(part);
      return act(...given);
    };
  return {
    fleet: {
      ...fleet,
      putServer(server) {
        note('fleet');
        touched.servers.set(server.server, server);
        return fleet.putServer(server);
      },
      removeServer(server) {
        note('fleet');
        touched.servers.set(server, null);
        return fleet.removeServer(server);
      },
    },
    catalogue: {
      ...catalogue,
      putRelease: noting('catalogue', catalogue.putRelease),
      putRevision: noting('catalogue', catalogue.putRevision),
      putContent: noting('content', catalogue.putContent),
    },
    holds: { ...holds, putHold: noting('holds', holds.putHold) },
    rings: {
      ...rings,
      putRollout: noting('content', rings.putRollout),
      // Counts of a ring are of servers, and change as often.
      putOutcome: noting('fleet', rings.putOutcome),
      putWithdrawn: noting('content', rings.putWithdrawn),
    },
    upgrades: {
      ...upgrades,
      begin(...given) {
        note('upgrade');
        note('fleet');
        touched.isUpgradeBegun = true;
        return upgrades.begin(...given);
      },
      putHead: noting('upgrade', upgrades.putHead),
      putGroup: noting('upgrade', upgrades.putGroup),
      putRow(upgrade, row) {
        note('upgrade');
        note('fleet');
        touched.placed.add(row.server);
        return upgrades.putRow(upgrade, row);
      },
    },
    enrolment: {
      ...enrolment,
      putToken: noting('enrolment', enrolment.putToken),
      putEnrolled: noting('enrolment', enrolment.putEnrolled),
      putCertificate: noting('enrolment', enrolment.putCertificate),
    },
    log: { ...log, appendRecord: noting('record', log.appendRecord) },
    bill,
    people: {
      ...people,
      putPerson: noting('people', people.putPerson),
      removePerson: noting('people', people.removePerson),
      putToken: noting('people', people.putToken),
      removeToken: noting('people', people.removeToken),
      putRequest: noting('people', people.putRequest),
    },
  };
}
