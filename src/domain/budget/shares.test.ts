import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Speeds } from './budget.ts';
import { programShareMin, shares, type Claim } from './shares.ts';

const none: Speeds = { site: null, server: null, links: {}, upgrades: {} };
const claim = (server: string, changes: Partial<Claim> = {}): Claim => ({
  server,
  lane: 'program',
  link: null,
  upgrade: null,
  taken: null,
  ...changes,
});

function check(
  title: string,
  claims: readonly Claim[],
  speeds: Partial<Speeds>,
  expected: readonly number[],
): void {
  test(title, () => {
    const given = shares(claims, { ...none, ...speeds });
    assert.deepEqual(
      given.map((one) => (one === Infinity ? one : Math.round(one))),
      expected,
    );
  });
}

check('nobody', [], { site: 10 }, []);
check('without a limit, as fast as it goes', [claim('a')], {}, [Infinity]);
check('the site is divided equally', [claim('a'), claim('b')], { site: 100 }, [50, 50]);
check('nothing moves', [claim('a'), claim('b')], { site: 0 }, [0, 0]);
check(
  'each server has its own limit',
  [claim('a'), claim('b')],
  { site: 100, server: 30 },
  [30, 30],
);
check(
  'who takes less leaves the rest to the others',
  [claim('a', { taken: 10 }), claim('b'), claim('c')],
  { site: 100 },
  [10, 45, 45],
);
check(
  'a thin link holds back nobody beside it',
  [claim('a', { link: 'thin' }), claim('b', { link: 'thin' }), claim('c')],
  { site: 100, links: { thin: 20 } },
  [10, 10, 80],
);
check(
  'servers are equal, whatever each fetches at once',
  [claim('a'), claim('a'), claim('a'), claim('b')],
  { site: 120 },
  [20, 20, 20, 60],
);
check(
  'an upgrade may have a budget of its own',
  [claim('a', { upgrade: 'u' }), claim('b', { upgrade: 'u' }), claim('c')],
  { site: 100, upgrades: { u: 20 } },
  [10, 10, 80],
);
check(
  'programs yield to content, but for a little',
  [claim('a'), claim('b'), claim('c', { lane: 'content' })],
  { site: 1_000 },
  [25, 25, 950],
);
check(
  'what content does not take is for programs',
  [claim('a'), claim('c', { lane: 'content', taken: 100 })],
  { site: 1_000 },
  [900, 100],
);
check(
  'content of one server yields to nothing of its own',
  [claim('a'), claim('a', { lane: 'content' })],
  { server: 100 },
  [100 * programShareMin, 95],
);
check(
  'content elsewhere costs programs nothing',
  [claim('a', { link: 'x' }), claim('b', { link: 'y', lane: 'content' })],
  { links: { x: 10, y: 10 } },
  [10, 10],
);

test('whatever they want, no limit is passed and nothing usable is left', () => {
  let seed = 7;
  const chance = (most: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % most;
  };
  for (let run = 0; run < 300; run += 1) {
    const claims = Array.from({ length: 1 + chance(30) }, () =>
      claim(`s${chance(12)}`, {
        lane: chance(3) === 0 ? 'content' : 'program',
        link: [null, 'x', 'y'][chance(3)] ?? null,
        upgrade: chance(3) === 0 ? 'u' : null,
        taken: chance(4) === 0 ? chance(500) : null,
      }),
    );
    const speeds: Speeds = {
      site: chance(5_000),
      server: chance(3) === 0 ? null : chance(800),
      links: { x: chance(900), y: chance(900) },
      upgrades: { u: chance(700) },
    };
    const given = shares(claims, speeds);
    const sum = (of: (one: Claim) => boolean): number =>
      claims.reduce((all, one, place) => all + (of(one) ? (given[place] ?? 0) : 0), 0);
    const over = (speed: number | null | undefined, of: (one: Claim) => boolean): boolean =>
      sum(of) > (speed ?? Infinity) + 0.01;
    const full = (speed: number | null | undefined, of: (one: Claim) => boolean): boolean =>
      speed !== null && speed !== undefined && sum(of) >= speed - 0.01;
    assert(!over(speeds.site, () => true), 'the site');
    for (const [place, one] of claims.entries()) {
      const { server, link, upgrade, taken } = one;
      const ofServer = (other: Claim): boolean => other.server === server;
      const ofLink = (other: Claim): boolean => other.link === link;
      const ofUpgrade = (other: Claim): boolean => other.upgrade === upgrade;
      const ofLinkSpeed = link === null ? null : speeds.links[link];
      const ofUpgradeSpeed = upgrade === null ? null : speeds.upgrades[upgrade];
      assert(!over(speeds.server, ofServer) && !over(ofLinkSpeed, ofLink));
      assert(!over(ofUpgradeSpeed, ofUpgrade));
      const speed = given[place] ?? 0;
      assert(speed <= (taken ?? Infinity) + 0.01);
      const isHeld =
        full(speeds.site, () => true) ||
        full(speeds.server, ofServer) ||
        full(ofLinkSpeed, ofLink) ||
        full(ofUpgradeSpeed, ofUpgrade) ||
        (taken !== null && speed >= taken - 0.01);
      // What is kept for programs of a pot may go unused by one who is held elsewhere.
      if (one.lane === 'program') assert(isHeld, `claim ${place} of run ${run} could have more`);
    }
  }
});
