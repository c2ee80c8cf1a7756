import type { APIRequestContext } from '@playwright/test';
import { seatHer } from '../fixtures/account.ts';
import { mistakesOf } from '../fixtures/html.ts';
import { firstGroup, publicPages, textPages } from '../fixtures/pages.ts';
import { signIn } from '../fixtures/sign_in.ts';
import { expect, test } from '../fixtures/test.ts';

/** Where the links of a page lead, within this site; `&amp;` as it is written in HTML. */
function linksOf(html: string, from: string): string[] {
  const found = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, href]) => (href ?? '').replaceAll('&amp;', '&'));
  return found
    .filter((href) => !/^(https?|tel|sms|mailto):/.test(href))
    .map((href) => new URL(href, new URL(from, 'http://site')).href.slice('http://site'.length));
}

interface Reached {
  html: string;
  status: number;
  hidden: boolean;
}

/** Every address that can be reached from `start` by links, with the page that was there. */
async function crawl(request: APIRequestContext, start: string, intoHidden: boolean): Promise<Map<string, Reached>> {
  const pages = new Map<string, Reached>();
  const queue = [start];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const address = next.split('#')[0] ?? '';
    if (pages.has(address)) continue;
    const answer = await request.get(address, { headers: { accept: 'text/html' } });
    const html = await answer.text();
    const hidden = 'x-robots-tag' in answer.headers() || html.includes('content="noindex"');
    pages.set(address, { html, status: answer.status(), hidden });
    // A filtered finder leads to further filters without end; what is behind its first page is reached without filters.
    const isEnd = (hidden && !intoHidden) || address.includes('?');
    if (!isEnd && answer.headers()['content-type']?.startsWith('text/html')) queue.push(...linksOf(html, address));
  }
  return pages;
}

function brokenOf(pages: Map<string, Reached>): string[] {
  return [...pages].filter(([, page]) => page.status !== 200).map(([path, page]) => `${path}: ${page.status}`);
}

test('every link leads somewhere, no page is an orphan, and the map names the same pages', async ({ request }) => {
  test.setTimeout(240_000);
  const pages = await crawl(request, '/', false);
  expect(brokenOf(pages), 'links that lead nowhere').toEqual([]);

  const anchors: string[] = [];
  for (const [path, page] of pages) {
    for (const link of page.hidden ? [] : linksOf(page.html, path)) {
      const [target = '', id] = link.split('#');
      const there = pages.get(target)?.html;
      if (id && there && !there.includes(`id="${id}"`)) anchors.push(`${path} links to ${link}`);
    }
  }
  expect(anchors, 'links to a place on a page that is not there').toEqual([]);

  const map = await (await request.get('/sitemap.xml')).text();
  const mapped = [...map.matchAll(/<loc>([^<]*)<\/loc>/g)].map(([, url]) => new URL(url ?? '').pathname);
  const reached = [...pages]
    .filter(([path, page]) => !page.hidden && !path.includes('?') && page.html.startsWith('<!DOCTYPE html>'))
    .map(([path]) => path);
  expect(reached.sort()).toEqual(mapped.sort());
});

test('every link leads somewhere for a member with a seat', async ({ page, email }) => {
  test.setTimeout(240_000);
  await signIn(page, email);
  await seatHer(page, 15);
  const pages = await crawl(page.request, '/program', true);
  expect(brokenOf(pages), 'links that lead nowhere').toEqual([]);
  const own = ['/program', '/seats', '/account', '/account/profile', '/account/sessions', '/account/data', '/account/delete'];
  expect([...pages.keys()], 'her own pages are reached by links').toEqual(expect.arrayContaining(own));
});

test('the HTML of every kind of page is valid', async ({ page, request }) => {
  test.setTimeout(120_000);
  const found: string[] = [];
  for (const path of [...publicPages(await firstGroup(page)), ...textPages]) {
    const html = await (await request.get(path, { headers: { accept: 'text/html' } })).text();
    found.push(...(await mistakesOf(html, path)));
  }
  expect(found).toEqual([]);
});
