/**
 * Whole upgrades (D1–D13) in a real browser against a whole site of real processes: by mouse, and
 * again by the keyboard alone; two who approve at once, one who may not, a server that dies.
 */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { campaignTextOf } from '#adapters/identity/campaign-text.ts';
import { callConsole } from '#adapters/link/console-client.ts';
import type { Campaign } from '#domain/campaign/campaign.ts';
import { campaignOf, wave } from '#domain/campaign/campaign.testing.ts';
import { brand, type PersonName } from '#domain/names.ts';
import { folderOfNewSites } from '#control-manager/settings.ts';
import type { Role } from '#domain/people/person.ts';
import { peopleCalls } from '#protocol/console/people-calls.ts';
import { makeRelease, newVersion, SiteForTests, valueOf } from '../end-to-end/site-for-tests.ts';
import { openBrowser } from './browser.ts';
import { Viewer, type Look } from './viewer.ts';

const password = 'a-password-of-this-test';
const thirdVersion = '5.81.1000';
const patienceMs = 90_000;
const precautions = ['Stop the nightly backup before the first group.'];

/** Whatever goes by this plan is judged; nobody here has ten servers. */
const ringsOfSites = `  plans:
    careful: [{folder: japan, delayMinutes: 0}, {folder: new, delayMinutes: 0}]
  rings:
    careful:
      - {name: pilot, folders: [japan], healthyMin: 10, decideMinutes: 0.02}
      - {name: rest, folders: [new]}
`;

let site: SiteForTests;
let browser: Browser;
before(async () => {
  const servers = ['a1', 'a2'].map((name) => ({ name, domain: 'web' }));
  site = await SiteForTests.begin({
    isInsecure: true,
    servers: [...servers, { name: 'b1', domain: 'database' }],
    new: { precautions },
    managerSettings: ringsOfSites,
  });
  await addPerson('sato', 'operator');
  await addPerson('wada', 'approver');
  await addPerson('abe', 'approver');
  await addPerson('mori', 'viewer');
  await site.importNew();
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await site.end();
});

type Tier = Parameters<SiteForTests['site']['address']>[0];

const address = (tier?: Tier): string => site.site.address(tier).address;

async function addPerson(person: string, role: Role, tier?: Tier): Promise<void> {
  const params = { person: brand<PersonName>(person), role, scope: 'whole', password } as const;
  const asked = { call: 'people.add', params } as const;
  valueOf('people.add', await callConsole(peopleCalls, site.site.address(tier), asked));
}

async function signedIn(
  person: string,
  path: string,
  look: Look = {},
  tier?: Tier,
): Promise<Viewer> {
  const viewer = await Viewer.open(browser, look);
  const { page } = viewer;
  // Whole upgrades go on behind what is waited for, on a machine that may be busy with more.
  page.setDefaultTimeout(patienceMs);
  await page.goto(`${address(tier)}${path}`);
  await page.locator('input[autocomplete=username]').fill(person);
  await page.locator('input[type=password]').fill(password);
  await page.keyboard.press('Enter');
  await page.locator('.shell').waitFor();
  return viewer;
}

const bucket = (page: Page, name: string) =>
  page.getByRole('region', { name, exact: true }).getByRole('grid');
const mark = (server: string, state: string): string =>
  `[data-server="${server}"][data-state="${state}"]`;
const planOf = (page: Page) => page.getByRole('textbox', { name: 'The plan as a file' });

