import type { Page, PlaywrightWorkerArgs, TestInfo } from '@playwright/test';
import { mailsFor } from '../fixtures/mail.ts';
import { crowdOf, fill, Member } from '../fixtures/people.ts';
import { quick, quickHold, quickOffer } from '../fixtures/quick.ts';
import { signIn, signInHere } from '../fixtures/sign_in.ts';
import { expect, test } from '../fixtures/test.ts';
import { Group } from '../screens/group.ts';
import { Offer } from '../screens/offer.ts';
import { Reserve, person } from '../screens/reserve.ts';
import { Release, Seats } from '../screens/seats.ts';

/**
 * Groups of the demo with few seats left for somebody in New York: one for each project, and others for a second try,
 * which would find the people of the first one in line. The tests of a project follow each other and leave no line behind.
 */
const circles = [
  { slug: 'skills-before-the-day', title: 'Skills before the day' },
  { slug: 'daylight', title: 'Daylight' },
  { slug: 'two-chairs', title: 'Two chairs' },
  { slug: 'skills-for-hard-moments', title: 'Skills for hard moments' },
  { slug: 'between-you-and-me', title: 'Between you and me' },
  { slug: 'small-steps-out', title: 'Small steps out' },
];

test.describe.configure({ mode: 'serial' });
test.setTimeout(150_000);

type Playwright = PlaywrightWorkerArgs['playwright'];

/** Who has a seat after the first test. */
let seated = '';

/** The circle of a project; another one at a second try. */
function circleOf(projectIndex: number, info: TestInfo): { slug: string; title: string } {
  return circles[(projectIndex + 3 * info.retry) % circles.length] ?? { slug: '', title: '' };
}

/** Fills a circle. The last one who gets a seat is the one who gives it away later. */
async function crowd(
  playwright: Playwright,
  base: string,
  email: string,
  slug: string,
): Promise<{ leaver: Member; another: () => Promise<Member> }> {
  const another = crowdOf(playwright, base, email);
  const leaver = (await fill(slug, another)).pop();
  if (!leaver) throw new Error(`nobody has a seat in ${slug} that could be given away`);
  return { leaver, another };
}

/** The path of the newest offer that was mailed. */
async function offerMailed(email: string, after: number): Promise<string> {
  let path: string | undefined;
  await expect
    .poll(() => (path = mailsFor(email, after).map((mail) => /\/offers\/[0-9a-f-]{36}/.exec(mail.text)?.[0]).find(Boolean)), {
      message: `a mail with an offer to ${email}`,
      timeout: 20_000,
    })
    .toBeTruthy();
  return path ?? '';
}

/** The same address on the instance in which everything ends soon. */
function onQuick(page: Page, path: string): Promise<unknown> {
  return page.goto(`${quick}${path}`);
}

