/** What every journal of an information server promises, whatever keeps its rows. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brand, type ComponentName, type ServerId, type UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { RecordVerifier } from '#domain/record/verify.ts';
import type { Rows } from '#ports/journal.ts';
import { foundLine } from '#protocol/record/export.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { billPromises } from './journal-bill.ts';
import { certificateOf, enrolledOf, enrolmentPromises, tokenOf } from './journal-enrolment.ts';
import { ringPromises } from './journal-rings.ts';
import {
  begin,
  contentOf,
  digestOf,
  groupA,
  holdOf,
  releaseOf,
  revisionOf,
  rowOf,
  serverNamed,
} from './journal-rows.testing.ts';
import {
  standingPromises,
  upgradePromises,
  type JournalHome,
  type Promises,
} from './journal-upgrades.ts';

export function journalContract(name: string, make: () => Promise<JournalHome>): void {
  const promises: Promises = (title, act) => {
    test(title, async () => {
      const home = await make();
      const journal = await home.open();
      await journal.transaction((rows) => rows.log.beginRecord({ site, at: 1 }));
      await act(journal, home);
      await journal.close();
    });
  };
  describe(`journal: ${name}`, () => {
    transactions(promises);
    logs(promises);
    records(promises);
    catalogue(promises);
    fleet(promises);
    holds(promises);
    upgradePromises(promises);
    standingPromises(promises);
    enrolmentPromises(promises);
    billPromises(promises);
    ringPromises(promises);
  });
}

const site = brand<ServerId>('tokyo');
/** As each input has it. */
const siteFacts = { inFlight: 0, inFlightMax: 2, heldBy: null, proving: false };

const line = (who: string) =>
  ({ at: 1, kind: 'server-moved', who, server: null, detail: {} }) as const;

async function names(rows: Rows, after: number | null = 0, limit = 10): Promise<string[]> {
  return (await rows.log.record(after, limit)).map(({ who }) => who);
}

function transactions(promises: Promises): void {
  promises('a transaction that throws leaves nothing behind, in no table', async (journal) => {
    await journal.transaction(everywhere('kept'));
    const before = await all(journal.rows);
    const broken = journal.transaction(async (rows) => {
      await everywhere('gone')(rows);
      await rows.fleet.putServer({ ...serverNamed('kept'), lastSeen: 9 });
      await rows.fleet.forgetManual(brand<ComponentName>('kept'));
      throw new Error('in the middle');
    });
    await assert.rejects(broken, /in the middle/);
    assert.deepEqual(await all(journal.rows), before);
  });

  promises('and numbers go on as if it had never been', async (journal) => {
    await journal.transaction(async (rows) => rows.log.appendRecord(line('one')));
    const broken = journal.transaction(async (rows) => {
      await rows.log.appendRecord(line('lost'));
      throw new Error('in the middle');
    });
    await assert.rejects(broken);
    await journal.transaction(async (rows) => rows.log.appendRecord(line('two')));
    const numbers = (await journal.rows.log.record(0, 10)).map(({ number }) => number);
    assert.deepEqual(numbers, [1, 2]);
  });

  promises('one transaction at a time, in the order in which they were asked', async (journal) => {
    const steps: string[] = [];
    const transaction = (name: string) =>
      journal.transaction(async (rows) => {
        steps.push(`${name} begins`);
        await rows.log.appendRecord(line(name));
        await rows.log.note('anything');
        steps.push(`${name} ends`);
      });
    await Promise.all(['one', 'two', 'three'].map(transaction));
    const expected = ['one', 'two', 'three'].flatMap((name) => [`${name} begins`, `${name} ends`]);
    assert.deepEqual(steps, expected);
    assert.deepEqual(await names(journal.rows), ['one', 'two', 'three']);
  });

  promises('who reads outside sees nothing of a transaction under way', async (journal) => {
    const outside: Promise<string | null>[] = [];
    const broken = journal.transaction(async (rows) => {
      await rows.log.putNote('name', 'never');
      outside.push(journal.rows.log.note('name'));
      await rows.log.putNote('name', 'neither');
      assert.equal(await rows.log.note('name'), 'neither');
      throw new Error('in the middle');
    });
    await assert.rejects(broken);
    assert.deepEqual(await Promise.all(outside), [null]);
  });

  promises(
    'a transaction answers, and the next life reads what it wrote',
    async (journal, home) => {
      const answer = await journal.transaction(async (rows) => {
        await everywhere('kept')(rows);
        return 42;
      });
      assert.equal(answer, 42);
      const before = await all(journal.rows);
      await journal.close();
      const again = await home.open();
      assert.deepEqual(await all(again.rows), before);
      await again.close();
    },
  );

  promises('a failed batch takes nothing of the next one with it', async (journal) => {
    const broken = journal.transaction(async () => {
      throw new Error('in the middle');
    });
    const next = journal.transaction(async (rows) => rows.log.putNote('name', 'next'));
    await assert.rejects(broken);
    await next;
    assert.equal(await journal.rows.log.note('name'), 'next');
  });

  promises(
    'closed, it answers nothing, and what was under way is undone',
    async (journal, home) => {
      await journal.transaction(async (rows) => rows.log.putNote('name', 'before'));
      const underWay = journal.transaction(async (rows) => {
        await rows.log.putNote('name', 'under way');
        await journal.close();
        await rows.log.putNote('name', 'still under way');
      });
      await assert.rejects(underWay);
      await assert.rejects(journal.rows.log.note('name'));
      await assert.rejects(journal.transaction(async (rows) => rows.log.note('name')));
      const again = await home.open();
      assert.equal(await again.rows.log.note('name'), 'before');
      await again.close();
    },
  );

  promises('a row written outside any transaction stands as well', async (journal) => {
    await journal.rows.log.putNote('name', 'alone');
    assert.equal(await journal.rows.log.note('name'), 'alone');
  });
}