test('a whole upgrade by mouse, one group on the word of two people who press at once', async () => {
  const operator = await signedIn('sato', '/upgrades');
  const { page } = operator;
  await page.getByRole('button', { name: 'New upgrade…' }).click();
  // R1: which release, and its precautions.
  await page.getByRole('button', { name: /Release/ }).click();
  await page.getByRole('option', { name: `program ${newVersion}` }).click();
  await page.getByText(precautions[0] ?? '').waitFor();
  await page.getByRole('link', { name: 'Next' }).click();
  await page.getByText('It would not start like this.').waitFor();
  await page.getByText('PRECAUTIONS_UNREAD').waitFor();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByLabel('I have read the precautions.').check();
  await page.getByRole('link', { name: 'Next' }).click();
  await page.getByText('Nothing stands against it.').waitFor();
  // S3: freely across domains, by dragging; the plan says the same at once.
  await page.getByRole('link', { name: 'Next' }).click();
  await bucket(page, 'Group B').getByRole('row', { name: 'a2' }).dragTo(bucket(page, 'Group A'));
  await bucket(page, 'Group A').getByText('a2').waitFor();
  assert.match(
    await planOf(page).inputValue(),
    /name: A\n {4}(domain: database\n {4})?servers: \[a2\]/,
  );
  // Both ways: what is typed in the plan stands in the form, a mistake at its line.
  const text = await planOf(page).inputValue();
  await planOf(page).fill(text.replace('name: B', 'nam: B'));
  await page.getByText(/plan\.yaml, line \d+, column 5: no such key/).waitFor();
  await planOf(page).fill(`upgrade: by-mouse\n${text}`);
  await page.getByRole('link', { name: /Days/ }).click();
  await page.getByLabel('A person opens this group').nth(1).check();
  await chooseWindows(page);
  await page.getByRole('link', { name: /Gates/ }).click();
  for (const place of [0, 1]) await page.getByLabel('Must stay well for').nth(place).fill('1s');
  await page.getByLabel('Deliveries meanwhile').first().click();
  await page.getByRole('option', { name: 'holds the whole site' }).click();
  await page.getByRole('link', { name: /Forecast/ }).click();
  await page.getByLabel("Speed of the site's link").fill('100Mbit/s');
  await page.getByRole('button', { name: 'Forecast', exact: true }).click();
  await page.getByText('Busiest hour').waitFor();
  await page.getByRole('link', { name: 'Next' }).click();
  await page.getByText('dankai upgrade start plan.yaml --acknowledge').waitFor();
  await page.getByRole('button', { name: 'Start the upgrade' }).click();
  // The information server goes first (D2): its process is replaced under the open page, which finds
  // the new one by itself. Then group A; each server moves before one's eyes.
  await page.waitForURL('**/upgrades/by-mouse');
  await page.evaluate(watchNotice);
  await page.locator(mark('a2', 'upgraded')).waitFor();
  assert.equal(await page.evaluate('window.wasLost'), true, 'meanwhile it said that it was old');
  await page.getByText('Connection lost').waitFor({ state: 'detached' });
  await page.getByText('2 of 2 are well (100%). Needs 95%, and 1 judged at least.').waitFor();
  await page.locator('.upgrade-because').getByText("Group B waits for a person's").waitFor();
  const approve = page.getByRole('button', { name: 'Approve group B…' }).first();
  await approve.hover();
  assert.equal(await approve.getAttribute('aria-disabled'), 'true', 'an operator approves nothing');
  await pictureRunning();
  await bothApprove();
  await page.locator(mark('a1', 'upgraded')).waitFor();
  await page.locator('.page-title').getByText('finished').waitFor();
  // D9: the tree shows the release for each of them.
  await page.goto(`${address()}/fleet`);
  for (const server of ['a1', 'a2', 'b1', 'tokyo']) {
    await page.locator(`[role=row]:has-text("${server}"):has-text("${newVersion}")`).waitFor();
  }
  await page.goto(`${address()}/upgrades/by-mouse/report`);
  const decisions = page.getByRole('table', { name: 'Decisions' }).locator('tbody tr');
  await decisions.first().waitFor();
  assert.equal(await decisions.count(), 2, 'its start, and one approval');
  await operator.close();
});

