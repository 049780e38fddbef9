import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest } from '../names.ts';
import { approverTargetName } from '../trust/target-names.ts';
import { againstSignatures, approversIn, signaturesRequired, type Approver } from './approvers.ts';
import { campaignOf } from './campaign.testing.ts';

const approver = (name: string, letter: string): Approver => {
  return { name, keyId: letter.repeat(64), public: letter.repeat(64) };
};
const alice = approver('alice', 'a');
const bob = approver('bob', 'b');
const { campaign } = campaignOf();

const target = (name: string, custom: unknown) => {
  return { name, digest: brand<Digest>('0'.repeat(64)), bytes: 1, custom };
};

test('approvers are the targets of that name that stand and bear a key', () => {
  const named = approverTargetName(alice);
  assert.deepEqual(approversIn([target(named, { public: alice.public })]), [alice]);
  assert.deepEqual(approversIn([target(named, { public: alice.public, withdrawn: 'left' })]), []);
  for (const custom of [null, {}, { public: 1 }]) {
    assert.deepEqual(approversIn([target(named, custom)]), []);
  }
  const other = 'returns/program/5.80-to-5.70.json';
  assert.deepEqual(approversIn([target(other, { public: alice.public })]), []);
});

test('the rule for whatever people approve says how many must sign', () => {
  assert.equal(signaturesRequired('auto', [alice]), 1);
  assert.equal(signaturesRequired('auto', [alice, bob]), 2);
  assert.equal(signaturesRequired(1, [alice, bob]), 1);
  assert.equal(signaturesRequired(2, [alice]), 2);
});

test('two keys of one person are one person', () => {
  const second = approver('alice', 'c');
  assert.equal(againstSignatures(campaign, [alice, second], 2)?.code, 'CAMPAIGN_SIGNATURES');
  assert.equal(againstSignatures(campaign, [alice, bob], 2), null);
  assert.equal(againstSignatures(campaign, [], 1)?.code, 'CAMPAIGN_SIGNATURES');
  assert.equal(signaturesRequired('auto', [alice, second]), 1);
});
