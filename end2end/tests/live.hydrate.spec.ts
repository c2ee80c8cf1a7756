import type { Browser, Locator, Page } from '@playwright/test';
import { signInHere } from '../fixtures/sign_in.ts';
import { expectStreams, noteStreams, openStreams, turn } from '../fixtures/streams.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Finder } from '../screens/finder.ts';
import { Group } from '../screens/group.ts';
import { Reserve } from '../screens/reserve.ts';

/** A commit is seen everywhere within a second; a browser needs a moment to show it. */
const SEEN = { timeout: 2000 };

/** The page notes what moves in it without a hand, and that it is still the same document. */
async function watchLayout(page: Page): Promise<void> {
  await page.evaluate(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) shifts.push(entry.value);
    }).observe({ type: 'layout-shift' });
  });
}

async function expectNothingMoved(page: Page): Promise<void> {
  const shifts = await page.evaluate(() => (window as unknown as { shifts?: number[] }).shifts);
  expect(shifts, 'the same document').toBeDefined();
  expect(shifts?.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.02);
}

/** Somebody else, in a browser of her own, on the page where she can take a seat. */
async function visitor(browser: Browser, path: string, email: string): Promise<{ reserve: Reserve; leave: () => Promise<void> }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(path);
  await new Group(page).reserve.click();
  await signInHere(page, email);
  return { reserve: new Reserve(page), leave: () => context.close() };
}

/** What is drawn and said of a group's seats. */
function shown(place: Locator): Promise<{ free: number; held: number; words: string }> {
  return place.evaluate((element) => ({
    free: element.querySelectorAll('rect.free').length,
    held: element.querySelectorAll('rect.held').length,
    words: (element as HTMLElement).innerText.replace(/\s+/g, ' ').trim(),
  }));
}

test('a seat that somebody takes or lets go shows on the finder and on the page of the group', async ({
  page,
  context,
  browser,
  email,
  projectIndex,
}) => {
  test.setTimeout(120_000);
  await noteStreams(page);
  const finder = new Finder(page);
  // Other tests take seats from the other end of the list.
  await finder.open({ state: 'NY', open: 'true', sort: 'seats' });
  await expect(finder.rows.first()).toBeVisible();
  const row = finder.rows.nth((await finder.rows.count()) - 1 - projectIndex);
  const path = ((await finder.title(row).getAttribute('href')) ?? '').split('?')[0] ?? '';
  const inRow = row.locator('.seats');
  await hydrated(page);
  await expectStreams(page, 1);

  const groupPage = await context.newPage();
  await noteStreams(groupPage);
  await groupPage.goto(path);
  await hydrated(groupPage);
  await expectStreams(groupPage, 1);
  const button = new Group(groupPage).reserve;
  // Its name changes with the last seat: then it is about the line.
  const onPage = groupPage.locator('aside.reserve');

  const other = await visitor(browser, path, email);
  const before = { row: await shown(inRow), page: await shown(onPage) };
  await watchLayout(page);
  await watchLayout(groupPage);
  await other.reserve.takeSeat();
  await expect.poll(() => shown(inRow), SEEN).toMatchObject({ held: before.row.held + 1 });
  await expect.poll(() => shown(onPage), SEEN).toMatchObject({ held: before.page.held + 1 });
  expect((await shown(inRow)).words).not.toBe(before.row.words);
  expect((await shown(onPage)).words).not.toBe(before.page.words);
  // What a page says that is loaded now, the open one says as well.
  await expectAsLoaded(browser, groupPage, path);
  // Where it was the last seat, the button goes, and comes back with it.
  await expect(button).toHaveCount(before.page.free > 1 ? 1 : 0);
  await expectNothingMoved(page);
  await expectNothingMoved(groupPage);

  await other.reserve.main.getByRole('button', { name: 'Let it go' }).click();
  await expect.poll(() => shown(inRow), SEEN).toEqual(before.row);
  await expect.poll(() => shown(onPage), SEEN).toEqual(before.page);
  await expect(button).toHaveCount(1);
  await expectNothingMoved(page);
  await expectNothingMoved(groupPage);
  await other.leave();
});