/** Some on some days; in the end at any time, since this upgrade shall go on now. */
async function chooseWindows(page: Page): Promise<void> {
  const anyTime = page.getByLabel('Servers may switch at any time').first();
  await anyTime.uncheck();
  await page.getByRole('button', { name: 'Add a window' }).click();
  const second = page.getByRole('group', { name: 'Window 20:00–23:00' }).nth(1);
  await second.getByLabel('Opens at').fill('01:00');
  const early = page.getByRole('group', { name: 'Window 01:00–23:00' });
  await early.getByLabel('Closes at').fill('04:30');
  const night = page.getByRole('group', { name: 'Window 01:00–04:30' });
  for (const day of ['Sat', 'Sun']) await night.getByLabel(day).uncheck();
  assert.match(await planOf(page).inputValue(), /days: +(\[ ?)?mon|days:\n +- mon/);
  assert.doesNotMatch(await planOf(page).inputValue(), /sat|sun/);
  await page.getByRole('button', { name: 'Remove Window 20:00–23:00' }).click();
  assert.equal(await page.getByRole('group', { name: /^Window / }).count(), 1);
  await anyTime.check();
  assert.doesNotMatch(await planOf(page).inputValue(), /windows/);
}

/** The notice may stand for a second only. */
const watchNotice = `
  window.wasLost = false;
  new MutationObserver(() => {
    window.wasLost ||= document.body.textContent.includes('Connection lost');
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
`;

/** While it waits for a person: what a viewer in Japan sees at night. */
async function pictureRunning(): Promise<void> {
  const look = { language: 'ja', theme: 'dark', isForPictures: true } as const;
  const viewer = await signedIn('mori', '/upgrades/by-mouse', look);
  await viewer.page.locator(mark('a2', 'upgraded')).waitFor();
  await viewer.assertAccessible('upgrade-running');
  await viewer.picture('upgrade-running');
  await viewer.print('upgrade-running');
  await viewer.close();
}

/** Whoever comes second finds the group approved; nobody is told that it failed for good. */
async function bothApprove(): Promise<void> {
  const viewers = await Promise.all(
    ['wada', 'abe'].map((person) => signedIn(person, '/upgrades/by-mouse')),
  );
  for (const { page } of viewers) {
    await page.getByRole('button', { name: 'Approve group B…' }).first().click();
    await page.getByRole('dialog').waitFor();
  }
  await Promise.all(
    viewers.map(({ page }) => page.getByRole('button', { name: 'Approve', exact: true }).click()),
  );
  for (const { page } of viewers) await page.locator(mark('a1', 'upgraded')).waitFor();
  const approvals = await site.record('group-approved');
  assert.equal(approvals.length, 1, 'the group was approved once');
  for (const viewer of viewers) await viewer.close();
}

test('a viewer may not press, and is told why', async () => {
  const viewer = await signedIn('mori', '/upgrades/by-mouse');
  const { page } = viewer;
  for (const name of ['Pause…', 'Resume…', 'Stop…', 'Go back…']) {
    const button = page.getByRole('button', { name });
    await button.waitFor();
    assert.equal(await button.getAttribute('aria-disabled'), 'true', name);
    await button.click({ force: true });
    assert.equal(await page.getByRole('dialog').count(), 0);
  }
  await page.getByRole('button', { name: 'Stop…' }).hover();
  await page.getByRole('tooltip').getByText('mori').first().waitFor();
  await viewer.close();
});

/** What was typed last is checked once more, and meanwhile the button does nothing. */
async function pressUntilBegun(page: Page, press: () => Promise<void>): Promise<void> {
  const begun = page.waitForURL('**/upgrades/by-keyboard').then(() => true);
  for (;;) {
    const button = page.locator('button[aria-disabled=false]:has-text("Start the upgrade")');
    const isReady = button.waitFor().then(
      () => false,
      () => false,
    );
    if (await Promise.race([begun, isReady])) return;
    await press();
    if (await Promise.race([begun, sleep(5_000, false)])) return;
  }
}

test('another upgrade by the keyboard alone, while a server dies before the eyes', async () => {
  const third = join(site.folder, 'third.release');
  await makeRelease({ version: thirdVersion, outFile: third, returnTo: [newVersion] });
  await site.importNew(third);
  const operator = await signedIn('sato', '/upgrades/new');
  const { page } = operator;
  const press = async (role: 'button' | 'link' | 'checkbox', name: string | RegExp) => {
    const found = page.getByRole(role, { name }).first();
    await found.focus();
    await page.keyboard.press(role === 'checkbox' ? 'Space' : 'Enter');
  };
  await press('button', /Release/);
  await page.getByRole('option', { name: `program ${thirdVersion}` }).waitFor();
  await page.keyboard.type(`program ${thirdVersion}`);
  await page.keyboard.press('Enter');
  await press('link', /Groups/);
  // Taken up by the keyboard, carried to the next list, laid down.
  await bucket(page, 'Group B').getByRole('row', { name: 'a2' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  for (let tries = 0; tries < 6; tries++) {
    if ((await bucket(page, 'Group A').getAttribute('data-drop-target')) === 'true') break;
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await bucket(page, 'Group A').getByText('a2').waitFor();
  await press('link', /Gates/);
  for (const place of [0, 1]) {
    await page.getByLabel('Must stay well for').nth(place).focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('1s');
  }
  // Whoever does not come in this time is absent.
  await planOf(page).focus();
  await page.keyboard.press('ControlOrMeta+End');
  await page.keyboard.type('stageMax: 15s\n');
  await press('link', /Start$/);
  await page.getByLabel('Name of this upgrade').focus();
  await page.keyboard.type('by-keyboard');
  await pressUntilBegun(page, () => press('button', 'Start the upgrade'));
  await page.locator(mark('b1', 'waiting')).waitFor();
  await site.site.server('b1').pullCable();
  await page.locator(mark('b1', 'absent')).waitFor();
  await page.locator(mark('a2', 'upgraded')).waitFor();
  await page.locator(mark('a1', 'upgraded')).waitFor();
  await page.locator('.marks').first().getByText('b1').first().waitFor();
  await operator.close();
});

test('a server is examined and its log read, and goes back to the version before for a reason', async () => {
  const operator = await signedIn('sato', '/fleet/a1');
  const { page } = operator;
  await page.getByRole('button', { name: 'Examine now' }).click();
  await page.getByRole('row').filter({ hasText: 'Room on the disk' }).getByText('good').waitFor();
  await page.getByRole('button', { name: 'Read the log' }).click();
  await page.locator('.server-log').getByText('"event":').first().waitFor();
  await operator.assertAccessible('server-examined');
  await page.getByRole('button', { name: 'Go back…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(`${thirdVersion} → ${newVersion}`).waitFor();
  const back = dialog.getByRole('button', { name: 'Go back' });
  assert.equal(await back.getAttribute('aria-disabled'), 'true', 'no reason is given');
  await dialog.getByLabel('Reason').fill('It slows the backup down');
  await dialog.getByText("rollback a1 --component program --reason 'It slows").waitFor();
  await dialog.getByLabel('I have read the precautions.').check();
  await back.click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('row', { name: `program ${newVersion}` }).waitFor();
  await operator.close();
});

test('the agent is stopped and started from the page of the site', async () => {
  const operator = await signedIn('sato', '/site');
  const { page } = operator;
  const section = page.getByRole('region', { name: 'Control manager agent' });
  await section.getByText('running', { exact: true }).waitFor();
  for (const [button, line, confirm, state] of [
    ['Stop…', 'dankai agent stop', 'Stop the agent', 'stopped'],
    ['Start…', 'dankai agent start', 'Start the agent', 'running'],
  ] as const) {
    await section.getByRole('button', { name: button }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(line).waitFor();
    await dialog.getByRole('button', { name: confirm }).click();
    await section.getByText(state, { exact: true }).waitFor();
  }
  await operator.close();
});

test("a control manager's own pages: its sites, what it delivers, its holds and its record", async () => {
  await addPerson('sato', 'administrator', 'control-manager');
  await site.askManager('campaign.send', { text: campaignTextOf(pilotOfTokyo()) });
  for (const [language, theme] of [
    ['en', 'light'],
    ['ja', 'dark'],
  ] as const) {
    const look = { language, theme, isForPictures: true } as const;
    const viewer = await signedIn('sato', '/fleet', look, 'control-manager');
    const { page } = viewer;
    const row = page.getByRole('grid').getByText('tokyo');
    await row.waitFor();
    for (const [path, there] of [
      ['fleet', '.data-table-body [role=row]'],
      ['holds', '.section'],
      ['campaigns', '.section'],
      ['record', '.data-table-body [role=row]'],
      ['people', '.plain-table'],
      ['content', '.plain-table'],
    ] as const) {
      await page.goto(`${address('control-manager')}/${path}`);
      await page.locator(there).first().waitFor();
      await viewer.assertAccessible(`manager-${path}`);
      await viewer.picture(`manager-${path}`);
    }
    if (language === 'en') await deliverAndHold(page);
    else await moveAway(page);
    await viewer.close();
  }
});

/** Signed by nobody: it is carried and shown, and no site believes it. */
function pilotOfTokyo(): Campaign {
  const at = Date.now();
  return campaignOf({ at, until: at + 3_600_000, waves: [wave('pilot', ['tokyo'])] });
}

/** A delivery reaches the site; one that is held says so. */
async function deliverAndHold(page: Page): Promise<void> {
  await site.site.publish({ version: '100', bytes: 1_000 });
  await page.goto(`${address('control-manager')}/fleet`);
  await page.getByRole('button', { name: 'Look at the feed…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('dankai feed poll').waitFor();
  await dialog.getByRole('button', { name: 'Look now' }).click();
  await dialog.getByText('pattern 100').waitFor();
  await dialog.getByRole('button', { name: 'Close' }).click();
  await watchRing(page);
  await page.goto(`${address('control-manager')}/holds`);
  await page.getByRole('button', { name: 'Place a hold…' }).click();
  await dialog.getByLabel('Reason').fill('Inventory of all sites');
  await dialog.getByText("dankai hold add --reason 'Inventory of all sites'").waitFor();
  await dialog.getByRole('button', { name: 'Hold', exact: true }).click();
  // It stands in the calendar of the month as well.
  await page.getByRole('row').filter({ hasText: 'Inventory of all sites' }).first().waitFor();
  await page.goto(`${address('control-manager')}/fleet`);
  await page.getByRole('button', { name: 'Deliver now…' }).click();
  await dialog.getByText('dankai deliver --plan').waitFor();
  await dialog.getByRole('button', { name: 'Deliver', exact: true }).click();
  await dialog.getByText('tokyo (Inventory of all sites)').waitFor();
}

/** In Japanese: the site goes to another folder, of those that there are. */
async function moveAway(page: Page): Promise<void> {
  await page.goto(`${address('control-manager')}/fleet`);
  const row = page.getByRole('row').filter({ hasText: 'tokyo' });
  await row.getByText('japan').waitFor();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog
    .getByRole('button', { name: /フォルダ/ })
    .first()
    .click();
  await page.getByRole('option', { name: folderOfNewSites, exact: true }).click();
  await dialog.getByText(`dankai site move tokyo --folder ${folderOfNewSites}`).waitFor();
  await dialog.getByRole('button', { name: 'このフォルダに移動' }).click();
  await row.getByText(folderOfNewSites, { exact: true }).waitFor();
}

/** By the plan that has rings: how the servers of its sites are with it, and passed on a word. */
async function watchRing(page: Page): Promise<void> {
  await page.goto(`${address('control-manager')}/content`);
  await page.getByRole('button', { name: 'Deliver now…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /Deployment plan/ }).click();
  await page.getByRole('option', { name: 'careful' }).click();
  await dialog.getByRole('button', { name: 'Deliver', exact: true }).click();
  await dialog.getByRole('button', { name: 'Close' }).click();
  const ring = page.getByRole('group', { name: 'Ring pilot' });
  await ring.getByText(/[1-4] of [1-4] are well \(100%\)\. Needs 95%, 10 well/).waitFor();
  await ring.getByText('Ring pilot proves nothing yet').waitFor();
  await ring.getByRole('button', { name: 'Let it pass…' }).click();
  await dialog.getByText('dankai content pass 1 pilot').waitFor();
  await dialog.getByRole('button', { name: 'Let it pass' }).click();
  await ring.getByText('Passed on the word of sato.').waitFor();
  const arrived = page.getByRole('table', { name: 'What arrived' });
  await arrived.getByRole('row').filter({ hasText: 'tokyo · careful' }).waitFor();
}

// Each language once and each theme once: colours do not depend on words.
for (const look of [
  { language: 'en', theme: 'light', isForPictures: true },
  { language: 'ja', theme: 'dark', isForPictures: true },
] as const) {
  const { language, theme } = look;
  test(`in ${language}, ${theme}: axe finds nothing, and a picture is kept`, async () => {
    const viewer = await signedIn('sato', '/upgrades', look);
    const { page } = viewer;
    await page.evaluate(
      (text) => localStorage.setItem('dankai.plan', text),
      `release: {version: '${thirdVersion}'}\ngroups:\n  - {name: A, servers: [a1]}\n  - {name: B, domain: database}\n`,
    );
    const pages: readonly (readonly [string, string])[] = [
      ['/upgrades', '.list-table'],
      ['/upgrades/by-mouse', '.marks'],
      ['/upgrades/by-keyboard', '.marks'],
      ['/upgrades/by-mouse/report', '.list-table'],
      ...['release', 'preflight', 'groups', 'days', 'method', 'gates', 'forecast', 'start'].map(
        (step) => [`/upgrades/new?step=${step}`, '.wizard-step h2'] as const,
      ),
    ];
    for (const [path, there] of pages) {
      await page.goto(`${address()}${path}`);
      await page.locator(there).first().waitFor();
      const name = path.slice(1).replaceAll(/[^a-z]+/g, '-');
      await viewer.assertAccessible(name);
      await viewer.picture(name);
      if (path.endsWith('report')) await viewer.print(name);
    }
    await viewer.close();
  });
}
