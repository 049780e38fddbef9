import assert from 'node:assert/strict';
import { test } from 'node:test';
import { credentialLimits } from '#domain/people/credential.ts';
import { brand, type Digest, type PersonName } from '#domain/names.ts';
import type { Secrets } from '#ports/secrets.ts';
import { SignInLinks } from './sign-in-links.ts';

const sato = brand<PersonName>('sato');

function opened(): { readonly links: SignInLinks; readonly clock: { at: number } } {
  const clock = { at: 1_000 };
  let made = 0;
  const secrets = {
    make: () => `secret-${++made}`.padEnd(43, 'x'),
    digest: (text: string) => brand<Digest>(Buffer.from(text).toString('hex')),
  } as unknown as Secrets;
  return { links: new SignInLinks({ secrets, clock: { now: () => clock.at } }), clock };
}

test('a link is taken once', () => {
  const { links } = opened();
  const { secret } = links.make(sato);
  assert.equal(links.take('dankai_0_other'), null);
  assert.equal(links.take(secret), 'sato');
  assert.equal(links.take(secret), null);
});

test('a link is over after its minutes', () => {
  const { links, clock } = opened();
  const { secret, until } = links.make(sato);
  assert.equal(until, 1_000 + credentialLimits.linkMs);
  clock.at = until;
  assert.equal(links.take(secret), null);
});

test('the oldest of too many gives way', () => {
  const { links } = opened();
  const made = Array.from({ length: credentialLimits.linksMax + 1 }, () => links.make(sato));
  assert.equal(links.take(made[0]?.secret ?? ''), null);
  assert.equal(links.take(made[1]?.secret ?? ''), 'sato');
  assert.equal(links.take(made.at(-1)?.secret ?? ''), 'sato');
});
