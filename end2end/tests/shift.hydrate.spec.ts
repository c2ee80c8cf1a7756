import type { Page } from '@playwright/test';
import { signIn } from '../fixtures/sign_in.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Seats } from '../screens/seats.ts';

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
  sources: { node?: Node; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
}

/** How far something moved by itself, and what it was. */
interface Noted {
  value: number;
  what: string;
}

/** Notes what moves by itself on every page that is loaded from now on. */
async function noteShifts(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const shifts: Noted[] = [];
    Object.assign(window, { shifts });
    const place = (rect: DOMRectReadOnly) => `${rect.top}–${rect.bottom}`;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Shift[]) {
        if (entry.hadRecentInput) continue;
        const what = entry.sources.map(({ node, previousRect, currentRect }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          return `${element?.outerHTML.slice(0, 80)}: ${place(previousRect)} → ${place(currentRect)}`;
        });
        shifts.push({ value: entry.value, what: what.join(', ') });
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

async function expectNothingMoves(page: Page, path: string): Promise<void> {
  await test.step(path, async () => {
    await page.goto(path);
    await hydrated(page);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await expectNothingMoved(page, path);
  });
}

async function expectNothingMoved(page: Page, what: string): Promise<void> {
  await page.waitForTimeout(1500); // What comes late is what shifts.
  const shifts = await page.evaluate(() => (window as unknown as { shifts: Noted[] }).shifts);
  const sum = shifts.reduce((sum, { value }) => sum + value, 0);
  expect(sum, [what, ...shifts.map(({ value, what }) => `${value} by ${what}`)].join('\n')).toBeLessThan(0.02);
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

// By a link within the site, over a line so slow that the lines of the layout come first. What moves within half a second of a
// tap is put down to the tap, so the answer takes longer than that.
for (const [from, link, heading] of [
  ['/learn', /^What happens in a first meeting/, 'What happens in a first meeting'],
  ['/topics', /^Anxiety/, 'Anxiety'],
  ['/topics', 'Groups', 'Find your group'],
  ['/therapists', /^Ruth Okafor/, /Ruth Okafor/],
] as const) {
  test(`nothing moves when ${link} comes slowly`, async ({ page }) => {
    await noteShifts(page);
    await page.goto(from);
    await hydrated(page);
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await page.route('**/api/**', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 2000));
      await route.continue();
    });
    const target = link === 'Groups' ? page.getByRole('contentinfo') : page.getByRole('main');
    await target.getByRole('link', { name: link, exact: link === 'Groups' }).first().click();
    await expect(page.locator('.waiting')).toBeVisible();
    await expect(page.locator('.waiting .skeleton').first()).toHaveCSS('opacity', '1');
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading, { timeout: 20_000 });
    await expectNothingMoved(page, `${from} to ${String(heading)}`);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
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
