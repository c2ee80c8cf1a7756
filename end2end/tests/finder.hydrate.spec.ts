import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Finder } from '../screens/finder.ts';

/** "Florida (9)" says nine. */
function promised(words: string): number {
  return Number(/\((\d+)\)$/.exec(words.trim())?.[1] ?? Number.NaN);
}

test('each choice says how many groups it would leave, and keeps its word', async ({ page }) => {
  const finder = new Finder(page);
  await finder.open({ state: 'NY' });
  await hydrated(page);
  for (const [select, value] of [
    [finder.topic, 'anxiety'],
    [finder.time, 'evening'],
    [finder.state, 'NJ'],
  ] as const) {
    const count = promised(await select.locator(`option[value="${value}"]`).innerText());
    await select.selectOption(value);
    await expect(finder.count).toHaveText(count === 0 ? /^No group/ : new RegExp(`^${count} groups?\\s*$`));
  }
});

test('the back button returns to the group that was looked at', async ({ page }) => {
  const finder = new Finder(page);
  await finder.open({ state: 'NY', open: 'true' });
  await hydrated(page);
  const link = finder.title(finder.rows.last());
  const title = await link.innerText();
  await link.scrollIntoViewIfNeeded();
  const height = await page.evaluate(() => window.scrollY);
  expect(height, 'the list is longer than the window').toBeGreaterThan(200);
  await link.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
  await page.evaluate(() => window.scrollTo(0, 0));

  await page.goBack();
  await expect(page).toHaveURL(/\/groups\?/);
  const again = finder.title(finder.rows.last());
  await expect(again).toBeFocused();
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(height);
  await expect(finder.state).toHaveValue('NY');

  // A new visit to the same address is none of that: it begins at the top.
  await page.getByRole('link', { name: 'Common Ground' }).first().click();
  await expect(page).toHaveURL(/\/$/);
  await page.goto('/groups?state=NY&open=true');
  await hydrated(page);
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
});

test('another page of the list begins at its first group, and the back button returns to the link that led there', async ({
  page,
}) => {
  const finder = new Finder(page);
  await page.goto('/groups');
  await hydrated(page);
  const more = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'More groups' });
  await more.scrollIntoViewIfNeeded();
  const height = await page.evaluate(() => window.scrollY);
  expect(height, 'the list is longer than the window').toBeGreaterThan(200);
  const first = await finder.title(finder.rows.first()).innerText();
  await more.click();
  await expect(page).toHaveURL(/\/groups\?page=2$/);
  await expect(page.getByText('Page 2 of')).toBeVisible();
  const begins = finder.title(finder.rows.first());
  await expect(begins).not.toHaveText(first);
  await expect(begins).toBeFocused();
  await expect(begins).toBeInViewport();

  await page.goBack();
  await expect(page).toHaveURL(/\/groups$/);
  await expect(page.getByText('Page 1 of')).toBeVisible();
  await expect(more).toBeFocused();
  await expect.poll(() => page.evaluate(() => window.scrollY)).toBe(height);

  // A filter is another list: whoever chooses one stays where she chooses.
  await more.click();
  await expect(begins).toBeFocused();
  await finder.time.focus();
  await finder.time.selectOption('evening');
  await expect(page).toHaveURL(/\/groups\?time=evening$/);
  await expect(finder.count).not.toHaveText(/^26 /);
  await expect(finder.time).toBeFocused();
});

test('the link back from a group leads to the list that was left', async ({ page }) => {
  const finder = new Finder(page);
  await finder.open({ state: 'NY', time: 'evening', sort: 'seats' });
  await hydrated(page);
  await finder.title(finder.rows.first()).click();
  await page.getByRole('main').getByRole('link', { name: 'Groups in New York' }).click();
  await expect(page).toHaveURL(/\/groups\?state=NY&time=evening&sort=seats$/);
  await expect(finder.time).toHaveValue('evening');
});

test('a choice in a list gives up what stood beside it there', async ({ page }) => {
  const finder = new Finder(page);
  await page.goto('/groups?topic=anxiety&topic=depression&day=mon&day=tue');
  await hydrated(page);
  await finder.topic.selectOption('');
  await expect(page).toHaveURL(/\/groups\?day=mon&day=tue$/);
  await expect(finder.topic).toHaveValue('');
  await finder.topic.selectOption('grief-and-loss');
  await expect(page).toHaveURL(/\/groups\?topic=grief-and-loss&day=mon&day=tue$/);
  await finder.day.selectOption('tue');
  await expect(page).toHaveURL(/\/groups\?topic=grief-and-loss&day=tue$/);
});

test('an address that is typed below stays while filters change', async ({ page }) => {
  const finder = new Finder(page);
  await finder.open();
  const address = page.getByRole('main').getByLabel('Your e-mail address');
  // Also what was typed before the program was there.
  await address.fill('robin@example');
  await hydrated(page);
  await address.pressSequentially('.org');
  for (const [select, value] of [
    [finder.topic, 'anxiety'],
    [finder.state, 'outside'],
    [finder.state, 'NY'],
  ] as const) {
    const before = await finder.count.innerText();
    await select.selectOption(value);
    await expect(finder.count).not.toHaveText(before);
    await expect(address).toHaveValue('robin@example.org');
  }
  const form = page.locator('form.tellme');
  await expect(form.locator('input[name="state"]')).toHaveValue('NY');
  await expect(form.locator('input[name="topic[]"]')).toHaveValue('anxiety');
});
