/**
 * A control manager of an organisation with certificates, whose listener for people shows browsers a
 * certificate of the user's own: what a browser sees there.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { consoleFile } from '#adapters/listener/console-assets.ts';
import { callConsole } from '#adapters/link/console-client.ts';
import { testOrganisation } from '#adapters/organisation/organisation.testing.ts';
import { startControlManager } from '#control-manager/main.ts';
import { headOffice } from '#domain/trust/identity.ts';
import { peopleCalls, signInLink } from '#protocol/console/people-calls.ts';
import { layTrust } from '../../scripts/site/computer.ts';
import { makeLanes } from '../../scripts/site/lanes.ts';
import { consoleToken, makeInstallation, silent } from '../control-manager/site.ts';
import { placeConsole } from './console-site.ts';

export async function seeOverOwnCertificate(browser: Browser): Promise<void> {
  const installation = await makeInstallation();
  const { root, data } = installation;
  const lanes = await makeLanes(join(root, 'acme'));
  const organisation = await testOrganisation(lanes);
  await layTrust(root, {
    organisation: organisation.text,
    authority: organisation.controlManagerKit.authority,
    contentKey: lanes.contentKey,
  });
  // Of an authority that has nothing to do with this organisation, as a browser's would be.
  const own = (await testOrganisation({ name: 'public' })).site.informationServer;
  const [consoleCertificate, consoleKey] = [join(root, 'own.pem'), join(root, 'own.key')];
  await writeFile(consoleCertificate, own.chain);
  await writeFile(consoleKey, own.key);
  const insecureLoopback = undefined;
  await installation.settings({
    controlManager: { name: headOffice, consoleCertificate, consoleKey, insecureLoopback },
  });
  await placeConsole(join(root, 'app', consoleFile));
  const [, program] = process.argv;
  process.argv[1] = join(root, 'app', 'main.mjs');
  await writeFile(process.argv[1], '');
  const daemon = await startControlManager({ root, data, log: silent });
  process.argv[1] = program ?? '';
  assert.ok(daemon.ok, JSON.stringify(daemon));
  const { console: address } = daemon.value.addresses;
  const believed = { organisation: organisation.organisation, site: headOffice };
  const asked = { call: 'session.link', params: {} } as const;
  const link = await callConsole(peopleCalls, { address, token: consoleToken, believed }, asked);
  assert.ok(link.ok, JSON.stringify(link));
  // Nobody told this browser of that authority; which certificate it is shown is looked at instead.
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-GB' });
  const page = await context.newPage();
  const answer = await page.goto(signInLink(address, link.value.secret));
  const shown = await answer?.securityDetails();
  assert.match(JSON.stringify(shown), /public/);
  assert.doesNotMatch(JSON.stringify(shown), /acme/);
  await page.getByRole('heading', { name: 'Sites' }).waitFor();
  const [cookie] = await context.cookies();
  assert.ok(cookie?.secure === true && cookie.httpOnly, 'its session goes over this link alone');
  await context.close();
  await daemon.value.close();
  await installation.remove();
}