test('the next for a full circle waits, sees her place, and takes the seat that somebody gives away', async ({
  page,
  email,
  playwright,
  baseURL,
  projectIndex,
  watch,
}, info) => {
  // The form is sent once with something missing.
  watch.allow(/status of 422 .*\/api\/waiting\/join/);
  const { slug, title } = circleOf(projectIndex, info);
  const { leaver } = await crowd(playwright, baseURL ?? '', email, slug);
  const group = new Group(page);
  await group.open(slug);
  await expect(page.getByRole('main').getByText(/seats are taken\./).first()).toBeVisible();
  await group.join.click();
  await signInHere(page, email);

  // On the page before the hold: what is missing is said, and asked again.
  const main = page.getByRole('main');
  const join = main.getByRole('button', { name: 'Join the line' });
  await main.getByLabel('Where will you be during the meetings?').selectOption(person.state);
  await join.click();
  await expect(main.getByText('Please tell us that you are 18 or older.').first()).toBeVisible();
  await expect(main.getByLabel('Where will you be during the meetings?')).toHaveValue('NY');
  await main.getByLabel(/I am 18 or older/).check();
  await join.click();
  await expect(page).toHaveURL(/\/seats$/);
  const seats = new Seats(page);
  await expect(seats.place(title)).toHaveText('1st of 1 in line');

  // The group's page says the same.
  await group.open(slug);
  await expect(main.getByText('1st of 1 in line').filter({ visible: true }).first()).toBeVisible();
  await expect(group.join).toHaveCount(0);

  const freed = Date.now() - 1000;
  await leaver.giveSeatAway(slug);
  const path = await offerMailed(email, freed);
  for (const mail of mailsFor(email, freed)) {
    expect(`${mail.headers.get('subject')}\n${mail.text}\n${mail.html}`).not.toContain(title);
  }
  await seats.open();
  await seats.offer.click();
  await expect(page).toHaveURL(new RegExp(`${path}$`));
  const offer = new Offer(page);
  await expect(offer.heading).toHaveText('A seat is free for you.');
  await expect(offer.main.getByText(/^It waits for you until .* at \d+:\d\d [AP]M /)).toBeVisible();
  await expect(offer.decline).toHaveText('Not this time, keep my place');
  await offer.take.click();

  const reserve = new Reserve(page);
  await expect(reserve.about).toBeVisible();
  await expect(reserve.main.getByText(/^Your seat is held until (today|tonight|tomorrow) at /)).toBeVisible();
  await expect(reserve.main.getByRole('button', { name: 'Hold longer' })).toHaveCount(0);
  // In the middle she looks at the offer again: it waits for the rest of the answers.
  await page.goto(path);
  await expect(offer.heading).toHaveText('Your seat waits for you.');
  await offer.goOn.click();
  await expect(reserve.about).toBeVisible();
  await reserve.giveAbout();
  await reserve.agree();
  await reserve.confirmSeat();
  await page.goto(path);
  await expect(offer.heading).toHaveText('This seat is yours.');

  await seats.open();
  await expect(seats.place(title)).toHaveCount(0);
  await expect(seats.row(title).locator('.ref')).not.toBeEmpty();
  seated = email;
});

test('she tells an absence, takes it back, keeps her seat, and gives it away', async ({ page, projectIndex }, info) => {
  const { title } = circleOf(projectIndex, info);
  await signIn(page, seated);
  const seats = new Seats(page);
  await seats.open();
  const told = await seats.cannotCome(title).count();
  expect(told).toBeGreaterThan(0);
  await seats.cannotCome(title).first().click();
  await expect(seats.canCome(title)).toHaveCount(1);
  await expect(seats.row(title).getByText('We know that you are away.')).toBeVisible();
  await seats.canCome(title).click();
  await expect(seats.cannotCome(title)).toHaveCount(told);

  const release = new Release(page);
  await seats.giveAway(title).click();
  await expect(release.heading).toBeVisible();
  await release.keep.click();
  await expect(seats.giveAway(title)).toBeVisible();
  await seats.giveAway(title).click();
  await release.release.click();
  await expect(page).toHaveURL(/\/seats$/);
  await expect(seats.row(title)).toHaveCount(0);
});

test('an offer that ends in the middle keeps the answers and the place in line', async ({
  page,
  email,
  playwright,
  baseURL,
  projectIndex,
  watch,
}, info) => {
  watch.allow(new RegExp(`request to another origin: ${quick}`));
  watch.allow(/status of 409/);
  const { slug, title } = circleOf(projectIndex, info);
  const { leaver, another } = await crowd(playwright, baseURL ?? '', email, slug);
  await signIn(page, email);
  await new Member(page.request, baseURL ?? '').joinLine(slug);
  const behind = await another();
  await behind.joinLine(slug);
  const hurry = leaver.on(quick);

  await hurry.giveSeatAway(slug);
  await onQuick(page, '/seats');
  await new Seats(page).offer.click();
  await new Offer(page).take.click();
  const reserve = new Reserve(page);
  await expect(reserve.about).toBeVisible();
  await reserve.fillAbout();
  await page.waitForTimeout((quickOffer + 1) * 1000);
  // Whoever joins now finds that the offer is over and that the seat goes to the second in line.
  const late = await another();
  await late.joinLine(slug);

  await reserve.toAgreements.click();
  await expect(reserve.agreements).toBeVisible();
  await expect(reserve.main.getByText('The time is over.')).toBeVisible();
  await reserve.agree();
  await expect(reserve.main.getByText(person.contact.name).first()).toBeVisible();
  // The seat has gone to the one behind her: nobody is let past, and nothing is lost.
  await reserve.confirm.click();
  await expect(reserve.main.getByText('Your answers are kept, and you are')).toBeVisible();
  const seats = new Seats(page);
  await seats.open();
  await expect(seats.place(title)).toHaveText('1st of 3 in line');
  await expect(seats.row(title).getByText(/A second time ends your place/)).toBeVisible();

  await late.leaveLine(slug);
  await behind.leaveLine(slug);
  await seats.leaveLine(title);
  await expect(seats.row(title)).toHaveCount(0);
});

