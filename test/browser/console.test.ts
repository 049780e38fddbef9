/** The web console in a real browser, against a real information server. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import {
  brand,
  type ComponentName,
  type DomainName,
  type PersonName,
  type ServerId,
} from '#domain/names.ts';
import { parseExported, parseHeader } from '#protocol/record/export.ts';
import { formatBytes } from '#words/format.ts';
import { openBrowser } from './browser.ts';
import { someServers, type ConsoleSite } from './console-site.ts';
import { drift, openAtWork } from './console-site-state.ts';
import { keepPages } from './every-page.ts';
import { admitEmergency, passAndWithdraw } from './content-page.ts';
import { seeOverOwnCertificate } from './own-certificate.ts';
import { putInGroup } from './put-in-group.ts';
import { Viewer, type Look, type SignedInState } from './viewer.ts';

const password = 'a-password-of-this-test';

let site: ConsoleSite;
let browser: Browser;
before(async () => {
  site = await openAtWork(someServers(3_000));
  for (const [person, role] of [
    ['sato', 'operator'],
    ['mori', 'viewer'],
    ['tanaka', 'administrator'],
  ] as const) {
    await site.people('people.add', {
      person: brand<PersonName>(person),
      role,
      scope: 'whole',
      password,
    });
  }
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await site.close();
});

/** Sessions that were begun: signing in is tried once, and costs what a password must cost. */
const states = new Map<string, SignedInState>();

/** At that page, with `there` in sight. */
async function signedIn(person: string, look: Look = {}, at = fleetPage): Promise<Viewer> {
  const state = states.get(person);
  const viewer = await Viewer.open(browser, { ...look, ...(state === undefined ? {} : { state }) });
  const { page } = viewer;
  await page.goto(`${site.address}${at.path}`);
  if (state === undefined) {
    await page.locator('input[autocomplete=username]').fill(person);
    await page.locator('input[type=password]').fill(password);
    await page.keyboard.press('Enter');
  }
  await page.locator(at.there).first().waitFor();
  states.set(person, await viewer.state());
  return viewer;
}

async function doneBy(
  person: string,
  act: (page: Page, site: ConsoleSite) => Promise<void>,
): Promise<void> {
  const viewer = await signedIn(person);
  await act(viewer.page, site);
  await viewer.close();
}

/** In another window of the same person. */
async function signOut(person: string): Promise<void> {
  const viewer = await signedIn(person);
  await viewer.page.getByRole('button', { name: person }).click();
  await viewer.page.getByRole('menuitem', { name: 'Sign out' }).click();
  await viewer.page.locator('input[type=password]').waitFor();
  await viewer.close();
  states.delete(person);
}

const fleetPage = { path: '/fleet', there: '.data-table-body .server-name' };

const rowOf = (server: string): string => `[role=row]:has(.server-name:text-is("${server}"))`;

describe('sign-in', () => {
  test('a link signs in once, and leaves no secret in the address', async () => {
    const link = await site.signInLink();
    const first = await Viewer.open(browser);
    await first.page.goto(link);
    await first.page.getByRole('heading', { name: 'Fleet' }).waitFor();
    assert.doesNotMatch(first.page.url(), /sign-in/);
    await first.close();
    const second = await Viewer.open(browser);
    await second.page.goto(link);
    await second.page.getByText('was used already').waitFor();
    await second.close();
  });

  test("over TLS a browser is shown the user's own certificate, and signs in", async () => {
    await seeOverOwnCertificate(browser);
  });

  test('a wrong password is said, and nothing else is shown', async () => {
    const viewer = await Viewer.open(browser);
    const { page } = viewer;
    await page.goto(site.address);
    await page.locator('input[autocomplete=username]').fill('sato');
    await page.locator('input[type=password]').fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.locator('.shell').count(), 0);
    await viewer.close();
  });
});

