import type { Page } from '@playwright/test';
import { walkTheAccount } from '../fixtures/account.ts';
import { expectAccessible } from '../fixtures/axe.ts';
import { expectValid } from '../fixtures/html.ts';
import { firstGroup, missingPage, publicPages, textPages, walkTheLine, walkToProgram } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { expectFitsWhenNarrow } from '../fixtures/width.ts';
import { SignIn } from '../screens/sign_in.ts';

/** Looks at a page that only somebody who is signed in sees: with axe, and what is the same in both projects once. */
function look(page: Page, projectIndex: number): (name: string) => Promise<void> {
  return (name) =>
    test.step(name, async () => {
      await expectAccessible(page);
      await (projectIndex === 0 ? expectValid(page) : expectFitsWhenNarrow(page));
    });
}

test('axe finds nothing on the public pages', async ({ page }) => {
  test.setTimeout(180_000);
  for (const path of publicPages(await firstGroup(page))) {
    await test.step(path, async () => {
      await page.goto(path);
      await expectAccessible(page);
    });
  }
});

test('axe finds nothing on the pages of text', async ({ page }) => {
  test.setTimeout(300_000);
  for (const path of textPages) {
    await test.step(path, async () => {
      await page.goto(path);
      await expectAccessible(page);
    });
  }
});

test('axe finds nothing on the page that takes the code', async ({ page, email }) => {
  const signIn = new SignIn(page);
  await signIn.open();
  await signIn.askForCode(email);
  await expectAccessible(page);
});

test('axe finds nothing on the page that is missing', async ({ page, watch }) => {
  watch.allow(/status of 404/);
  const answer = await page.goto(missingPage);
  expect(answer?.status()).toBe(404);
  await expectAccessible(page);
});

test('axe, the validator and a narrow window find nothing from the hold to the program', async ({ page, email, projectIndex }) => {
  test.setTimeout(180_000);
  await walkToProgram(page, email, projectIndex + 6, look(page, projectIndex));
});

test('axe, the validator and a narrow window find nothing from the line to a seat, and back', async ({ page, playwright, email, projectIndex }) => {
  test.setTimeout(240_000);
  const circle = ['solid-ground', 'all-the-weather'][projectIndex] ?? '';
  await walkTheLine(page, playwright, email, circle, look(page, projectIndex));
});

test('axe, the validator and a narrow window find nothing in the account', async ({ page, playwright, email, projectIndex, watch }) => {
  test.setTimeout(240_000);
  watch.allow(/status of 422/);
  await walkTheAccount(page, playwright, email, 12 + projectIndex, look(page, projectIndex));
});