test('a hold that ends while somebody waits leads to the line with one tap', async ({
  page,
  email,
  playwright,
  baseURL,
  projectIndex,
  watch,
}, info) => {
  watch.allow(new RegExp(`request to another origin: ${quick}`));
  watch.allow(/status of 409/);
  const { slug, title } = circleOf(projectIndex, info);
  await signIn(page, email);
  await new Member(page.request, baseURL ?? '').introduce(slug);
  const another = crowdOf(playwright, baseURL ?? '', email);
  const waiter = await another();
  expect(await new Member(page.request, quick).hold(slug)).toBe(true);
  await onQuick(page, `/reserve/${slug}/check`);
  const reserve = new Reserve(page);
  await expect(reserve.check).toBeVisible();
  while (await (await another()).takeSeat(slug));
  await waiter.joinLine(slug);
  await page.waitForTimeout((quickHold + 1) * 1000);
  const late = await another();
  await late.joinLine(slug);

  await reserve.confirm.click();
  await expect(reserve.main.getByText('No seat is free for you now.')).toBeVisible();
  await expect(reserve.main.getByText(person.contact.name).first()).toBeVisible();
  await reserve.main.getByRole('button', { name: 'Join the line' }).click();
  await expect(page).toHaveURL(/\/seats$/);
  const seats = new Seats(page);
  await expect(seats.place(title)).toHaveText('3rd of 3 in line');
  await seats.leaveLine(title);
  await expect(seats.row(title)).toHaveCount(0);
  await late.leaveLine(slug);
  await waiter.leaveLine(slug);
});

test('the first no keeps the place in line, the second ends it', async ({
  page,
  email,
  playwright,
  baseURL,
  projectIndex,
}, info) => {
  const { slug, title } = circleOf(projectIndex, info);
  const { leaver, another } = await crowd(playwright, baseURL ?? '', email, slug);
  await signIn(page, email);
  await new Member(page.request, baseURL ?? '').joinLine(slug);

  const freed = Date.now() - 1000;
  await leaver.giveSeatAway(slug);
  const first = await offerMailed(email, freed);
  await page.goto(first);
  const offer = new Offer(page);
  await expect(offer.decline).toHaveText('Not this time, keep my place');
  await offer.decline.click();
  await expect(page).toHaveURL(/\/seats$/);
  const seats = new Seats(page);
  await expect(seats.place(title)).toHaveText('1st of 1 in line');
  await expect(seats.row(title).getByText(/A second time ends your place/)).toBeVisible();
  await expect(seats.offer).toHaveCount(0);
  await page.goto(first);
  await expect(offer.heading).toHaveText('You said no to this seat.');

  // That seat is for others now. When it comes free anew it is offered anew.
  const next = await another();
  expect(await next.takeSeat(slug)).toBe(true);
  await page.waitForTimeout(1500); // Mails are told apart by their time.
  const again = Date.now() - 1000;
  await next.giveSeatAway(slug);
  const second = await offerMailed(email, again);
  expect(second).not.toBe(first);
  await page.goto(second);
  await expect(offer.decline).toHaveText('Not this time, and leave the line');
  await offer.decline.click();
  await expect(page).toHaveURL(/\/seats$/);
  await expect(seats.row(title)).toHaveCount(0);
});