describe('the fleet', () => {
  test('a filter stands in the address, and the address leads back to it', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.getByRole('searchbox').fill('srv-00004');
    await page.getByText('10 of 3,000 servers').waitFor();
    assert.match(page.url(), /search=srv-00004/);
    await page.reload();
    await page.getByText('10 of 3,000 servers').waitFor();
    assert.equal(await page.getByRole('searchbox').inputValue(), 'srv-00004');
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByText('3,000 servers', { exact: true }).waitFor();
    await viewer.close();
  });

  test('the tree opens domains and narrows the table, by the keyboard', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.getByRole('tree').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.getByRole('treeitem', { name: 'srv-000005' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('600 of 3,000 servers').waitFor();
    assert.match(page.url(), /domains/);
    await viewer.close();
  });

  test('the last of very many rows is one key away, and only some are drawn', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.getByRole('grid').focus();
    await page.keyboard.press('End');
    await page.locator(rowOf('srv-003000')).waitFor();
    assert.ok((await page.locator('.data-table-body [role=row]').count()) < 100);
    await viewer.close();
  });

  test('what changes is shown without reloading', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    const server = brand<ServerId>('srv-000002');
    await site.call('fleet.move', { server, domain: brand<DomainName>('moved-away') });
    await page.locator(rowOf('srv-000002')).getByText('moved-away').waitFor();
    await viewer.close();
  });

  test('servers are chosen and moved from the keyboard alone', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.getByRole('grid').focus();
    await page.keyboard.press('Space');
    await page.getByText('1 selected').waitFor();
    await page.getByRole('button', { name: 'Move to domain…' }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('New domain').waitFor();
    await page.keyboard.type('by-keyboard');
    await page.getByText('dankai fleet move srv-000001 --domain by-keyboard').waitFor();
    await page.getByRole('button', { name: 'Move 1' }).focus();
    await page.keyboard.press('Enter');
    await page.locator(rowOf('srv-000001')).getByText('by-keyboard').waitFor();
    await viewer.close();
  });

  test('servers are put into a group of the plan that is being written', async () => {
    await doneBy('sato', putInGroup);
  });

  test('a viewer sees the actions, and why he may not', async () => {
    const viewer = await signedIn('mori');
    const { page } = viewer;
    await page.locator('.data-table-body input').first().check();
    const button = page.getByRole('button', { name: 'Deploy…' });
    assert.equal(await button.getAttribute('aria-disabled'), 'true');
    await button.hover();
    await page.getByRole('tooltip').first().getByText('mori').waitFor();
    await button.click({ force: true });
    assert.equal(await page.getByRole('dialog').count(), 0);
    await viewer.close();
  });

  test('a lost connection is said with its age, and mends by itself', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    const other = await signedIn('mori');
    await signOut('mori');
    await site.kill();
    await page.getByText(/Connection lost\. What you see is \d+ s old/).waitFor();
    assert.ok((await page.locator('.server-name').count()) > 5, 'what was known stays');
    await site.renewConsole();
    await site.start();
    await page.getByText('Connection lost').waitFor({ state: 'detached' });
    // Whose session is over meanwhile is not kept waiting for a connection that will never stand.
    await other.page.locator('input[type=password]').waitFor();
    await other.close();
    const notice = page.getByText('The server runs another version now.');
    await notice.waitFor();
    await page.getByRole('button', { name: 'Reload' }).click();
    await notice.waitFor({ state: 'detached' });
    await page.locator('.server-name').first().waitFor();
    await viewer.close();
  });
});

describe('the catalogue', () => {
  test('what drifted is shown as in the file, and restored after a preview (D8, R5)', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.goto(`${site.address}/catalogue`);
    await page.locator('.ini').getByText('[Info_2_50000_4_1]').waitFor();
    await page.locator('[data-side=found]').getByText('Version=5.58').first().waitFor();
    await page.locator('[data-side=expected]').getByText('Version=5.80').first().waitFor();
    await page.getByText('A delivery offered version 5.58').first().waitFor();
    await page.getByRole('button', { name: 'Restore…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.ini').waitFor();
    await dialog.getByText('dankai catalogue restore').waitFor();
    await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('byte by byte').waitFor();
    assert.equal((await site.call('catalogue.diff', {})).clean, true);
    await viewer.close();
    await drift(site.folder);
  });
});

