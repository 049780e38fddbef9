/** Every page of a site's console, looked at by axe and kept as a picture in both themes. */

import type { Viewer } from './viewer.ts';

/** Its name, its address, and what stands there when it is loaded. */
const pages: readonly (readonly [string, string, string])[] = [
  ['fleet', '/fleet', '.server-name'],
  ['server', '/fleet/srv-000007', '.plain-table'],
  ['site', '/site', '.facts'],
  ['deploy', '/deploy', '.data-table-body .server-name'],
  ['catalogue', '/catalogue', '.ini'],
  ['content', '/content', '.plain-table'],
  ['holds', '/holds', '.calendar'],
  ['traffic', '/traffic', '.data-table-body [role=row], .plain-table'],
  ['record', '/record', '.data-table-body [role=row]'],
  ['people', '/people', '.plain-table'],
  ['enrolment', '/enrolment', '.data-table-body [role=row]'],
  ['settings', '/settings', '.plain-table'],
  ['fleet-none', '/fleet?search=nothing-like-it', '.notice'],
  ['not-found', '/nowhere', '.notice'],
];

export async function keepPages(viewer: Viewer, address: string): Promise<void> {
  const { page } = viewer;
  const keep = async (name: string): Promise<void> => {
    await viewer.assertAccessible(name);
    await viewer.picture(name, ['light', 'dark']);
  };
  for (const [name, path, there] of pages) {
    await page.goto(`${address}${path}`);
    await page.locator(there).first().waitFor();
    await keep(name);
  }
  await page.goto(`${address}/fleet`);
  await page.locator('.data-table-body input').first().check();
  for (const [place, name] of (['deploy', 'move', 'group', 'hold'] as const).entries()) {
    await page.locator('.fleet-actions .action button').nth(place).click();
    await page.getByRole('dialog').waitFor();
    await keep(`dialog-${name}`);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.locator('.data-table-body input').first().check();
  }
}