/** Something in every table. */
function everywhere(name: string): (rows: Rows) => Promise<void> {
  const number = name.length * 1_000 + name.charCodeAt(0);
  return async (rows) => {
    const { fleet, catalogue: books, holds: held, log } = rows;
    const component = brand<ComponentName>(name);
    const server = brand<ServerId>(name);
    await fleet.putServer(serverNamed(name));
    const desired = { server, component, digest: digestOf(1), version: '1' } as const;
    await fleet.putDesired({ ...desired, owner: 'manual' });
    await books.putRelease(releaseOf(name, number), 1);
    await books.putRevision(revisionOf(1, number), 1);
    await books.putContent(contentOf(name, number));
    await held.putHold(holdOf(name, {}));
    const upgrade = await begin(rows, name);
    await rows.upgrades.putRow(upgrade, rowOf(name, 'leased', { deadline: 5 }));
    await log.appendInput(upgrade, 3, { event: { type: 'started' }, site: siteFacts });
    await log.appendRecord(line(name));
    const because = problem('HOLD_OVER', { hold: name });
    await log.putEvidence({ digest: digestOf(number), at: 2, kind: 'drift', because, text: name });
    await log.putNote(name, name);
    await rows.enrolment.putToken(tokenOf(name, number));
    await rows.enrolment.putEnrolled(enrolledOf(name));
    await rows.enrolment.putCertificate(certificateOf(name, { server: name, until: number }));
  };
}

async function all(rows: Rows): Promise<unknown> {
  const { fleet, catalogue: books, holds: held, upgrades: steps, log } = rows;
  const servers = ['kept', 'gone'].map((name) => brand<ServerId>(name));
  const names = ['kept', 'gone'].map((name) => brand<UpgradeId>(name));
  return {
    servers: await fleet.servers(),
    desired: await Promise.all(servers.map((server) => fleet.desiredOf(server))),
    releases: await books.releases(),
    revision: await books.revision(),
    contents: await books.contents(),
    holds: await held.holds(0),
    heads: await steps.heads(),
    plans: await Promise.all(names.map((name) => steps.plan(name))),
    groups: await Promise.all(names.map((name) => steps.groups(name))),
    rows: await Promise.all(
      names.map((upgrade) => steps.rowsIn({ upgrade, group: groupA, limit: 10 })),
    ),
    standing: await Promise.all(servers.map((server) => steps.standingRowsOf(server))),
    due: await steps.rowsDue(10, 10),
    inFlight: await steps.inFlight(),
    inputs: await log.inputs({ after: 0, limit: 10 }),
    record: await log.record(0, 10),
    evidence: await log.evidence(),
    notes: await Promise.all(servers.map((name) => log.note(name))),
    tokens: await rows.enrolment.tokens(),
    enrolled: await rows.enrolment.enrolledServers(),
    certificates: await Promise.all(servers.map((one) => rows.enrolment.certificatesOf(one))),
  };
}

