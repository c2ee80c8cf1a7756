import { readFile } from 'node:fs/promises';
import { addressLink, seatHer } from '../fixtures/account.ts';
import { codeFor, mailsFor } from '../fixtures/mail.ts';
import { Member } from '../fixtures/people.ts';
import { signIn, signInHere } from '../fixtures/sign_in.ts';
import { expect, test } from '../fixtures/test.ts';
import { Account } from '../screens/account.ts';

test.setTimeout(150_000);

test('what we know of her is changed, and a state that does not fit leaves the seat', async ({
  page,
  email,
  projectIndex,
  watch,
}) => {
  // The form is sent once with something wrong.
  watch.allow(/status of 422/);
  await signIn(page, email);
  const title = await seatHer(page, 3 + projectIndex);
  const account = new Account(page);
  await page.goto('/program');
  await page.getByRole('navigation', { name: 'All pages' }).getByRole('link', { name: 'Your account' }).click();
  await expect(account.heading).toHaveText('Your account');
  await account.main.getByRole('link', { name: 'Change what we know of you' }).click();
  await expect(account.heading).toHaveText('About you');
  await account.fillProfile({ 'Your phone': '555', 'What should we call you in the group?': 'Wren E.' });
  await account.keep();
  await expect(account.summary.getByRole('link')).toHaveCount(1);
  await expect(account.main.getByLabel('What should we call you in the group?')).toHaveValue('Wren E.');
  await expect(account.main.getByLabel('Your phone', { exact: true })).toHaveValue('555');

  await account.fillProfile({ 'Your phone': '555 010 0177' });
  await account.main.getByLabel('Where will you be during the meetings?').selectOption({ label: 'Ohio' });
  await account.main.getByLabel('Your time zone').selectOption({ label: 'Central' });
  await account.keep();
  await expect(account.heading).toHaveText('Your account');
  await expect(account.said).toContainText('Your changes are kept.');
  await expect(account.fact('Name in the group')).toHaveText('Wren E.');
  await expect(account.fact('Phone')).toHaveText('555 010 0177');
  await expect(account.fact('Your time zone')).toHaveText('Central');
  const hurt = account.main.locator('section', { has: page.getByRole('heading', { level: 2, name: title, exact: true }) });
  await expect(hurt).toContainText('Your seat stays yours.');
  await expect(hurt.getByRole('heading', { level: 3 })).toContainText(['You come back', 'A group that fits where you are', 'Give the seat back']);
  await hurt.getByRole('link', { name: 'See all that fit' }).click();
  await expect(page).toHaveURL(/\/groups\?state=OH$/);
  await page.goto('/seats');
  await expect(account.main).toContainText('Central');
});

test('another device is ended, and then all of them', async ({ page, email, playwright, baseURL }) => {
  await signIn(page, email);
  const other = await playwright.request.newContext();
  // Mails are told apart by their time, with a second to spare: the next code must not be taken for the one just used.
  await page.waitForTimeout(1500);
  await new Member(other, baseURL ?? '').signIn(email);
  const status = async () => (await other.get(`${baseURL}/account`, { maxRedirects: 0 })).status();
  expect(await status()).toBe(200);
  const account = new Account(page);
  await account.open('/account/sessions', 'Where you are signed in');
  await expect(account.main.getByRole('listitem')).toHaveCount(2);
  await account.main.getByRole('button', { name: /^End it/ }).click();
  await expect(account.said).toHaveText('That device is signed out.');
  await expect(account.main.getByRole('listitem')).toHaveCount(1);
  expect(await status()).toBe(302);

  await account.main.getByRole('link', { name: 'Sign out everywhere' }).click();
  await expect(account.heading).toHaveText('Sign out everywhere?');
  await account.main.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(page).toHaveURL(/\/$/);
  await page.goto('/account');
  await expect(page).toHaveURL(/\/sign-in\?next=\/account$/);
});

test('a calendar fetches the meetings from a secret address', async ({ page, email, projectIndex, playwright }) => {
  await signIn(page, email);
  const title = await seatHer(page, 6 + projectIndex);
  const account = new Account(page);
  await account.open('/account/calendar', 'Your meetings in your calendar');
  await account.main.getByRole('button', { name: 'Make a secret address' }).click();
  const url = await account.main.getByLabel('Copy this address now').inputValue();
  const calendar = await playwright.request.newContext();
  const answer = await calendar.get(url);
  expect(answer.headers()['content-type']).toBe('text/calendar; charset=utf-8');
  const text = await answer.text();
  expect(text).toContain('BEGIN:VTIMEZONE');
  expect(text).toContain('SUMMARY:A circle on ');
  expect(text).not.toContain(title);
  await page.reload();
  await expect(account.main.getByLabel('Copy this address now')).toHaveCount(0);
  await account.main.getByRole('button', { name: 'Switch it off' }).click();
  await expect(account.said).toContainText('The feed is off.');
  expect((await calendar.get(url)).status()).toBe(404);
});

