/** What people do on the content page of a site, as its tests have them do it. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { brand } from '#domain/names.ts';
import type { ConsoleSite } from './console-site.ts';

export async function passAndWithdraw(page: Page, site: ConsoleSite): Promise<void> {
  await page.goto(`${site.address}/content`);
  const engine = page.getByRole('region', { name: 'scan-engine 12.1' });
  const first = engine.getByRole('group', { name: 'Ring first' });
  await first.getByText('0 of 3 are well (0%). Needs 95%, 10 well and 10 judged').waitFor();
  await first.getByText('8 not counted: network.').waitFor();
  await first.getByText('Ring first proves nothing yet: 3 servers were judged').waitFor();
  const done = page.getByRole('region', { name: 'spyware-pattern 1.103' });
  await done.getByText('38 of 40 are well (95%). Needs 95%, 10 well and 10 judged').waitFor();
  const open = page
    .getByRole('region', { name: 'pattern 419' })
    .getByRole('group', { name: 'Ring first' });
  const early = open.getByRole('button', { name: 'Let it pass…' });
  assert.equal(await early.getAttribute('aria-disabled'), 'true');
  await early.hover();
  await page.getByRole('tooltip').getByText('is not waiting for a person').first().waitFor();
  await first.getByRole('button', { name: 'Let it pass…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('dankai content pass scan-engine first').waitFor();
  await dialog.getByRole('button', { name: 'Let it pass' }).click();
  await first.getByText('Passed on the word of tanaka.').waitFor();

  await engine.getByRole('button', { name: 'Withdraw…' }).click();
  await dialog.getByText('Back to: scan-engine 12.0.').waitFor();
  const withdraw = dialog.getByRole('button', { name: 'Withdraw', exact: true });
  assert.equal(await withdraw.getAttribute('aria-disabled'), 'true', 'no reason is given');
  await dialog.getByLabel('Reason').fill('Scans hang');
  const line = "dankai content withdraw scan-engine 12.1 --reason 'Scans hang'";
  await dialog.getByText(line).waitFor();
  await withdraw.click();
  await page.getByRole('row').filter({ hasText: 'Scans hang' }).getByText('12.1').waitFor();
  const again = engine.getByRole('button', { name: 'Withdraw…' });
  assert.equal(await again.getAttribute('aria-disabled'), 'true', 'there is nothing left to take');
  const arrived = page.getByRole('table', { name: 'What arrived' });
  await arrived.getByRole('row').filter({ hasText: 'pattern 419' }).getByText('updates').waitFor();
}

/** Who asks may not approve it. */
export async function admitEmergency(page: Page, site: ConsoleSite): Promise<void> {
  await page.goto(`${site.address}/content`);
  await page.getByRole('button', { name: 'Emergency content…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Component').fill('pattern');
  await dialog.getByLabel('Version').fill('420');
  await dialog.getByLabel('Reason').fill('Outbreak in Osaka');
  await dialog.getByText("dankai content admit pattern 420 --reason 'Outbreak in").waitFor();
  await dialog.getByRole('button', { name: 'Let it in' }).click();
  await dialog.getByText('1 more person(s) must approve it').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  const { requests } = await site.people('approval.list', {});
  const asked = requests.find(({ call }) => call === 'content.admit');
  await site.people('approval.give', { request: asked?.request ?? brand('') });
  const arrived = page.getByRole('table', { name: 'What arrived' });
  await arrived.getByRole('row').filter({ hasText: 'pattern 420' }).waitFor();
}
