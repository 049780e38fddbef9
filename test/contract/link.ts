/** What a link promises to the side that dials and to the side that listens. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Identity } from '#domain/trust/identity.ts';
import type { SocketLink } from '#ports/link.ts';

export type LinkFixture = {
  listen(accept: (link: SocketLink) => void): Promise<void>;
  /** Its connections end, and nobody answers there until it listens again. */
  stopListening(): Promise<void>;
  dial(opened: (link: SocketLink) => void, isAddressKnown?: () => boolean): { close(): void };
  /** Lets time pass until that is so. */
  until(what: string, isSo: () => boolean): Promise<void>;
  /** Lets so much of the dialler's time pass. */
  pass(milliseconds: number): Promise<void>;
  end(): Promise<void>;
  /** Whom each side's certificate names; null: an insecure loopback, where nobody shows one. */
  readonly identities: { readonly lower: Identity; readonly upper: Identity } | null;
};

/** One side: its connections in the order in which they opened, and what it was told of each. */
type Side = {
  readonly open: (link: SocketLink) => void;
  readonly links: SocketLink[];
  /** By connection: what was heard on it; 'over' each time that its end was told. */
  readonly told: unknown[][];
  isOver(connection: number): boolean;
};

function side(greets: (link: SocketLink) => void = () => undefined): Side {
  const links: SocketLink[] = [];
  const told: unknown[][] = [];
  const open = (link: SocketLink): void => {
    const of: unknown[] = [];
    links.push(link);
    told.push(of);
    link.onMessage((message) => of.push(message));
    link.onClose(() => of.push('over'));
    greets(link);
  };
  return { open, links, told, isOver: (connection) => told[connection]?.includes('over') === true };
}

/** Longer than the longest back-off. */
const longMilliseconds = 20_000;
const say = (link: SocketLink | undefined, ...numbers: readonly number[]): void => {
  assert.ok(link);
  for (const number of numbers) link.send({ number });
};
const heard = (...numbers: readonly number[]): unknown[] => numbers.map((number) => ({ number }));

async function connected(fixture: LinkFixture) {
  const [lower, upper] = [side(), side()];
  await fixture.listen(upper.open);
  const dialler = fixture.dial(lower.open);
  const opens = (count: number): Promise<void> =>
    fixture.until(
      `connection ${count}`,
      () => lower.links.length >= count && upper.links.length >= count,
    );
  await opens(1);
  return { ...fixture, lower, upper, dialler, opens };
}