test('she chooses which mails she wants', async ({ page, email }) => {
  await signIn(page, email);
  const account = new Account(page);
  await account.open('/account', 'Your account');
  await account.main.getByRole('link', { name: 'Choose which mails we send you' }).click();
  await expect(account.heading).toHaveText('Mails we send you');
  const hour = account.main.getByLabel('An hour before each meeting');
  await expect(hour).toBeChecked();
  await hour.uncheck();
  await account.main.getByRole('button', { name: 'Keep this' }).click();
  await expect(account.said).toContainText('Your choice is kept.');
  await page.reload();
  await expect(hour).not.toBeChecked();
  await expect(account.main.getByLabel('A day before each meeting')).toBeChecked();
});

test('a new address needs a yes from both', async ({ page, email, watch }) => {
  watch.allow(/status of 422/);
  await signIn(page, email);
  const account = new Account(page);
  await account.open('/account/address', 'Another address');
  await account.main.getByLabel('The new address').fill('nobody');
  await account.main.getByRole('button', { name: 'Write to both' }).click();
  await expect(account.summary).toBeVisible();
  await expect(account.main.getByLabel('The new address')).toHaveValue('nobody');
  const asked = Date.now() - 1000;
  await account.main.getByLabel('The new address').fill(`new.${email}`);
  await account.main.getByRole('button', { name: 'Write to both' }).click();
  await expect(account.main.getByText('We have written to both addresses')).toBeVisible();
  await account.open(await addressLink(`new.${email}`, asked), 'Sign in with this address?');
  await account.main.getByRole('button', { name: 'Yes, this is my address' }).click();
  await expect(account.heading).toHaveText('This address has said yes.');
  await account.open(await addressLink(email, asked), 'Sign in with another address?');
  await account.main.getByRole('button', { name: 'Yes, change it' }).click();
  await expect(account.heading).toHaveText('Your address is changed.');
  await page.goto('/account');
  await signInHere(page, `new.${email}`);
  await expect(account.fact('Your address')).toHaveText(`new.${email}`);
});

test('data is taken along and the account deleted, on her own device with a fresh code', async ({ page, email, projectIndex }) => {
  await page.goto('/sign-in');
  await page.getByLabel('Your e-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('This is my own device').check();
  await page.getByLabel('The six digits').fill(await codeFor(email));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/groups$/);
  const title = await seatHer(page, 9 + projectIndex);
  const account = new Account(page);
  // The code of signing in is fresh enough for ten minutes; the page of the fresh code works all the same.
  await account.open('/account/code?next=/account/data', 'Is it you?');
  const asked = Date.now() - 1000;
  await account.main.getByRole('button', { name: 'Mail me a code' }).click();
  await expect(account.main.getByLabel('The six digits')).toBeVisible();
  await account.main.getByLabel('The six digits').fill(await codeFor(email, asked));
  await account.main.getByRole('button', { name: 'Go on' }).click();
  await expect(account.heading).toHaveText('What is stored about you');
  await expect(account.main).toContainText(title);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    account.main.getByRole('button', { name: 'Take it along as a file' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('common-ground.json');
  const data = JSON.parse(await readFile(await download.path(), 'utf8')) as { data: Record<string, unknown[]> };
  expect(data.data['reservations']).toHaveLength(1);

  await account.open('/account', 'Your account');
  await account.main.getByRole('link', { name: 'delete your account' }).click();
  await expect(account.heading).toHaveText('Delete your account?');
  await expect(account.main).toContainText(title);
  await account.main.getByRole('link', { name: 'Keep my account' }).click();
  await expect(account.heading).toHaveText('Your account');
  await account.open('/account/delete', 'Delete your account?');
  await account.main.getByLabel(/I have read what goes/).check();
  await account.main.getByRole('button', { name: 'Delete my account' }).click();
  await expect(account.heading).toHaveText('Your account is deleted.');
  await expect.poll(() => mailsFor(email, asked).map((mail) => mail.headers.get('subject'))).toContain('Your account is deleted');
  await page.goto('/account');
  await expect(page).toHaveURL(/\/sign-in/);
});
