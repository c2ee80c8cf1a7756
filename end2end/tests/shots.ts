import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { devices, test, type Browser, type Page, type PlaywrightWorkerArgs } from '@playwright/test';
import { walkTheAccount } from '../fixtures/account.ts';
import { codeFor } from '../fixtures/mail.ts';
import { walkTheList } from '../fixtures/notifications.ts';
import { signIn } from '../fixtures/sign_in.ts';
import { firstGroup, missingPage, walkTheLine, walkToProgram } from '../fixtures/pages.ts';

const folder = path.join(import.meta.dirname, '../shots');
const sizes = {
  phone: { ...devices['Pixel 7'], deviceScaleFactor: 1 },
  desktop: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 900 } },
};

/** Both schemes of the open page, as `<page>-<size>.png` and `<page>-<size>-dark.png`. */
async function shoot(page: Page, name: string, size: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    const file = `${name}-${size}${colorScheme === 'dark' ? '-dark' : ''}.png`;
    await page.screenshot({ path: path.join(folder, file), fullPage: true, animations: 'disabled' });
  }
}

/** A mail as a mail program shows it: the HTML alone, on a page that has no address and no policy. */
async function shootMail(page: Page, name: string, size: string, address: string): Promise<void> {
  const html = await (await page.request.get(address)).text();
  await page.goto('about:blank');
  await page.setContent(html);
  await shoot(page, name, size);
}

async function shootAll(
  browser: Browser,
  playwright: PlaywrightWorkerArgs['playwright'],
  size: keyof typeof sizes,
  baseURL: string,
  number: number,
): Promise<void> {
  const context = await browser.newContext({ ...sizes[size], baseURL, locale: 'en-US' });
  const page = await context.newPage();
  const pages: Record<string, string> = {
    home: '/',
    finder: '/groups?state=NY',
    'finder-empty': '/groups?state=NY&topic=trauma&topic=ocd&day=sun&time=morning&q=nothing-like-this',
    group: await firstGroup(page),
    topics: '/topics',
    topic: '/topics/anxiety',
    'topic-trauma': '/topics/trauma-and-ptsd',
    'process-groups': '/topics/process-groups',
    'dbt-skills': '/dbt-skills',
    learn: '/learn',
    article: '/learn/first-meeting',
    skills: '/learn/skills',
    skill: '/learn/skills/stop',
    therapists: '/therapists',
    therapist: '/therapists/ruth-okafor',
    privacy: '/privacy',
    terms: '/terms',
    notice: '/notice-of-privacy-practices',
    accessibility: '/accessibility',
    agreements: '/agreements',
    contact: '/contact',
    notifications: '/notifications',
    'sign-in': '/sign-in',
    'help-now': '/help-now',
    'error-404': missingPage,
    styleguide: '/dev/styleguide',
  };
  for (const [name, address] of Object.entries(pages)) {
    await page.goto(address);
    await shoot(page, name, size);
  }

  const email = `shots.${size}.${Date.now()}@example.org`;
  await page.goto('/sign-in');
  await page.getByLabel('Your e-mail address').fill(email);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await page.getByLabel('The six digits').waitFor();
  await shoot(page, 'sign-in-code', size);
  await codeFor(email);
  await page.goto('/dev/mail');
  await shoot(page, 'dev-mail', size);

  await context.clearCookies();
  await signIn(page, 'office@alderstreet.example');
  await page.goto('/office/digests');
  await shoot(page, 'office-digests', size);
  await shootMail(page, 'mail-digest', size, '/office/digests/mail');
  await shootMail(page, 'mail-digest-details', size, '/office/digests/mail/details');
  await context.clearCookies();

  await walkTheList(page, `list.${email}`, (name) => shoot(page, name, size));
  await walkToProgram(page, `walk.${email}`, number, (name) => shoot(page, name, size));
  await context.clearCookies();
  await walkTheLine(page, playwright, `line.${email}`, 'daylight', (name) => shoot(page, name, size));
  await context.clearCookies();
  await walkTheAccount(page, playwright, `account.${email}`, number, (name) => shoot(page, name, size));
  await context.close();
}

/** One page with all pictures, a row for each page of the site, cut to the first screen. */
async function writeContactSheet(browser: Browser): Promise<void> {
  const names = readdirSync(folder).filter((name) => /-(phone|desktop)(-dark)?\.png$/.test(name));
  const rows = [...new Set(names.map((name) => name.replace(/-(phone|desktop)(-dark)?\.png$/, '')))].sort();
  const columns = ['phone', 'phone-dark', 'desktop', 'desktop-dark'];
  const cell = (row: string, column: string) =>
    names.includes(`${row}-${column}.png`) ? `<img class="${column.split('-')[0]}" src="${row}-${column}.png" alt="">` : '';
  const html = `<!doctype html><meta charset="utf-8"><title>Contact sheet</title><style>
    body { margin: 24px; font: 16px sans-serif; background: #ddd; }
    section { margin-bottom: 32px; } h2 { margin: 0 0 8px; font-size: 18px; }
    div { display: flex; gap: 12px; } img { height: 480px; object-fit: cover; object-position: top; background: #fff; }
    .phone { width: 216px; } .desktop { width: 480px; }
    </style>${rows.map((row) => `<section><h2>${row}</h2><div>${columns.map((c) => cell(row, c)).join('')}</div></section>`).join('')}`;
  const file = path.join(folder, 'contact.html');
  writeFileSync(file, html);
  const page = await browser.newPage({ viewport: { width: 1500, height: 900 } });
  await page.goto(pathToFileURL(file).href);
  await page.screenshot({ path: path.join(folder, 'contact.png'), fullPage: true });
  await page.close();
}

test('every page as a picture', async ({ browser, playwright, baseURL }) => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await shootAll(browser, playwright, 'desktop', baseURL ?? '', 0);
  await shootAll(browser, playwright, 'phone', baseURL ?? '', 1);
  await writeContactSheet(browser);
  console.log(`The pictures are in ${folder}, all of them on contact.png.`);
});
