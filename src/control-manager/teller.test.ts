import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import type { NoticeTexts } from '#ports/notices.ts';
import type { ToAgent } from '#protocol/control-manager/messages.ts';
import type { Session } from './agents.ts';
import { Book } from './book.ts';
import { openTeller } from './teller.ts';

function sessionOf(hearsNotices: boolean) {
  const said: ToAgent[] = [];
  const session: Session = {
    site: brand<ServerId>('tokyo'),
    agentVersion: '1',
    hearsNotices,
    hearsCampaigns: hearsNotices,
    welcomed: true,
    sent: null,
    send: (message) => void said.push(message),
  };
  return { session, notices: () => said.filter(({ type }) => type === 'notices') };
}

test('notices go to agents that understand them, whole, and again when there is a newer one', () => {
  const record = {
    epoch: 1,
    sites: [],
    holds: [],
    downloads: [],
    deployments: [],
    rollouts: [],
    withdrawn: [],
    campaigns: [],
    deploymentsMade: 0,
    holdsMade: 0,
  } as unknown as ConstructorParameters<typeof Book>[0]['record'];
  const store = {} as unknown as ConstructorParameters<typeof Book>[0]['store'];
  const book = new Book({ record, store, settings: { folders: new Map() } });
  let texts: NoticeTexts = {};
  const teller = openTeller(book, { texts: () => texts });
  const [old, young] = [sessionOf(false), sessionOf(true)];
  const tell = (): void => teller.tell([old.session, young.session], [], 1);
  tell();
  assert.deepEqual(young.notices(), [], 'nothing is said of nothing');
  texts = { 'refused-authorities': 'one' };
  tell();
  tell();
  texts = { 'refused-authorities': 'two' };
  tell();
  assert.deepEqual(young.notices(), [
    { type: 'notices', texts: { 'refused-authorities': 'one' } },
    { type: 'notices', texts: { 'refused-authorities': 'two' } },
  ]);
  assert.deepEqual(old.notices(), []);
});
