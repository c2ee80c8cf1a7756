import type { Browser, BrowserContext, Page } from '@playwright/test';
import { firstGroup, publicPages, walkTheLine, walkToProgram } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Finder } from '../screens/finder.ts';
import { Frame } from '../screens/frame.ts';

type Cookies = Awaited<ReturnType<BrowserContext['cookies']>>;

/**
 * What somebody reads. The offer to show times in the browser's own zone is the one thing that may come with the script: it
 * stands in an element with `data-zone-offer`.
 */
async function visibleText(page: Page): Promise<string> {
  const text = await page.getByRole('main').innerText();
  const offers = await page.getByRole('main').locator('[data-zone-offer]').allInnerTexts();
  return offers.reduce((rest, offer) => rest.replace(offer, ''), text).replace(/\s+/g, ' ').trim();
}

/** The same address without script, for a browser with the same cookies and the same zone. */
async function textWithoutScript(browser: Browser, page: Page, cookies: Cookies, timezoneId: string): Promise<string> {
  const context = await browser.newContext({ javaScriptEnabled: false, timezoneId, viewport: page.viewportSize() });
  try {
    await context.addCookies(cookies);
    const plain = await context.newPage();
    await plain.goto(page.url());
    return await visibleText(plain);
  } finally {
    await context.close();
  }
}

async function expectSameText(browser: Browser, page: Page, path: string, timezoneId: string): Promise<void> {
  // Minutes pass while a test reads, and somebody else takes a seat: a second look tells those from a real difference.
  await expect(async () => {
    const cookies = await page.context().cookies();
    await page.goto(path);
    await hydrated(page);
    expect(await visibleText(page)).toBe(await textWithoutScript(browser, page, cookies, timezoneId));
  }).toPass({ timeout: 20_000 });
}

/** The router takes over links once the page is hydrated: following one does not load a new document. */
async function expectLinkReacts(page: Page): Promise<void> {
  const frame = new Frame(page);
  const link = page.url().endsWith('/help-now') ? frame.brand : frame.help;
  const before = page.url();
  await page.evaluate(() => document.documentElement.setAttribute('data-same-document', ''));
  await link.click();
  await expect(page).not.toHaveURL(before);
  await expect(page.locator('html[data-same-document]')).toBeAttached();
}

for (const timezoneId of ['Pacific/Kiritimati', 'America/Phoenix']) {
  test.describe(timezoneId, () => {
    test.use({ timezoneId });

    test('public pages read the same with and without script, and react', async ({ page, browser }) => {
      test.setTimeout(240_000);
      const pages = publicPages(await firstGroup(page));
      await page.context().clearCookies();
      // The first round starts without the cookie that names the zone, the second one has it.
      for (const round of ['first visit', 'second visit']) {
        for (const path of pages) {
          await test.step(`${path}, ${round}`, async () => {
            if (round === 'first visit') await page.context().clearCookies();
            await expectSameText(browser, page, path, timezoneId);
            await expectLinkReacts(page);
          });
        }
      }
    });

    test('the finder follows a choice at once', async ({ page }) => {
      const finder = new Finder(page);
      await finder.open();
      await hydrated(page);
      await finder.time.selectOption('evening');
      await expect(page).toHaveURL(/[?&]time=evening(&|$)/);
      await expect(finder.count).toContainText(/\d+ groups?|No group/);
    });

    test("a member's pages read the same with and without script", async ({ page, browser, email, projectIndex }) => {
      test.setTimeout(240_000);
      const zone = timezoneId === 'America/Phoenix' ? 0 : 1;
      await walkToProgram(page, email, 9 + zone * 2 + projectIndex, async (name) => {
        const path = new URL(page.url()).pathname;
        await test.step(name, () => expectSameText(browser, page, path, timezoneId));
      });
      await expectLinkReacts(page);
    });

    test('lines, offers and seats read the same with and without script', async ({
      page,
      browser,
      playwright,
      email,
      projectIndex,
    }) => {
      test.skip(timezoneId === 'America/Phoenix', 'one zone far away is enough for pages that say times as all others do');
      test.setTimeout(240_000);
      const circle = ['living-with-anxiety', 'after-a-loss'][projectIndex] ?? '';
      await walkTheLine(page, playwright, email, circle, async (name) => {
        const path = new URL(page.url()).pathname;
        await test.step(name, () => expectSameText(browser, page, path, timezoneId));
      });
    });
  });
}
