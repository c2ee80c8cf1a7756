import type { Page } from '@playwright/test';
import { signIn } from '../fixtures/sign_in.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Seats } from '../screens/seats.ts';

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

/** Notes what moves by itself on every page that is loaded from now on. */
async function noteShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Shift[]) if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

async function expectNothingMoves(page: Page, path: string): Promise<void> {
  await test.step(path, async () => {
    await page.goto(path);
    await hydrated(page);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await page.waitForTimeout(1500); // What comes late is what shifts.
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
    expect(shifts.reduce((sum, value) => sum + value, 0), path).toBeLessThan(0.02);
  });
}

// Each has a browser context of its own, so that the cache is empty.
for (const path of [
  '/',
  '/groups',
  '/groups/living-with-anxiety',
  '/topics/anxiety',
  '/dbt-skills',
  '/learn/first-meeting',
  '/therapists/ruth-okafor',
]) {
  test(`nothing moves while ${path} loads`, async ({ page }) => {
    await noteShifts(page);
    await expectNothingMoves(page, path);
  });
}

test('nothing moves while the lists of what there is to read load', async ({ page }) => {
  await noteShifts(page);
  for (const path of ['/topics', '/learn', '/learn/skills', '/therapists']) await expectNothingMoves(page, path);
});

// The one of the demo who has seats and an offer. Two who ask for a code of one address at a time would take each other's, and
// on a phone things move most.
test("nothing moves while a member's pages load", async ({ page, projectIndex }) => {
  test.skip(projectIndex !== 1, 'once, on a phone');
  await signIn(page, 'jonah@example.org');
  const seats = new Seats(page);
  await seats.open();
  const offer = (await seats.offer.first().getAttribute('href')) ?? '';
  expect(offer).toMatch(/^\/offers\//);
  await noteShifts(page);
  for (const path of ['/seats', offer, '/account', '/program']) await expectNothingMoves(page, path);
});
