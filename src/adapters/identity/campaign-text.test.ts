import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaignOf, dayMs, wave } from '#domain/campaign/campaign.testing.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import { makePrivateKey, signerOf } from '../secrets/signing-key.ts';
import { campaignReader, campaignTextOf, withSignature } from './campaign-text.ts';

const alice = signerOf(makePrivateKey(), 'alice');
const mallory = signerOf(makePrivateKey(), 'alice');

function signedText(campaign: Campaign = campaignOf(), signer = alice): string {
  const text = withSignature(campaignTextOf(campaign), signer);
  assert.ok(text.ok);
  return text.value;
}

const namesIn = (text: string, approvers = [alice.key]): readonly string[] => {
  const read = campaignReader.read(text, approvers);
  assert.ok(read.ok);
  return read.value.signedBy.map(({ name }) => name);
};

const codeOf = (text: string): string | null => {
  const read = campaignReader.read(text, [alice.key]);
  return read.ok ? null : read.because.code;
};

test('what was made is read as it was made, with who signed it', () => {
  const text = signedText();
  const read = campaignReader.read(text, [alice.key]);
  assert.ok(read.ok);
  assert.deepEqual(read.value, { campaign: campaignOf(), signedBy: [alice.key] });
  assert.deepEqual(namesIn(campaignTextOf(campaignOf())), []);
});

test('a change of whatever is signed takes the signature away', () => {
  const text = signedText();
  const changes: readonly [string, string][] = [
    ['"number": 1', '"number": 2'],
    ['"osaka"', '"nagoya"'],
    ['quarterly', 'quarterly '],
    ['"office"', '"everybody"'],
    ['"withdrawn": null', '"withdrawn": "gone"'],
    ['"percentMin": 95', '"percentMin": 1'],
    ['5.80.1179', '5.80.1180'],
  ];
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), from);
    assert.deepEqual(namesIn(text.replace(from, to)), [], from);
  }
});

test('a key with the name of an approver is not his', () => {
  assert.deepEqual(namesIn(signedText(campaignOf(), mallory)), []);
  // A name that holds another key's id than the key that stands under it vouches for nothing.
  const exchanged = { ...alice.key, public: mallory.key.public };
  assert.deepEqual(namesIn(signedText(campaignOf(), mallory), [exchanged]), []);
  assert.deepEqual(namesIn(signedText(), [{ ...alice.key, public: 'zz' }]), []);
});

test('each who signs is added, and who signs twice stands there once', () => {
  const bob = signerOf(makePrivateKey(), 'bob');
  const both = withSignature(signedText(), bob);
  assert.ok(both.ok);
  assert.deepEqual(namesIn(both.value, [alice.key, bob.key]), ['alice', 'bob']);
  const again = withSignature(both.value, alice);
  assert.ok(again.ok);
  assert.equal(JSON.parse(again.value).signatures.length, 2);
});

test('what contradicts itself is no campaign, whoever signed it', () => {
  const ungated = wave('rest', ['osaka'], { gate: null });
  const wrong: readonly Partial<Campaign>[] = [
    { waves: [wave('pilot', ['tokyo']), wave('rest', ['tokyo'])] },
    { waves: [wave('pilot', ['tokyo']), wave('pilot', ['osaka'])] },
    { waves: [wave('pilot', ['tokyo']), ungated] },
    { until: 0 },
    { until: 367 * dayMs },
    { inFlightMax: 2 },
    { number: 0 },
  ];
  for (const change of wrong) {
    assert.equal(codeOf(campaignTextOf(campaignOf(change))), 'CAMPAIGN_UNREADABLE');
  }
  for (const text of ['', '{}', 'null', '[1]', `${' '.repeat(600_000)}{}`]) {
    assert.equal(codeOf(text), 'CAMPAIGN_UNREADABLE');
  }
});
