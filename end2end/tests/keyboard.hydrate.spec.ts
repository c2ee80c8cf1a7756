import { chooseByArrows, tabTo } from '../fixtures/keyboard.ts';
import { codeFor } from '../fixtures/mail.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Finder } from '../screens/finder.ts';
import { Frame } from '../screens/frame.ts';
import { Group } from '../screens/group.ts';
import { person, Reserve } from '../screens/reserve.ts';
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
