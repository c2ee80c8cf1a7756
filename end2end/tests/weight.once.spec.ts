import type { Request } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';
import { hydrated } from '../fixtures/watch.ts';

const kilobyte = 1000;
const mostForPage = 330 * kilobyte;
const mostForFonts = 90 * kilobyte;

// The bytes that really cross the wire, with an empty cache; Chromium asks for brotli on a loopback address.
test('the first load of the finder stays light', async ({ page }) => {
  const requests: Request[] = [];
  page.on('requestfinished', (request) => requests.push(request));
  await page.goto('/groups');
  await hydrated(page);
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(1000); // Chunks of the application that load after the first one count as well.

  let forPage = 0;
  let forFonts = 0;
  const rows: string[] = [];
  const plain: string[] = [];
  for (const request of requests) {
    const answer = await request.response();
    if (!answer || request.resourceType() === 'eventsource') continue;
    const { responseBodySize: bytes } = await request.sizes();
    const encoding = answer.headers()['content-encoding'] ?? '-';
    const path = new URL(request.url()).pathname;
    rows.push(`${String(bytes).padStart(8)}  ${encoding.padEnd(4)}  ${path}`);
    if (/\.woff2?$/.test(path)) {
      forFonts += bytes;
      continue;
    }
    forPage += bytes;
    const packed = ['document', 'stylesheet', 'script'].includes(request.resourceType()) || path.endsWith('.wasm');
    if (packed && answer.status() === 200 && encoding !== 'br') plain.push(path);
  }
  console.log(`${rows.sort().reverse().join('\n')}\n${forPage} bytes without fonts, ${forFonts} bytes of fonts`);

  expect(rows.some((row) => row.endsWith('.wasm')), 'the WASM is among what was loaded').toBe(true);
  expect(plain, 'HTML, CSS, JS and WASM come with brotli').toEqual([]);
  expect(forPage).toBeLessThanOrEqual(mostForPage);
  expect(forFonts).toBeLessThanOrEqual(mostForFonts);
});
