import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type HoldId, type ServerId } from '../names.ts';
import {
  deploymentsThatMatter,
  dueOffers,
  holdOverSite,
  withoutRepeats,
  type DeliveryHold,
  type DeliverySite,
  type DeliveryState,
  type Deployment,
} from './due.ts';
import { everyFolder } from './plan.ts';

const tokyo = brand<ServerId>('tokyo-is');
const osaka = brand<ServerId>('osaka-is');

function deployment(part: Partial<Deployment>): Deployment {
  return { number: 1, download: 1, plan: 'nightly', folder: 'east', dueAt: 100, ...part };
}

function site(part: Partial<DeliverySite> = {}): DeliverySite {
  return { site: tokyo, folder: 'east', offered: null, holds: [], ...part };
}

function hold(part: Partial<DeliveryHold> = {}): DeliveryHold {
  const id = brand<HoldId>('hold-1');
  const base = { id, reason: 'upgrade', owner: 'Sato', from: 50, until: 500, releasedAt: null };
  return { ...base, sites: 'all', lanes: ['content'], components: [], ...part };
}

/** What is offered, what is held, when to look again: in short. */
function check(name: string, state: Partial<DeliveryState>, now: number, expected: string): void {
  test(name, () => {
    const bare = { sites: [site()], deployments: [deployment({})], rollouts: [], holds: [] };
    const whole = { ...bare, ...state };
    const due = dueOffers(whole, now);
    const offers = due.offers.map((one) => `${one.site}<-${one.deployment.number}`);
    const held = due.held.map((one) => `${one.site}|${one.deployment.number}`);
    assert.equal([...offers, ...held, `next ${due.nextAt ?? 'never'}`].join(' '), expected);
  });
}

const west = site({ site: osaka, folder: 'west' });
const later = deployment({ number: 2, download: 2, dueAt: 300 });
const outbreak = deployment({ number: 2, plan: 'outbreak', folder: everyFolder, dueAt: 120 });
const offeredFirst = site({ offered: { download: 1, number: 1 } });

check('nothing before its time', {}, 99, 'next 100');
check('an offer when its time has come', {}, 100, 'tokyo-is<-1 next never');
check('nothing twice', { sites: [offeredFirst] }, 200, 'next never');
check('another folder gets nothing', { sites: [west] }, 200, 'next never');
check(
  'a plan for every folder reaches a site in any',
  { sites: [site(), west], deployments: [outbreak] },
  120,
  'tokyo-is<-2 osaka-is<-2 next never',
);
check(
  'for every folder, when that is newer than what stands for its own',
  { deployments: [deployment({}), outbreak] },
  120,
  'tokyo-is<-2 next never',
);
check(
  'for its own folder, when that is newer',
  { deployments: [deployment({ number: 3 }), outbreak] },
  120,
  'tokyo-is<-3 next never',
);
check(
  'the same download again, a deployment later',
  { deployments: [deployment({ number: 2 })], sites: [offeredFirst] },
  200,
  'tokyo-is<-2 next never',
);
const soon = hold({ from: 150, isPlanned: true });
check('a hold to come keeps nothing', { holds: [soon] }, 120, 'tokyo-is<-1 next 150');
check('it does from its beginning on', { holds: [soon] }, 150, 'tokyo-is|1 next 500');
check(
  'a hold over one component lets the offer go',
  { holds: [hold({ components: [brand('pattern')] })] },
  120,
  'tokyo-is<-1 next 500',
);
check(
  'so does one over programs',
  { holds: [hold({ lanes: ['program'] })] },
  120,
  'tokyo-is<-1 next 500',
);
check(
  'the next look is at what comes first, in any order',
  { deployments: [300, 250, 280].map((dueAt) => deployment({ dueAt })) },
  200,
  'next 250',
);
check(
  'only the newest download is offered',
  { deployments: [deployment({}), later] },
  300,
  'tokyo-is<-2 next never',
);
check(
  'an older download whose delay ends later goes nowhere',
  { deployments: [deployment({ dueAt: 400 }), later], sites: [site({ offered: later })] },
  400,
  'next never',
);
check(
  'a site that moved to a slower folder keeps what it has',
  { sites: [site({ offered: { download: 2, number: 9 } })] },
  200,
  'next never',
);
check('a hold keeps the offer back until its end', { holds: [hold()] }, 200, 'tokyo-is|1 next 500');
check('until its last instant', { holds: [hold()] }, 499, 'tokyo-is|1 next 500');
check('its end is open', { holds: [hold()] }, 500, 'tokyo-is<-1 next never');
check(
  'made before the clock was set back',
  { holds: [hold({ from: 201 })] },
  200,
  'tokyo-is|1 next 500',
);
check('released', { holds: [hold({ releasedAt: 199 })] }, 200, 'tokyo-is<-1 next never');
check(
  'the outbreak plan passes no hold',
  { deployments: [outbreak], holds: [hold()] },
  120,
  'tokyo-is|2 next 500',
);
check(
  'a hold over one site leaves the others alone',
  { sites: [site(), west], deployments: [outbreak], holds: [hold({ sites: [osaka] })] },
  120,
  'tokyo-is<-2 osaka-is|2 next 500',
);
check(
  'a hold that a site reports keeps back for that site alone',
  { sites: [site({ holds: [hold({ sites: [tokyo] })] }), west], deployments: [outbreak] },
  120,
  'osaka-is<-2 tokyo-is|2 next 500',
);
check(
  'after a long hold only the newest goes out',
  {
    deployments: [deployment({}), later, deployment({ number: 3, download: 3, dueAt: 400 })],
    holds: [hold()],
  },
  500,
  'tokyo-is<-3 next never',
);