function records(promises: Promises): void {
  const begun = { site, at: 1 };

  promises(
    'each line of the record is chained to the one before',
    async ({ rows, transaction }) => {
      const { genesis, recordHead } = rows.log;
      const found = await genesis();
      assert.deepEqual(found, { format: 1, site, at: 1, linesBefore: 0 });
      const first = await recordHead();
      assert.equal(first.number, 0);
      await transaction(async ({ log }) => {
        await log.appendRecord(line('one'));
        await log.appendRecord({
          ...line('two'),
          detail: { b: 1, a: [undefined, 'あ'], c: undefined },
        });
        assert.equal((await log.recordHead()).number, 2);
      });
      const broken = transaction(async ({ log }) => {
        await log.appendRecord(line('lost'));
        throw new Error('in the middle');
      });
      await assert.rejects(broken);
      await transaction(({ log }) => log.appendRecord(line('three')));
      const verifier = new RecordVerifier(
        { format: 1, ...begun, linesBefore: 0 },
        { digestOf: digestOfBytes, site, heads: [] },
      );
      const lines = await rows.log.record(0, 10);
      assert.deepEqual(
        lines.map(({ number, who }) => [number, who]),
        [
          [1, 'one'],
          [2, 'two'],
          [3, 'three'],
        ],
      );
      for (const one of lines) verifier.take(foundLine(one));
      const { problems, head } = verifier.end(await recordHead());
      assert.deepEqual(problems, []);
      assert.equal(head.hash, lines[2]?.hash);
    },
  );

  promises('a record that is begun is not begun again', async ({ rows, transaction }, home) => {
    await transaction(({ log }) => log.appendRecord(line('one')));
    const before = [await rows.log.genesis(), await rows.log.recordHead()];
    const again = await home.open();
    const other = { site: brand<ServerId>('osaka'), at: 9 };
    await again.transaction(({ log }) => log.beginRecord(other));
    assert.deepEqual([await again.rows.log.genesis(), await again.rows.log.recordHead()], before);
    await again.close();
  });
}

