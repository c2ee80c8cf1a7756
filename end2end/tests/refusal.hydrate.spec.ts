import { Member } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { Finder } from '../screens/finder.ts';
import { Group } from '../screens/group.ts';

test('a seat that cannot be held says why, wherever its button stands', async ({ page, email, watch }) => {
  watch.allow(/status of 409/);
  await page.goto('/sign-in');
  const member = await new Member(page.request, new URL(page.url()).origin).signIn(email);
  await page.goto('/groups?state=NY&open=true&sort=seats');
  const [path = ''] = await new Finder(page).paths();
  const slug = path.split('?')[0]?.split('/').pop() ?? '';
  // With everything known the button holds at once.
  await member.introduce(slug);
  await page.route('**/api/seats/hold', (route) =>
    route.fulfill({ status: 409, contentType: 'application/json', body: JSON.stringify('TooManyHolds') }),
  );
  await page.goto(`/groups/${slug}`);
  await hydrated(page);
  // On a phone it is the one in the bar at the bottom.
  await new Group(page).reserve.click();
  await expect(page.getByRole('main').getByRole('alert')).toHaveText(/^You hold three seats already\./);
  await expect(page).toHaveURL(new RegExp(`/groups/${slug}$`));
});