test('of two deployments of one rank the one for its own folder is followed', () => {
  const deployments = [outbreak, deployment({ number: 2 })];
  const { offers } = dueOffers({ sites: [site()], deployments, rollouts: [], holds: [] }, 120);
  assert.equal(offers[0]?.deployment.plan, 'nightly');
});

test('the first hold over a site is named', () => {
  const holds = [hold({ sites: [osaka] }), hold({ id: brand<HoldId>('hold-2') })];
  assert.equal(holdOverSite(holds, tokyo, 100)?.id, 'hold-2');
  assert.equal(holdOverSite(holds, tokyo, 500), null);
});

test('of repeated deployments of one download only the first to come is kept', () => {
  const repeated = [
    deployment({ number: 1, dueAt: 300 }),
    deployment({ number: 2, dueAt: 310 }),
    deployment({ number: 3, download: 2, dueAt: 320 }),
  ];
  assert.deepEqual(
    deploymentsThatMatter(repeated, [], 100).map((one) => one.number),
    [1, 3],
  );
});

function checkMatter(name: string, all: readonly Deployment[], expected: readonly number[]): void {
  test(`what can matter still: ${name}`, () => {
    const numbers = deploymentsThatMatter(all, [], 100).map((one) => one.number);
    assert.deepEqual(numbers, expected);
  });
}

checkMatter('what stands as of now, once', [deployment({})], [1]);
checkMatter(
  'the same download, to come once more',
  [deployment({}), deployment({ number: 2, dueAt: 200 })],
  [1, 2],
);
checkMatter(
  'no older download than the one that stands',
  [deployment({ download: 2 }), deployment({ number: 2, dueAt: 200 })],
  [1],
);
checkMatter(
  'of two for the same instant the one made first',
  [deployment({ number: 3, dueAt: 200 }), deployment({ number: 2, dueAt: 200 })],
  [2],
);

test('a download that brought nothing new repeats nothing, but reaches a folder that lacks it', () => {
  const planned = [
    { plan: 'nightly', folder: 'east', dueAt: 900 },
    { plan: 'nightly', folder: 'west', dueAt: 900 },
  ];
  const folders = (download: number): string[] =>
    withoutRepeats(planned, [deployment({})], download).map((one) => one.folder);
  assert.deepEqual(folders(1), ['west']);
  assert.deepEqual(folders(2), ['east', 'west']);
});

const anyDeployments = fc
  .array(
    fc.record({
      download: fc.integer({ min: 1, max: 4 }),
      plan: fc.constantFrom('nightly', 'outbreak'),
      folder: fc.constantFrom('east', 'west', everyFolder),
      dueAt: fc.nat(10),
    }),
    { maxLength: 12 },
  )
  .map((list) => list.map((one, index) => ({ ...one, number: index + 1 })));

/** Runs the days one by one, as the loop does, and notes each download offered. */
function run(deployments: Deployment[], forget: boolean): number[] {
  let offered: DeliverySite['offered'] = null;
  let known = deployments;
  const history: number[] = [];
  for (let now = 0; now <= 11; now++) {
    if (forget) known = deploymentsThatMatter(known, [], now);
    const sites = [site({ offered })];
    const state: DeliveryState = { sites, deployments: known, rollouts: [], holds: [] };
    for (const one of dueOffers(state, now).offers) {
      offered = one.deployment;
      history.push(one.deployment.download);
    }
  }
  return history;
}

test('downloads never go back, and forgetting what cannot matter changes no outcome', () => {
  fc.assert(
    fc.property(anyDeployments, (deployments) => {
      const history = run(deployments, false);
      assert.deepEqual(
        history,
        history.toSorted((left, right) => left - right),
      );
      assert.deepEqual(new Set(run(deployments, true)), new Set(history));
    }),
  );
});

test('asking twice offers once; a held site is offered nothing', () => {
  fc.assert(
    fc.property(anyDeployments, fc.nat(10), (deployments, now) => {
      const [offer] = dueOffers(
        { sites: [site()], deployments, rollouts: [], holds: [] },
        now,
      ).offers;
      if (offer === undefined) return;
      const after = site({ offered: offer.deployment });
      assert.deepEqual(
        dueOffers({ sites: [after], deployments, rollouts: [], holds: [] }, now).offers,
        [],
      );
      const held = dueOffers(
        { sites: [site()], deployments, rollouts: [], holds: [hold({ from: 0 })] },
        now,
      );
      assert.deepEqual([held.offers.length, held.held.length], [0, 1]);
    }),
  );
});
