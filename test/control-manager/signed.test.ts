/**
 * What a control manager offers is signed: by its online key, under the organisation's root, read
 * at the end of the agent's link by the client that servers use.
 */

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Daemon } from '#adapters/daemon/daemon.ts';
import { makePrivateKey, pemOf, signerOf } from '#adapters/secrets/signing-key.ts';
import { laneTrust } from '#adapters/metadata/trust-tuf.ts';
import { makeSigner, rolesFor } from '#adapters/metadata/tuf-repository.testing.ts';
import { makeRepository } from '#adapters/metadata/tuf-repository.ts';
import { contentLifetimes } from '#adapters/metadata/tuf-staging.ts';
import { againstContentItem, targetOfItem } from '#domain/trust/content-rules.ts';
import { organisationText } from '#protocol/shared/organisation.ts';
import type { Offer } from '#protocol/control-manager/messages.ts';
import { startAgent } from '#control-manager-agent/main.ts';
import { startControlManager } from '#control-manager/main.ts';
import {
  InformationServerPeer,
  makeInstallation,
  silent,
  until,
  type Installation,
} from './site.ts';

let installation: Installation;
let peer: InformationServerPeer;
let running: Daemon[];
let contentRoot: object;
const key = makePrivateKey();

beforeEach(async () => {
  running = [];
  installation = await makeInstallation();
  peer = new InformationServerPeer(join(installation.root, 'inbox'));
  running.push(peer);
  const informationServer = await peer.open();
  await installation.settings({ controlManager: { pollSeconds: 1 }, agent: { informationServer } });
  await installation.writeFeed({ 'P.2 1.23 pattern/lpt.123': 'pattern 1.23' });
  const owner = makeSigner('owner');
  const made = await makeRepository({
    folder: join(installation.root, 'offline'),
    roles: rolesFor([signerOf(key, 'content')], 1, { root: { keys: [owner.key], threshold: 1 } }),
    signers: [owner],
    now: Date.now(),
    lifetimes: contentLifetimes,
    rootAlone: true,
  });
  assert.ok(made.ok);
  contentRoot = made.value;
  const root: { signed: object; signatures: object[] } = JSON.parse(JSON.stringify(contentRoot));
  const lane = {
    signed: { ...root.signed },
    signatures: root.signatures.map((one) => ({ ...one })),
  };
  const text = organisationText({
    format: 1,
    organisation: 'acme',
    authority: '-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n',
    programRoot: lane,
    contentRoot: lane,
  });
  await mkdir(join(installation.root, 'trust'), { recursive: true });
  await writeFile(join(installation.root, 'trust/organisation.json'), text);
  const pem = pemOf(key);
  await writeFile(join(installation.root, 'secrets/content.key'), pem, { mode: 0o600 });
});
afterEach(async () => {
  for (const one of running.toReversed()) await one.close();
  await installation.remove();
});

async function start(): Promise<Daemon> {
  const { root, data } = installation;
  const daemon = await startControlManager({ root, data, log: silent });
  assert.ok(daemon.ok, JSON.stringify(daemon));
  running.push(daemon.value);
  return daemon.value;
}

const offerOf = (version: string): Promise<Offer> =>
  until(`an offer of ${version}`, () =>
    peer.of('offer').find(({ items }) => items.some((item) => item.version === version)),
  );

test('every offer is believed by a reader of the root, over a restart too', async () => {
  const shippedRoot = JSON.stringify(contentRoot);
  const reader = laneTrust({ folder: join(installation.root, 'reader'), shippedRoot });
  const codes = async ({ items, metadata = {} }: Offer): Promise<(string | null)[]> => {
    const refreshed = await reader.refresh(async (name) => {
      const text = metadata[name];
      return { ok: true, value: text === undefined ? null : Buffer.from(text) };
    });
    assert.ok(refreshed.ok, JSON.stringify(refreshed));
    const against: (string | null)[] = [];
    for (const item of items) {
      const target = await reader.target(targetOfItem(item));
      against.push(againstContentItem(item, target)?.code ?? null);
    }
    return against;
  };
  const first = await start();
  const agent = await startAgent({ ...installation, log: silent });
  assert.ok(agent.ok);
  running.push(agent.value);
  assert.deepEqual(await codes(await offerOf('1.23')), [null]);
  running.splice(running.indexOf(first), 1);
  await first.close();
  await installation.writeFeed({ 'P.2 1.24 pattern/lpt.124': 'pattern 1.24' });
  await start();
  assert.deepEqual(await codes(await offerOf('1.24')), [null]);
  assert.ok(await reader.target('pattern/1.23/lpt.123'), 'what was delivered before stays named');
});

test('with a key that the root does not name it does not start', async () => {
  await writeFile(join(installation.root, 'secrets/content.key'), pemOf(makePrivateKey()));
  const { root, data } = installation;
  const daemon = await startControlManager({ root, data, log: silent });
  assert.equal(!daemon.ok && daemon.because.code, 'KEY_WITHOUT_ROLE');
});