function logs(promises: Promises): void {
  promises('the record is answered after a number, or its newest lines', async (journal) => {
    await journal.transaction(async (rows) => {
      for (const name of ['one', 'two', 'three']) await rows.log.appendRecord(line(name));
    });
    assert.deepEqual(await names(journal.rows, 1), ['two', 'three']);
    assert.deepEqual(await names(journal.rows, 0, 2), ['one', 'two']);
    assert.deepEqual(await names(journal.rows, null, 2), ['two', 'three']);
    assert.deepEqual(await names(journal.rows, 3), []);
  });

  promises('the record is searched from its end on, a part at a time', async (journal) => {
    await journal.transaction(async ({ log }) => {
      for (let at = 1; at <= 12; at++) {
        const [who, server] = [at % 2 === 0 ? 'sato' : 'wada', at % 3 === 0 ? 'web-1' : null];
        const kind = at % 4 === 0 ? 'hold-placed' : 'server-moved';
        const detail = { reason: `Nightly Backup ${at}` };
        const of = server === null ? null : brand<ServerId>(server);
        await log.appendRecord({ at: at * 10, kind, who, server: of, detail });
      }
    });
    const { searchRecord } = journal.rows.log;
    const whole = { before: null, limit: 20, linesMax: 100 };
    for (const [filter, found] of [
      [{}, [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
      [{ kinds: ['hold-placed'] }, [12, 8, 4]],
      [{ kinds: ['hold-placed', 'nothing-like-it'], server: 'web-1' }, [12]],
      [{ who: 'sato', from: 40, until: 100 }, [8, 6, 4]],
      [{ text: ' nightly backup 1' }, [12, 11, 10, 1]],
      [{ text: 'WADA web-1' }, [9, 3]],
      [{ text: '"#":"' }, []],
      [{ who: 'Sato' }, []],
    ] as const) {
      const { lines, next } = await searchRecord(filter, whole);
      const numbers = lines.map(({ number }) => number);
      assert.deepEqual([numbers, next], [found, null], JSON.stringify(filter));
    }
    const pages: unknown[] = [];
    let before: number | null = null;
    do {
      const part = { before, limit: 2, linesMax: 5 };
      const { lines, next } = await searchRecord({ who: 'sato', text: 'backup' }, part);
      pages.push([lines.map(({ number }) => number), next]);
      before = next;
    } while (before !== null);
    assert.deepEqual(pages, [
      [[12, 10], 10],
      [[8, 6], 6],
      [[4, 2], 2],
      [[], null],
    ]);
    assert.deepEqual(await searchRecord({}, { before: 5, limit: 9, linesMax: 2 }), {
      lines: (await journal.rows.log.record(2, 2)).toReversed(),
      next: 3,
    });
  });

  promises(
    'inputs are answered in order, page by page, of one upgrade or of all',
    async (journal) => {
      const [one, other] = [brand<UpgradeId>('to-5.80'), brand<UpgradeId>('to-5.81')];
      await journal.transaction(async (rows) => {
        for (const [at, upgrade] of [one, other, null, one, one].entries()) {
          await rows.log.appendInput(upgrade, at, { event: { type: 'tick' }, site: siteFacts });
        }
      });
      const page = async (upgrade: UpgradeId | undefined, after: number, limit: number) =>
        (await journal.rows.log.inputs({ upgrade, after, limit })).map((kept) => kept.number);
      assert.deepEqual(await page(undefined, 0, 3), [1, 2, 3]);
      assert.deepEqual(await page(undefined, 3, 3), [4, 5]);
      assert.deepEqual(await page(one, 0, 2), [1, 4]);
      assert.deepEqual(await page(one, 4, 2), [5]);
      assert.deepEqual(await journal.rows.log.inputs({ after: 1, limit: 2 }), [
        { number: 2, upgrade: other, at: 1, input: { event: { type: 'tick' }, site: siteFacts } },
        { number: 3, upgrade: null, at: 2, input: { event: { type: 'tick' }, site: siteFacts } },
      ]);
    },
  );

  promises('evidence of one digest and moment is kept once, as it first came', async (journal) => {
    const because = problem('HOLD_OVER', { hold: 'hold-1' });
    const evidence = { digest: digestOf(1), at: 2, kind: 'drift', because, text: 'first' };
    await journal.transaction(async ({ log }) => {
      await log.putEvidence(evidence);
      await log.putEvidence({ ...evidence, text: 'second' });
      await log.putEvidence({ ...evidence, at: 1, text: 'earlier' });
    });
    const { log } = journal.rows;
    assert.deepEqual(
      (await log.evidence()).map(({ text }) => text),
      ['earlier', 'first'],
    );
    assert.equal(await log.hasEvidence(digestOf(1)), true);
    assert.equal(await log.hasEvidence(digestOf(2)), false);
  });
}

function catalogue(promises: Promises): void {
  promises('a release stays as it came; all are told in the order of coming', async (journal) => {
    await journal.transaction(async (rows) => {
      await rows.catalogue.putRelease(releaseOf('b', 2), 5);
      await rows.catalogue.putRelease(releaseOf('a', 1), 5);
      await rows.catalogue.putRelease(releaseOf('c', 3), 4);
      await rows.catalogue.putRelease(releaseOf('other', 2), 1);
    });
    const releases = await journal.rows.catalogue.releases();
    assert.deepEqual(
      releases.map(({ manifest }) => manifest.component),
      ['c', 'b', 'a'],
    );
    assert.deepEqual(await journal.rows.catalogue.release(digestOf(2)), releaseOf('b', 2));
    assert.equal(await journal.rows.catalogue.release(digestOf(4)), null);
  });

  promises(
    'a release without its packages is known, and told until they come again',
    async (journal) => {
      const { catalogue: books } = journal.rows;
      const told = async (): Promise<readonly (readonly string[])[]> =>
        [await books.releases(), await books.releasesGone()].map((releases) =>
          releases.map(({ manifest }) => manifest.component),
        );
      await journal.transaction(async (rows) => {
        for (const [number, name] of ['a', 'b', 'c'].entries()) {
          await rows.catalogue.putRelease(releaseOf(name, number), number);
        }
        await rows.catalogue.packagesGone(digestOf(1), 5);
        await rows.catalogue.packagesGone(digestOf(0), 6);
        await rows.catalogue.packagesGone(digestOf(1), 7);
      });
      assert.deepEqual(await told(), [['c'], ['a', 'b']]);
      assert.deepEqual(await books.release(digestOf(1)), releaseOf('b', 1));
      await journal.transaction((rows) => rows.catalogue.putRelease(releaseOf('b', 1), 9));
      assert.deepEqual(await told(), [['b', 'c'], ['a']]);
    },
  );

  promises('the revision with the highest fence counts, and no fence twice', async (journal) => {
    const { catalogue: books } = journal.rows;
    assert.equal(await books.revision(), null);
    await journal.transaction(async (rows) => {
      for (const [epoch, number] of [[2, 9] as const, [10, 1] as const, [9, 30] as const]) {
        await rows.catalogue.putRevision(revisionOf(epoch, number), 1);
      }
    });
    assert.deepEqual(await books.revision(), revisionOf(10, 1));
    const again = journal.transaction(async (rows) =>
      rows.catalogue.putRevision(revisionOf(2, 9), 1),
    );
    await assert.rejects(again);
  });

  promises('of content the newest of each component', async (journal) => {
    await journal.transaction(async (rows) => {
      await rows.catalogue.putContent(contentOf('pattern', 1));
      await rows.catalogue.putContent(contentOf('engine', 2));
      await rows.catalogue.putContent(contentOf('pattern', 3));
    });
    const contents = await journal.rows.catalogue.contents();
    assert.deepEqual(contents, [contentOf('engine', 2), contentOf('pattern', 3)]);
  });
}

function fleet(promises: Promises): void {
  promises('servers are told by name and as they last were', async (journal) => {
    await journal.transaction(async (rows) => {
      for (const name of ['b', 'c', 'a']) await rows.fleet.putServer(serverNamed(name));
      await rows.fleet.putServer({ ...serverNamed('c'), lastSeen: 7 });
    });
    const servers = await journal.rows.fleet.servers();
    assert.deepEqual(servers, [
      serverNamed('a'),
      serverNamed('b'),
      { ...serverNamed('c'), lastSeen: 7 },
    ]);
    assert.deepEqual(await journal.rows.fleet.server(brand<ServerId>('b')), serverNamed('b'));
    assert.equal(await journal.rows.fleet.server(brand<ServerId>('d')), null);
  });

  promises('a server that is removed is gone with all that was wanted of it', async (journal) => {
    const [gone, kept] = [brand<ServerId>('gone'), brand<ServerId>('kept')];
    const wanted = {
      component: brand<ComponentName>('pattern'),
      digest: digestOf(1),
      version: '1',
    };
    await journal.transaction(async ({ fleet: rows }) => {
      for (const server of [gone, kept]) {
        await rows.putServer(serverNamed(server));
        await rows.putDesired({ server, ...wanted, owner: 'manual' });
      }
    });
    await journal.transaction(({ fleet: rows }) => rows.removeServer(gone));
    const { fleet: rows } = journal.rows;
    assert.deepEqual(await rows.servers(), [serverNamed(kept)]);
    assert.deepEqual(await rows.desiredOf(gone), []);
    assert.equal((await rows.desiredOf(kept)).length, 1);
    await journal.transaction(async ({ fleet: again }) => again.putServer(serverNamed(gone)));
    assert.deepEqual(await journal.rows.fleet.server(gone), serverNamed(gone));
  });

  promises(
    'one owner of each component at each server; what is manual gives way',
    async (journal) => {
      const server = brand<ServerId>('a');
      const [pattern, program] = ['pattern', 'program'].map((name) => brand<ComponentName>(name));
      assert.ok(pattern !== undefined && program !== undefined);
      const wanted = { server, digest: digestOf(1), version: '1' };
      await journal.transaction(async ({ fleet: rows }) => {
        await rows.putDesired({ ...wanted, component: program, owner: 'manual' });
        await rows.putDesired({ ...wanted, component: program, owner: 'upgrade' });
        await rows.putDesired({ ...wanted, component: pattern, owner: 'manual' });
      });
      const ofA = async () =>
        (await journal.rows.fleet.desiredOf(server)).map((one) => [one.component, one.owner]);
      assert.deepEqual(await ofA(), [
        ['pattern', 'manual'],
        ['program', 'upgrade'],
      ]);
      await journal.transaction(async ({ fleet: rows }) => {
        await rows.forgetManual(pattern);
        await rows.forgetManual(program);
      });
      assert.deepEqual(await ofA(), [['program', 'upgrade']]);
    },
  );
}

function holds(promises: Promises): void {
  promises(
    'holds are told that were not over, or released, before that moment',
    async (journal) => {
      await journal.transaction(async ({ holds: rows }) => {
        await rows.putHold(holdOf('d-over', { until: 49 }));
        await rows.putHold(holdOf('c-ends', { until: 50 }));
        await rows.putHold(holdOf('b-released', { until: 100, releasedAt: 49 }));
        await rows.putHold(holdOf('a-coming', { from: 90, until: 100 }));
        await rows.putHold(holdOf('e-late', { until: 20, releasedAt: 50 }));
      });
      const since = async (moment: number) =>
        (await journal.rows.holds.holds(moment)).map(({ id }) => String(id));
      assert.deepEqual(await since(50), ['a-coming', 'c-ends', 'e-late']);
      assert.deepEqual(await since(51), ['a-coming']);
      assert.deepEqual(await since(49), ['a-coming', 'b-released', 'c-ends', 'd-over', 'e-late']);
      assert.deepEqual(await since(101), []);
      const moved = holdOf('d-over', { until: 500 });
      await journal.transaction(async ({ holds: rows }) => rows.putHold(moved));
      assert.deepEqual(await since(101), ['d-over']);
      assert.deepEqual(await journal.rows.holds.hold(moved.id), moved);
    },
  );
}
