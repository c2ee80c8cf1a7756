import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';

/** Pages of the open page when it is printed on Letter. */
async function printed(page: Page): Promise<number> {
  const pdf = await page.pdf({ format: 'Letter', preferCSSPageSize: false });
  return [...pdf.toString('latin1').matchAll(/\/Type\s*\/Page\b(?!s)/g)].length;
}

test('every skill card is one printed page', async ({ page, request }) => {
  test.setTimeout(180_000);
  const map = await (await request.get('/sitemap.xml')).text();
  const cards = [...map.matchAll(/<loc>[^<]*(\/learn\/skills\/[^<]+)<\/loc>/g)].map(([, path]) => path ?? '');
  expect(cards.length).toBeGreaterThan(30);
  const long: string[] = [];
  for (const path of cards) {
    await page.goto(path);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    const pages = await printed(page);
    if (pages !== 1) long.push(`${path}: ${pages} pages`);
  }
  expect(long).toEqual([]);
});

test('an article is printed without what only a screen needs', async ({ page }) => {
  await page.goto('/learn/first-meeting');
  await page.emulateMedia({ media: 'print' });
  for (const hidden of ['.head', '.foot', '.back', '.button']) {
    await expect(page.locator(hidden).first()).toBeHidden();
  }
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await printed(page)).toBeLessThanOrEqual(4);
});