describe('update and deploy', () => {
  test('components are chosen and servers ticked; bytes, time and precautions come first', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.goto(`${site.address}/deploy`);
    await page.getByRole('checkbox', { name: 'Deploy pattern' }).check();
    await page.getByRole('checkbox', { name: 'Select srv-000002' }).check();
    await page.getByRole('checkbox', { name: 'Select srv-000003' }).check();
    await page.getByRole('button', { name: 'Deploy…' }).click();
    const dialog = page.getByRole('dialog');
    const servers = ['srv-000002', 'srv-000003'].map((name) => brand<ServerId>(name));
    const component = brand<ComponentName>('pattern');
    const { bytes } = await site.call('deploy', { component, servers, preview: true });
    assert.ok(bytes > 80_000);
    await dialog.getByText(formatBytes(bytes)).waitFor();
    await dialog.getByText('At that speed').waitFor();
    const line = 'dankai deploy --component pattern --version 419 --servers srv-000002,srv-000003';
    await dialog.getByText(line).waitFor();
    await dialog.getByRole('button', { name: 'Deploy to 2' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { wanted } = await site.call('fleet.server', { server: brand<ServerId>('srv-000003') });
    assert.deepEqual(wanted, [{ component: 'pattern', version: '419', owner: 'manual' }]);

    await page.getByRole('checkbox', { name: 'Deploy program' }).check();
    await page.getByRole('button', { name: 'Deploy…' }).click();
    await dialog.getByText('restart each server at its next maintenance').waitFor();
    const deploy = dialog.getByRole('button', { name: 'Deploy to 2' });
    assert.equal(await deploy.getAttribute('aria-disabled'), 'true', 'precautions are unread');
    await viewer.close();
  });
});

describe('content', () => {
  test('a ring spells its gate out, is passed on a word, and content goes back for a reason', async () => {
    await doneBy('tanaka', passAndWithdraw);
  });

  test('emergency content is let in as soon as another person stands behind it', async () => {
    await doneBy('sato', admitEmergency);
  });
});

describe('holds', () => {
  test('are placed and released, each with its line, and stand on the page of the site too', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.goto(`${site.address}/holds`);
    await page.getByRole('button', { name: 'Place a hold…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('Inventory of the site');
    const line = "dankai hold add --reason 'Inventory of the site' --for 120m --lanes content";
    await dialog.getByText(line).waitFor();
    await dialog.getByRole('button', { name: 'Hold', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    const row = page.getByRole('row').filter({ hasText: 'Inventory of the site' });
    await row.getByText('the whole site').waitFor();
    await page.goto(`${site.address}/site`);
    await row.getByRole('button', { name: 'Release…' }).click();
    await dialog.getByRole('button', { name: 'Release', exact: true }).click();
    // Who asked may not approve; the page hears of it when somebody does.
    await dialog.getByText('1 more person(s) must approve it').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    const { requests } = await site.people('approval.list', {});
    await site.people('approval.give', { request: requests[0]?.request ?? brand('') });
    await row.waitFor({ state: 'detached' });
    const { holds } = await site.call('hold.list', {});
    assert.deepEqual(
      holds.map(({ reason }) => reason),
      ['Migration of the Tokyo site'],
    );
    await viewer.close();
  });
});

describe('the record', () => {
  test('is filtered in the address, verified in the browser, and handed out whole', async () => {
    const viewer = await signedIn('sato');
    const { page } = viewer;
    await page.goto(`${site.address}/record?search=srv-000003`);
    await page.getByRole('grid').getByText('Content deployed').waitFor();
    assert.equal(await page.getByRole('grid').getByText('Signed in').count(), 0);
    const line = 'dankai audit search --kinds content-deployed --who sato --text srv-000003';
    await page.goto(`${site.address}/record?kinds=["content-deployed"]&who=sato`);
    await page.getByRole('searchbox').fill('srv-000003');
    await page.getByText(line).waitFor();
    await page.getByText('1 line(s) in the whole record').waitFor();
    await page.getByLabel('Before').fill('2020-01-01T00:00');
    await page.getByText('No line fits').waitFor();
    assert.match(page.url(), /until=2019-12-31T15%3A00%3A00/);
    await page.goto(`${site.address}/record?search=srv-000003`);
    await page.getByRole('grid').getByText('Content deployed').waitFor();
    await page.getByRole('button', { name: 'Verify…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Verify', exact: true }).click();
    await dialog.getByText('Every line follows from the one before').waitFor();
    await dialog.getByText('Nobody else knew a head').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export the whole record' }).click(),
    ]);
    assert.equal(file.suggestedFilename(), 'tokyo.record');
    const [header, first] = (await readFile(await file.path(), 'utf8')).split('\n');
    assert.equal(parseHeader(header ?? '')?.genesis.site, 'tokyo');
    assert.equal(parseExported(first ?? '')?.number, 1);
    await viewer.close();
  });
});

describe('people, enrolment and settings', () => {
  test('a person is added, and a token made whose secret is shown once', async () => {
    const viewer = await signedIn('tanaka');
    const { page } = viewer;
    await page.goto(`${site.address}/people`);
    await page.getByRole('button', { name: 'Add a person…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('report');
    await dialog.getByText('dankai people add report --role operator --without-password').waitFor();
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('row').filter({ hasText: 'report' }).getByText('by tokens only').waitFor();
    await page.getByRole('button', { name: 'Make a token…' }).click();
    await dialog.getByLabel('What it is for').fill('nightly');
    await dialog.getByRole('button', { name: 'Make the token' }).click();
    await dialog.getByText('It is shown this once').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('row').filter({ hasText: 'nightly' }).waitFor();
    await viewer.close();
  });

  test('a server that waits is let in, and what is set is shown', async () => {
    const viewer = await signedIn('tanaka');
    const { page } = viewer;
    await page.goto(`${site.address}/enrolment`);
    await page.getByText('branch-77').waitFor();
    await page.getByRole('button', { name: 'Approve…' }).click();
    await page.getByRole('dialog').getByText('dankai fleet approve branch-77').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
    await page.getByText('No server waits').waitFor();
    await page.goto(`${site.address}/settings`);
    await page.getByRole('row').filter({ hasText: 'inFlightMax' }).getByText('20').waitFor();
    await viewer.close();
  });

  test('who may not see them is told so, and by whose right', async () => {
    const viewer = await signedIn('mori', { isForPictures: true });
    const { page } = viewer;
    for (const path of ['/people', '/enrolment', '/settings']) {
      await page.goto(`${site.address}${path}`);
      await page.getByText('Your account may not see this.').first().waitFor();
      await viewer.picture(`forbidden${path.replace('/', '-')}`);
    }
    await viewer.close();
  });
});

describe('every page', () => {
  // Each language and each theme once: what axe finds lies in one of them.
  for (const [language, theme] of [
    ['en', 'light'],
    ['ja', 'dark'],
  ] as const) {
    test(`in ${language}: axe finds nothing, and a picture is kept, light and dark`, async () => {
      const viewer = await signedIn('tanaka', { language, theme, isForPictures: true });
      await keepPages(viewer, site.address);
      await viewer.close();
    });
  }

  test('the page before anybody is known', async () => {
    for (const language of ['en', 'ja'] as const) {
      const viewer = await Viewer.open(browser, { language, isForPictures: true });
      await viewer.page.goto(site.address);
      await viewer.page.locator('input[type=password]').waitFor();
      await viewer.assertAccessible('sign-in');
      await viewer.picture('sign-in');
      await viewer.close();
    }
  });
});