export function linkContract(
  name: string,
  makeNow: () => LinkFixture | Promise<LinkFixture>,
): void {
  const make = async (): Promise<LinkFixture> => makeNow();
  describe(`a link: ${name}`, () => {
    test('each side knows whom the certificate of the other names, however often it is dialled', async () => {
      const fixture = await make();
      const both = await connected(fixture);
      both.upper.links[0]?.close();
      await both.opens(2);
      const { identities } = fixture;
      for (const connection of [0, 1]) {
        const [lower, upper] = [both.lower, both.upper].map(({ links }) => links[connection]?.peer);
        assert.deepEqual(lower?.identity ?? null, identities?.upper ?? null);
        assert.deepEqual(upper?.identity ?? null, identities?.lower ?? null);
      }
      await both.end();
    });

    test('both sides hear all in order, from what is said the moment it opens', async () => {
      const { listen, dial, until, end } = await make();
      const lower = side((link) => say(link, 1, 2));
      const upper = side((link) => say(link, 11, 12));
      await listen(upper.open);
      dial(lower.open);
      await until(
        'the greetings',
        () => lower.told[0]?.length === 2 && upper.told[0]?.length === 2,
      );
      const many = Array.from({ length: 200 }, (_, index) => 100 + index);
      say(lower.links[0], ...many);
      say(upper.links[0], ...many);
      const whole = 2 + many.length;
      await until('the rest', () => [lower, upper].every(({ told }) => told[0]?.length === whole));
      assert.deepEqual(upper.told, [heard(1, 2, ...many)]);
      assert.deepEqual(lower.told, [heard(11, 12, ...many)]);
      await end();
    });

    for (const closes of ['lower', 'upper'] as const) {
      test(`when the ${closes} side closes, the other has heard all, and each is told once`, async () => {
        const both = await connected(await make());
        const other = closes === 'lower' ? both.upper : both.lower;
        const link = both[closes].links[0];
        say(link, 1, 2, 3);
        link?.close();
        // Neither throws, and nothing of it arrives.
        say(link, 4);
        link?.close();
        await both.until('the ends', () => both.lower.isOver(0) && both.upper.isOver(0));
        say(other.links[0], 5);
        other.links[0]?.close();
        await both.pass(longMilliseconds);
        assert.deepEqual(other.told[0], [...heard(1, 2, 3), 'over']);
        assert.deepEqual(both[closes].told[0], ['over']);
        await both.end();
      });
    }

    test('its own end is told to a side after its close returned, also who asks only then', async () => {
      const both = await connected(await make());
      const { lower, upper } = both;
      const later: string[] = [];
      lower.links[0]?.close();
      assert.deepEqual(lower.told, [[]]);
      lower.links[0]?.onClose(() => later.push('over'));
      await both.until('the ends', () => lower.isOver(0) && upper.isOver(0));
      assert.deepEqual(later, ['over']);
      await both.end();
    });

    test('after a connection ended the next one is dialled, and begins with nothing', async () => {
      const both = await connected(await make());
      const { lower, upper, opens, until, end } = both;
      upper.links[0]?.close();
      await until('the ends', () => lower.isOver(0) && upper.isOver(0));
      say(lower.links[0], 1);
      say(upper.links[0], 2);
      await opens(2);
      say(lower.links[0], 3);
      say(upper.links[0], 4);
      say(lower.links[1], 5);
      say(upper.links[1], 6);
      await until('the next', () => lower.told[1]?.length === 1 && upper.told[1]?.length === 1);
      assert.deepEqual(upper.told, [['over'], heard(5)]);
      assert.deepEqual(lower.told, [['over'], heard(6)]);
      await end();
    });

    test('a listener that was gone is dialled until it is back; nothing said meanwhile waits', async () => {
      const both = await connected(await make());
      const { lower, upper, opens, until, pass, end } = both;
      await both.stopListening();
      say(lower.links[0], 1);
      await until('the end', () => lower.isOver(0));
      say(lower.links[0], 2);
      await pass(longMilliseconds);
      assert.equal(lower.links.length, 1, 'nobody listens');
      await both.listen(upper.open);
      await opens(2);
      say(lower.links[1], 3);
      await until('the next', () => upper.told[1]?.length === 1);
      assert.deepEqual(upper.told[1], heard(3));
      assert.deepEqual(lower.told, [['over'], []]);
      await end();
    });

    test('a dialler that is closed ends its connection, and dials no more', async () => {
      const both = await connected(await make());
      const { lower, upper, dialler, until, pass, end } = both;
      dialler.close();
      await until('the ends', () => lower.isOver(0) && upper.isOver(0));
      dialler.close();
      await pass(longMilliseconds);
      assert.deepEqual([lower.told, upper.told], [[['over']], [['over']]]);
      await end();
    });

    test('a dialler that is closed while it waits dials no more', async () => {
      const { listen, dial, pass, end } = await make();
      const [lower, upper] = [side(), side()];
      await listen(upper.open);
      dial(lower.open, () => false).close();
      await pass(longMilliseconds);
      assert.deepEqual([lower.links, upper.links], [[], []]);
      await end();
    });

    test('an address that is not known yet is asked for again', async () => {
      const { listen, dial, until, pass, end } = await make();
      const [lower, upper] = [side(), side()];
      let isKnown = false;
      let asked = 0;
      await listen(upper.open);
      dial(lower.open, () => {
        asked += 1;
        return isKnown;
      });
      await until('three questions', () => asked >= 3);
      assert.equal(lower.links.length, 0);
      isKnown = true;
      await until('a connection', () => lower.links.length === 1 && upper.links.length === 1);
      const before = asked;
      await pass(longMilliseconds);
      assert.equal(asked, before, 'one connection is enough');
      await end();
    });

    test('a message of which its own side is told while it hears another goes out after it', async () => {
      const { listen, dial, until, end } = await make();
      const upper = side((link) => link.onMessage((message) => link.send({ answer: message })));
      const lower = side((link) => say(link, 1, 2, 3));
      await listen(upper.open);
      dial(lower.open);
      await until('the answers', () => lower.told[0]?.length === 3);
      assert.deepEqual(
        lower.told[0],
        heard(1, 2, 3).map((answer) => ({ answer })),
      );
      await end();
    });
  });
}
