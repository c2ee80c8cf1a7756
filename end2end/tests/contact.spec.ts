import { expect, test } from '../fixtures/test.ts';

test('a question comes back with what is wrong, and then arrives', async ({ page, email, watch }) => {
  // It is sent once with something wrong.
  watch.allow(/status of 422/);
  await page.goto('/contact');
  const main = page.getByRole('main');
  const question = 'Do I need a camera?\n\nMine is broken & “old”.';
  await main.getByLabel('Your name').fill('Robin');
  await main.getByLabel('Your e-mail address').fill('robin');
  await main.getByLabel('Your question').fill(question);
  await main.getByRole('button', { name: 'Send the question' }).click();
  const summary = main.getByRole('alert');
  await expect(summary).toContainText('does not look like an e-mail address');
  await expect(main.getByLabel('Your question')).toHaveValue(question);
  await expect(main.getByLabel('Your name')).toHaveValue('Robin');

  await main.getByLabel('Your e-mail address').fill(email);
  await main.getByRole('button', { name: 'Send the question' }).click();
  await expect(page).toHaveURL(/\/contact\/sent$/);
  await expect(main.getByRole('heading', { level: 1 })).toHaveText('We have your question.');
});
