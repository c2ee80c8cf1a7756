import { chooseByArrows, tabTo } from '../fixtures/keyboard.ts';
import { codeFor } from '../fixtures/mail.ts';
import { crowdOf, fill } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Finder } from '../screens/finder.ts';
import { Frame } from '../screens/frame.ts';
import { Group } from '../screens/group.ts';
import { Offer } from '../screens/offer.ts';
import { person, Reserve } from '../screens/reserve.ts';
import { Seats } from '../screens/seats.ts';
import { SignIn } from '../screens/sign_in.ts';

test('the first stop of the keyboard leads past the header', async ({ page }) => {
  const frame = new Frame(page);
  await page.goto('/groups');
  await hydrated(page);
  await page.keyboard.press('Tab');
  await expect(frame.skip).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#main$/);
});

test('the finder works by keyboard alone', async ({ page }) => {
  const finder = new Finder(page);
  await finder.open();
  await hydrated(page);
  await chooseByArrows(page, finder.state, 'NY');
  await expect(page).toHaveURL(/[?&]state=NY(&|$)/);
  // Results that follow at once must leave the focus where it is.
  await expect(finder.state).toBeFocused();
  await chooseByArrows(page, finder.topic, 'anxiety');
  await expect(page).toHaveURL(/[?&]topic=anxiety(&|$)/);
  const first = finder.title(finder.rows.first());
  await tabTo(page, first);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/groups\/[^/?]+(\?.*)?$/);
});

test('a seat is reserved by keyboard alone', async ({ page, email, projectIndex }) => {
  test.setTimeout(120_000);
  const press = async (target: Parameters<typeof tabTo>[1]) => {
    await tabTo(page, target);
    await page.keyboard.press('Enter');
  };
  const type = async (target: Parameters<typeof tabTo>[1], text: string) => {
    await tabTo(page, target);
    await page.keyboard.press('Control+a'); // What stands there already is replaced.
    await page.keyboard.type(text);
  };
  const check = async (target: Parameters<typeof tabTo>[1]) => {
    await tabTo(page, target);
    if (!(await target.isChecked())) await page.keyboard.press('Space');
    await expect(target).toBeChecked();
  };

  const finder = new Finder(page);
  await press(finder.title(await finder.pick(projectIndex + 13)));
  const group = new Group(page);
  await expect(group.heading).toBeVisible();
  await expect(group.reserve).toBeVisible();
  await press(group.reserve);

  const signIn = new SignIn(page);
  await expect(signIn.email).toBeVisible();
  const asked = Date.now() - 1000;
  await type(signIn.email, email);
  await page.keyboard.press('Enter');
  await expect(signIn.code).toBeVisible();
  await type(signIn.code, await codeFor(email, asked));
  await page.keyboard.press('Enter');

  const reserve = new Reserve(page);
  await expect(reserve.about.or(reserve.hold)).toBeVisible();
  if (await reserve.hold.isVisible()) {
    const state = reserve.main.getByLabel(/^(I am in|Where (are|will) you)/);
    if (await state.isVisible()) await chooseByArrows(page, state, person.state);
    const adult = reserve.main.getByLabel(/I am 18 or older/);
    if (await adult.isVisible()) await check(adult);
    await press(reserve.hold);
  }
  await expect(reserve.about).toBeVisible();
  await type(reserve.main.getByLabel('What should we call you in the group?'), person.displayName);
  const legalName = reserve.main.getByLabel(/legal name/i);
  if (await legalName.isVisible()) await type(legalName, person.legalName);
  const phone = reserve.main.getByLabel(/^Your phone/);
  if (await phone.isVisible()) await type(phone, person.phone);
  await chooseByArrows(page, reserve.main.getByLabel('Where will you be during the meetings?'), person.state);
  const born = reserve.main.getByRole('group', { name: 'When were you born?' });
  await type(born.getByLabel('Month'), person.born.month);
  await type(born.getByLabel('Day'), person.born.day);
  await type(born.getByLabel('Year'), person.born.year);
  const contact = reserve.main.getByRole('group', { name: 'Somebody we may call in an emergency' });
  await type(contact.getByLabel('Name'), person.contact.name);
  await type(contact.getByLabel('Phone'), person.contact.phone);
  await press(reserve.toAgreements);

  await expect(reserve.agreements).toBeVisible();
  for (const box of reserve.pacts()) await check(box);
  if (await legalName.isVisible()) await type(legalName, person.legalName);
  await press(reserve.toCheck);
  await expect(reserve.check).toBeVisible();
  await press(reserve.confirm);
  await expect(reserve.confirmed).toBeVisible();
});

test('a line is joined, an offer answered and the line left by keyboard alone', async ({
  page,
  email,
  playwright,
  baseURL,
  projectIndex,
}, info) => {
  test.setTimeout(240_000);
  // Circles with few free seats that no other test fills; others for a second try.
  const circles = [
    { slug: 'said-and-unsaid', title: 'Said and unsaid' },
    { slug: 'before-it-boils', title: 'Before it boils' },
    { slug: 'low-tide', title: 'Low tide' },
    { slug: 'skills-for-anxious-days', title: 'Skills for anxious days' },
  ];
  const { slug, title } = circles[(projectIndex + 2 * info.retry) % circles.length] ?? { slug: '', title: '' };
  const crowd = await fill(slug, crowdOf(playwright, baseURL ?? '', email));
  const press = async (target: Parameters<typeof tabTo>[1]) => {
    await tabTo(page, target);
    await page.keyboard.press('Enter');
  };

  const group = new Group(page);
  await group.open(slug);
  await hydrated(page);
  await press(group.join);
  const signIn = new SignIn(page);
  await expect(signIn.email).toBeVisible();
  const asked = Date.now() - 1000;
  await tabTo(page, signIn.email);
  await page.keyboard.type(email);
  await page.keyboard.press('Enter');
  await expect(signIn.code).toBeVisible();
  await tabTo(page, signIn.code);
  await page.keyboard.type(await codeFor(email, asked));
  await page.keyboard.press('Enter');

  const main = page.getByRole('main');
  const join = main.getByRole('button', { name: 'Join the line' });
  await expect(join).toBeVisible();
  await hydrated(page);
  await chooseByArrows(page, main.getByLabel('Where will you be during the meetings?'), person.state);
  await tabTo(page, main.getByLabel(/I am 18 or older/));
  await page.keyboard.press('Space');
  await press(join);
  const seats = new Seats(page);
  await expect(seats.place(title)).toHaveText('1st of 1 in line');

  await crowd.pop()?.giveSeatAway(slug);
  await seats.open();
  await hydrated(page);
  await press(seats.offer);
  const offer = new Offer(page);
  await expect(offer.take).toBeVisible();
  await press(offer.take);
  const reserve = new Reserve(page);
  await expect(reserve.about).toBeVisible();
  // The strip leads back to the offer, where she says no after all.
  await press(reserve.main.getByRole('link', { name: 'See the offer' }));
  await expect(offer.goOn).toBeVisible();
  await press(offer.decline);
  await expect(seats.place(title)).toHaveText('1st of 1 in line');

  // Leaving takes two steps: open, then leave.
  await press(seats.row(title).locator('summary', { hasText: 'Leave the line' }));
  await press(seats.row(title).getByRole('button', { name: 'Leave it' }));
  await expect(seats.row(title)).toHaveCount(0);
  for (const one of crowd) await one.giveSeatAway(slug);
});
