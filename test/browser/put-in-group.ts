/** Servers chosen in the fleet go into a group of the plan that is being written in this browser. */

import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';

export async function putInGroup(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  const choose = async (): Promise<void> => {
    await page.locator('.data-table-body input').nth(1).check();
    await page.getByRole('button', { name: 'Put in a group…' }).click();
  };
  await choose();
  await dialog.getByText('none is being written in this browser').waitFor();
  await dialog.getByText('- { name: A, servers: [srv-000002] }').waitFor();
  await page.keyboard.press('Escape');
  const plan =
    "release: { version: '5.80.1423' }\ngroups:\n  - { name: A, servers: [srv-000001] }\n";
  await page.evaluate((text) => localStorage.setItem('dankai.plan', text), plan);
  await choose();
  await dialog.getByText('nothing begins').waitFor();
  await dialog.getByText('- { name: A, servers: [srv-000001, srv-000002] }').waitFor();
  await dialog.getByRole('button', { name: /Group$/ }).click();
  await page.getByRole('option', { name: 'B (new)' }).click();
  await dialog.getByRole('button', { name: 'Put in group B' }).click();
  await page.waitForURL('**/upgrades/new?step=groups');
  await page.getByRole('region', { name: 'Group B' }).getByText('srv-000002').waitFor();
  const text = await page.getByRole('textbox', { name: 'The plan as a file' }).inputValue();
  assert.match(text, /name: B[^]*srv-000002/);
  await page.evaluate(() => localStorage.removeItem('dankai.plan'));
}
