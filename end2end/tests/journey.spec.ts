import { signInHere } from '../fixtures/sign_in.ts';
import { mailsFor } from '../fixtures/mail.ts';
import { expect, test } from '../fixtures/test.ts';
import { Finder } from '../screens/finder.ts';
import { Group } from '../screens/group.ts';
import { Program } from '../screens/program.ts';
import { Reserve, person } from '../screens/reserve.ts';

test('the finder keeps its choices in the address', async ({ page, script }) => {
  const finder = new Finder(page);
  await finder.open();
  await finder.state.selectOption('NY');
  await finder.topic.selectOption('anxiety');
  // With scripts the results follow at once; the button does the same and must stay harmless.
  if (!script || (await finder.show.isVisible())) await finder.show.click();
  await expect(page).toHaveURL(/[?&]state=NY(&|$)/);
  await expect(page).toHaveURL(/[?&]topic=anxiety(&|$)/);
  await expect(finder.state).toHaveValue('NY');
  await expect(finder.topic).toHaveValue('anxiety');
  await expect(finder.count).toContainText(/\d+ groups?|No group/);
});

test('find, sign in, hold, about you, agreements, confirm, program', async ({ page, email, projectIndex }) => {
  const finder = new Finder(page);
  const row = await finder.pick(projectIndex);
  const title = (await finder.title(row).innerText()).trim();
  await finder.title(row).click();

  const group = new Group(page);
  await expect(group.heading).toHaveText(title);
  await group.reserve.click();

  await expect(page).toHaveURL(/\/sign-in/);
  await signInHere(page, email);

  const reserve = new Reserve(page);
  await expect(page).toHaveURL(/\/reserve\//);
  await reserve.takeSeat();
  await reserve.giveAbout();
  await reserve.agree();
  for (const answer of [title, person.displayName, person.state, person.contact.name]) {
    await expect(reserve.main.getByText(answer).first()).toBeVisible();
  }
  const confirmedAt = Date.now() - 1000;
  await reserve.confirmSeat();
  await expect(reserve.main.locator('.ref')).not.toBeEmpty();

  const calendar = await page.request.get((await reserve.calendar.getAttribute('href')) ?? '');
  expect(calendar.headers()['content-type']).toContain('text/calendar');
  expect(await calendar.text()).toContain('BEGIN:VEVENT');

  await reserve.toProgram.click();
  await expect(page).toHaveURL(/\/program$/);
  const program = new Program(page);
  await expect(program.heading).toBeVisible();
  await expect(program.mentions(title).first()).toBeVisible();

  // Membership is health information: the mail about it names no group.
  await expect.poll(() => mailsFor(email, confirmedAt).length, { timeout: 20_000 }).toBeGreaterThan(0);
  for (const mail of mailsFor(email, confirmedAt)) {
    expect(`${mail.headers.get('subject')}\n${mail.text}\n${mail.html}`).not.toContain(title);
  }
});

test('going back and confirming again gives no second seat', async ({ page, email, projectIndex }) => {
  const finder = new Finder(page);
  await finder.title(await finder.pick(projectIndex + 3)).click();
  await new Group(page).reserve.click();
  await signInHere(page, email);
  const reserve = new Reserve(page);
  await reserve.takeSeat();
  await reserve.giveAbout();
  await page.goBack();
  await expect(reserve.about).toBeVisible();
  await expect(reserve.main.getByLabel('What should we call you in the group?')).toHaveValue(person.displayName);
  await page.goForward();
  await expect(reserve.agreements).toBeVisible();
  await reserve.agree();
  await reserve.confirmSeat();
  const reference = await reserve.main.locator('.ref').innerText();
  await page.goBack();
  // A browser may show the check page as it was, and pressing its button leads to the same reservation; or it asks
  // again, and is sent on to the confirmation.
  const shown = reserve.main.locator('.ref');
  await expect(reserve.confirm.or(shown)).toBeVisible();
  if (await reserve.confirm.isVisible()) await reserve.confirmSeat();
  await expect(shown).toHaveText(reference);
});
