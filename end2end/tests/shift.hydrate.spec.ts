import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';

interface Shift extends PerformanceEntry {
  value: number;
  hadRecentInput: boolean;
}

// Each test has a browser context of its own, so the cache is empty.
test('nothing moves while the finder loads', async ({ page }) => {
  await page.addInitScript(() => {
    const shifts: number[] = [];
    Object.assign(window, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as Shift[]) if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto('/groups');
  await hydrated(page);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(1500); // What comes late is what shifts.
  const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts);
  expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.02);
});
