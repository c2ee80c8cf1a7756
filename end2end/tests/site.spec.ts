import type { Page } from '@playwright/test';
import { firstGroup, publicPages, textPages } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';
import { expectFits, narrow } from '../fixtures/width.ts';

const weather = 'https://www.weather.gov/';

// One is left before its program is there, the other after.
for (const [path, waits] of [
  ['/topics/trauma-and-ptsd', false],
  ['/topics/relationship-issues', true],
] as const) {
  test(`${path} can be left at once`, async ({ page, context, watch, script }) => {
    watch.allow(/weather\.gov/);
    await context.route(`${weather}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Weather</h1>' }));
    await page.goto('/topics');
    await page.goto(path);
    if (script && waits) await hydrated(page);
    const exit = page.getByRole('link', { name: 'Exit this page' });
    await expect(exit).toBeInViewport();
    await page.mouse.wheel(0, 3000);
    await expect(exit).toBeInViewport();
    await exit.click();
    await expect(page).toHaveURL(weather);
    await page.goBack();
    // With script its entry in the history is gone; without, the browser keeps one as for every link.
    await expect(page).toHaveURL(script ? /\/topics$/ : new RegExp(`${path}$`));
  });
}

test('two presses of Escape leave as well', async ({ page, context, watch, script }) => {
  test.skip(!script, 'keys need script');
  watch.allow(/weather\.gov/);
  await context.route(`${weather}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Weather</h1>' }));
  await page.goto('/topics/trauma-and-ptsd');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(weather);
});

test('other topics have no such link', async ({ page }) => {
  await page.goto('/topics/anxiety');
  await expect(page.getByRole('link', { name: 'Exit this page' })).toHaveCount(0);
});

test('a reader comes from a topic to a seat', async ({ page }) => {
  await page.goto('/topics');
  await page.getByRole('main').getByRole('link', { name: /^Anxiety/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Anxiety' })).toBeVisible();
  await page.getByText('Can I keep seeing my own therapist?').click();
  await expect(page.getByText('it needs your written permission')).toBeVisible();
  await page.getByRole('link', { name: 'Living with anxiety' }).click();
  await expect(page).toHaveURL(/\/groups\/living-with-anxiety$/);
  await page.getByRole('main').getByRole('link', { name: 'Ruth Okafor, PsyD' }).click();
  await expect(page).toHaveURL(/\/therapists\/ruth-okafor$/);
  await expect(page.getByRole('row', { name: /New York/ })).toContainText('Psychologist');
});

test('the skills group is explained, and each week leads to its cards', async ({ page }) => {
  await page.goto('/dbt-skills');
  await page.getByRole('link', { name: 'STOP', exact: true }).click();
  await expect(page).toHaveURL(/\/learn\/skills\/stop$/);
  await expect(page.getByRole('heading', { level: 2, name: 'Take a step back' })).toBeVisible();
  await page.getByRole('link', { name: 'About the DBT skills group' }).click();
  await expect(page).toHaveURL(/\/dbt-skills$/);
});

test('addresses without a page say so', async ({ page, watch }) => {
  watch.allow(/status of 404/);
  for (const path of ['/topics/no', '/learn/no', '/learn/skills/no', '/therapists/no', '/topics/dbt-skills']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
  }
});

test('nothing is wider than a narrow phone, or than a page at 200 percent', async ({ page }) => {
  test.setTimeout(180_000);
  const paths = [...publicPages(await firstGroup(page)), ...textPages, '/learn/skills/accumulating-positives'];
  for (const size of narrow) {
    await page.setViewportSize(size);
    for (const path of paths) {
      await page.goto(path);
      await expectFits(page, size.width);
    }
  }
});

test('what is drawn keeps its form in forced colors', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  for (const [path, shape] of [
    ['/topics/anxiety', '.drawing .ink'],
    ['/topics', '.mark10'],
    ['/learn/skills/stop', '.drawing .ink'],
  ] as const) {
    await page.goto(path);
    await expect(page.locator(shape).first()).toHaveCSS('stroke', 'rgb(0, 0, 0)');
  }
});

/** How shapes are painted, each way once: fill, stroke and dashes. */
function painted(page: Page, shape: string): Promise<string[]> {
  return page.locator(shape).evaluateAll((shapes) => [
    ...new Set(
      shapes.map((one) => {
        const { fill, stroke, strokeDasharray } = getComputedStyle(one);
        return `fill ${fill}, stroke ${stroke}, dashes ${strokeDasharray}`;
      }),
    ),
  ]);
}

/** What a color of the system is here. */
function systemColor(page: Page, name: string): Promise<string> {
  return page.locator('body').evaluate((body, name) => {
    const probe = body.appendChild(document.createElement('i'));
    probe.style.color = name;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }, name);
}

test('seats and buttons can be told apart in forced colors', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  // The list has real circles; the page that shows every part has each state of a seat.
  for (const [path, states] of [
    ['/groups', ['taken', 'free']],
    ['/dev/styleguide', ['taken', 'free', 'held', 'yours']],
  ] as const) {
    await page.goto(path);
    const ways: string[] = [];
    for (const state of states) {
      const found = await painted(page, `main .ring rect.${state}`);
      expect(found, `${state} on ${path} is painted in one way`).toHaveLength(1);
      ways.push(...found);
    }
    expect(new Set(ways).size, `${path}: ${ways.join('; ')}`).toBe(states.length);
    expect(ways[0]).toContain(`fill ${await systemColor(page, 'CanvasText')}`);
    expect(ways[1]).toContain(`fill ${await systemColor(page, 'Canvas')}, stroke ${await systemColor(page, 'LinkText')}`);

    const buttons = await page.locator('main .button').evaluateAll((all) =>
      all.map((button) => {
        const { borderTopWidth, borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(button);
        return { edge: `${borderTopWidth} ${borderTopStyle}`, seen: borderTopColor !== backgroundColor };
      }),
    );
    expect(buttons.length, `buttons on ${path}`).toBeGreaterThan(0);
    for (const button of buttons) {
      expect(button.edge).toMatch(/^1px (solid|dashed)$/);
      expect(button.seen, 'the edge has another color than the inside').toBe(true);
    }
  }
});

/** What would move: elements, and what is drawn before and after them, with an animation or with a transition that takes time. */
function moving(page: Page): Promise<string[]> {
  return page.locator('html').evaluate((root) =>
    [root, ...root.querySelectorAll('*')].flatMap((element) =>
      ['', '::before', '::after']
        .filter((part) => {
          const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element, part || null);
          const takesTime = transitionDuration.split(',').some((time) => Number.parseFloat(time) > 0.001);
          return animationName !== 'none' || takesTime || (part === '' && scrollBehavior === 'smooth');
        })
        .map((part) => `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}${part}`),
    ),
  );
}

test('nothing moves where less motion is asked for', async ({ page, script }) => {
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await page.goto('/dev/styleguide');
  expect(await moving(page), 'a negative control: something moves where nobody minds').not.toEqual([]);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const path of ['/dev/styleguide', '/', '/groups', '/topics/anxiety', await firstGroup(page), '/learn/skills/stop']) {
    await page.goto(path);
    if (script && path !== '/dev/styleguide') await hydrated(page);
    expect(await moving(page), path).toEqual([]);
    const running = await page.locator('html').evaluate(
      () => document.getAnimations().filter((animation) => Number(animation.effect?.getComputedTiming().duration ?? 0) > 1).length,
    );
    expect(running, `${path} is still`).toBe(0);
  }
});