async function expectAsLoaded(browser: Browser, page: Page, path: string): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: page.viewportSize() });
  const loaded = await context.newPage();
  await loaded.goto(path);
  // Up to the next meeting, whose time each browser has in its own zone.
  const seats = async (on: Page) => (await on.locator('.reserve-text').innerText()).split(/\s*Next meeting/)[0];
  expect(await seats(page)).toBe(await seats(loaded));
  await context.close();
}

test('a tab that nobody looks at has no stream, and is right again when somebody does', async ({
  page,
  browser,
  email,
  projectIndex,
}) => {
  test.setTimeout(120_000);
  await noteStreams(page);
  const finder = new Finder(page);
  await finder.open({ state: 'NY', open: 'true', sort: 'seats' });
  await expect(finder.rows.first()).toBeVisible();
  const row = finder.rows.nth((await finder.rows.count()) - 4 - projectIndex);
  const path = ((await finder.title(row).getAttribute('href')) ?? '').split('?')[0] ?? '';
  const seats = row.locator('.seats');
  await hydrated(page);
  await expectStreams(page, 1);
  const other = await visitor(browser, path, email);
  const before = await shown(seats);

  await turn(page, 'hidden');
  await expectStreams(page, 0);
  await other.reserve.takeSeat();
  await page.waitForTimeout(1500);
  expect(await shown(seats), 'nobody looks').toEqual(before);

  await turn(page, 'visible');
  await expect.poll(() => shown(seats), SEEN).toMatchObject({ held: before.held + 1 });
  await expectStreams(page, 1);
  await other.leave();
});

test('each page has the stream of what it shows, and takes it along nowhere', async ({ page }) => {
  await noteStreams(page);
  const finder = new Finder(page);
  await finder.open({ state: 'NY' });
  await hydrated(page);
  await expectStreams(page, 1);
  const [all] = await openStreams(page);
  await finder.topic.selectOption('anxiety');
  await expect.poll(async () => (await openStreams(page)).join()).not.toBe(all);
  await expectStreams(page, 1);
  const slugs = (await finder.paths()).map((path) => path.replace('/groups/', '').split('?')[0]);
  const [some] = await openStreams(page);
  expect(new URL(some ?? '').searchParams.get('groups')?.split(',').sort()).toEqual([...slugs].sort());

  // By links, so that the document stays and nothing ends by itself.
  await finder.title(finder.rows.first()).click();
  await expect(page).toHaveURL(/\/groups\/[^/]+$/);
  await expect.poll(async () => (await openStreams(page)).join()).toMatch(new RegExp(`groups=${slugs[0]}$`));
  await expectStreams(page, 1);
  await page.getByRole('banner').getByRole('link', { name: 'Help now' }).click();
  await expect(page).toHaveURL(/\/help-now$/);
  await expectStreams(page, 0);
});

test('a browser that was refused a stream comes back later', async ({ page, watch }) => {
  watch.allow(/status of 503 .*\/events\/groups/);
  await noteStreams(page);
  let asked = 0;
  await page.route('**/events/groups*', async (route) => {
    asked += 1;
    if (asked === 1) await route.fulfill({ status: 503, headers: { 'retry-after': '30' }, body: '' });
    else await route.continue();
  });
  await new Finder(page).open();
  await hydrated(page);
  await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
  await expectStreams(page, 1);
});

test('a browser whose stream has ended comes back by itself', async ({ page }) => {
  await noteStreams(page);
  let asked = 0;
  await page.route('**/events/groups*', async (route) => {
    asked += 1;
    // Whole, and at its end: as from a server that is being replaced.
    if (asked === 1) {
      await route.fulfill({ headers: { 'content-type': 'text/event-stream' }, body: 'retry: 300\n\n' });
    } else await route.continue();
  });
  await new Finder(page).open();
  await hydrated(page);
  await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
  await expectStreams(page, 1);
});
