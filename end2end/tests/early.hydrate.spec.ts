import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Finder } from '../screens/finder.ts';

/** Holds back the program of every page, or a part of it, until the given function is called: what a slow line does. */
async function holdBack(page: Page, what: string | RegExp = '**/*.wasm'): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(what, async (route) => {
    await released;
    // The page that asked may be gone by now.
    await route.continue().catch(() => undefined);
  });
  return release;
}

/** Opens a page whose program does not come. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path, { waitUntil: 'domcontentloaded' });
  await expectUnhydrated(page);
}

async function expectUnhydrated(page: Page): Promise<void> {
  await expect(page.locator('html:not(.js)')).toBeAttached();
}

test('the finder answers before its program is there, and keeps what was chosen when it comes', async ({ page }) => {
  const release = await holdBack(page);
  const finder = new Finder(page);
  await open(page, '/groups');
  await finder.topic.selectOption('anxiety');
  await finder.time.selectOption('evening');
  await finder.show.click();
  await expect(page).toHaveURL(/[?&]topic=anxiety&/);
  await expectUnhydrated(page);
  await expect(finder.topic).toHaveValue('anxiety');
  await expect(finder.time).toHaveValue('evening');
  await expect(finder.count).toHaveText(/^\d+ groups?\s*$|^No group/);
  const count = await finder.count.innerText();

  // Chosen and typed, not sent yet, while the program arrives.
  await finder.state.selectOption('NY');
  await finder.form.getByLabel('Words or a name').fill('ruth');
  release();
  await hydrated(page);
  await expect(finder.topic).toHaveValue('anxiety');
  await expect(finder.state).toHaveValue('NY');
  await expect(finder.form.getByLabel('Words or a name')).toHaveValue('ruth');
  await expect(finder.count).toHaveText(count);
  await finder.day.selectOption('tue');
  await expect(page).toHaveURL(/state=NY&topic=anxiety&day=tue&time=evening&q=ruth/);
});

test('any topic is any topic, also before the program is there', async ({ page }) => {
  await holdBack(page);
  const finder = new Finder(page);
  await open(page, '/groups?topic=anxiety&topic=depression');
  await finder.topic.selectOption('');
  await finder.show.click();
  await expect(page).toHaveURL(/[?&]topic=&/);
  await expectUnhydrated(page);
  await expect(finder.topic).toHaveValue('');
});

test('the contact form answers before its program is there, and keeps what was typed when it comes', async ({ page, email }) => {
  const release = await holdBack(page);
  await open(page, '/contact');
  const main = page.getByRole('main');
  const [name, address, question] = [
    main.getByLabel('Your name'),
    main.getByLabel('Your e-mail address'),
    main.getByLabel('Your question'),
  ];
  const send = main.getByRole('button', { name: 'Send the question' });
  await name.fill('Robin');
  await address.fill('robin');
  await question.fill('Do I need a camera?\n\nMine is broken & “old”.');
  await send.click();
  await expect(main.getByRole('alert')).toContainText('does not look like an e-mail address');
  await expectUnhydrated(page);
  await expect(name).toHaveValue('Robin');
  await expect(address).toHaveValue('robin');
  await expect(question).toHaveValue('Do I need a camera?\n\nMine is broken & “old”.');

  await address.fill(email);
  await question.fill('Do I need a camera?');
  release();
  await hydrated(page);
  await expect(name).toHaveValue('Robin');
  await expect(address).toHaveValue(email);
  await expect(question).toHaveValue('Do I need a camera?');
  await send.click();
  await expect(page).toHaveURL(/\/contact\/sent$/);
});

test('a link that is followed while a part of the program is on its way leads where it says', async ({ page }) => {
  // The page's own part is held back; the main one comes, and listens to clicks.
  const release = await holdBack(page, /\/pkg\/(split_|chunk_)[^/]*\.wasm$/);
  const main = page.waitForResponse(/\/pkg\/common-ground\.[^/]*\.wasm$/);
  await open(page, '/learn');
  await (await main).finished();
  await page.waitForTimeout(1000);
  await expectUnhydrated(page);
  // Meanwhile the page is called what it is.
  expect(await page.title()).toBe('Learn about group therapy online · Common Ground');
  // The menu of the footer is the one that phones show too.
  await page.getByRole('contentinfo').getByRole('link', { name: 'Groups', exact: true }).click();
  release();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Find your group');
  await hydrated(page);
});

test.describe('a page that nobody has touched', () => {
  test.use({ hurry: false });

  test('is left alone at first, and taken over after a while', async ({ page }) => {
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto('/groups');
    await page.waitForTimeout(1000);
    await expectUnhydrated(page);
    // A finger is no sign: its tap is to be answered first.
    await page.evaluate(() => dispatchEvent(new PointerEvent('pointermove', { pointerType: 'touch' })));
    await page.waitForTimeout(500);
    expect(asked.filter((url) => /\/pkg\/[^/]*\.(wasm|js)$/.test(url))).toEqual([]);
    await hydrated(page);
  });

  test('is taken over as soon as a key is pressed', async ({ page }) => {
    await page.goto('/groups');
    const program = page.waitForRequest(/\.wasm$/, { timeout: 1500 });
    await page.keyboard.press('Tab');
    await program;
    await hydrated(page);
  });
});
