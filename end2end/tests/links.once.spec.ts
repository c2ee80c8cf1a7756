import type { APIRequestContext } from '@playwright/test';
import { HtmlValidate } from 'html-validate';
import { firstGroup, publicPages, textPages } from '../fixtures/pages.ts';
import { expect, test } from '../fixtures/test.ts';

/** Where the links of a page lead, within this site; `&amp;` as it is written in HTML. */
function linksOf(html: string, from: string): string[] {
  const found = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, href]) => (href ?? '').replaceAll('&amp;', '&'));
  return found
    .filter((href) => !/^(https?|tel|sms|mailto):/.test(href))
    .map((href) => new URL(href, new URL(from, 'http://site')).href.slice('http://site'.length));
}

/** Every address that can be reached from home by links, with the page that was there. */
async function crawl(request: APIRequestContext): Promise<Map<string, { html: string; status: number; hidden: boolean }>> {
  const pages = new Map<string, { html: string; status: number; hidden: boolean }>();
  const queue = ['/'];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const address = next.split('#')[0] ?? '';
    if (pages.has(address)) continue;
    const answer = await request.get(address, { headers: { accept: 'text/html' } });
    const html = await answer.text();
    const hidden = 'x-robots-tag' in answer.headers() || html.includes('content="noindex"');
    pages.set(address, { html, status: answer.status(), hidden });
    // A filtered finder leads to further filters without end; what is behind its first page is reached without filters.
    const isEnd = hidden || address.includes('?');
    if (!isEnd && answer.headers()['content-type']?.startsWith('text/html')) queue.push(...linksOf(html, address));
  }
  return pages;
}

test('every link leads somewhere, no page is an orphan, and the map names the same pages', async ({ request }) => {
  test.setTimeout(240_000);
  const pages = await crawl(request);
  const broken = [...pages].filter(([, page]) => page.status !== 200).map(([path, page]) => `${path}: ${page.status}`);
  expect(broken, 'links that lead nowhere').toEqual([]);

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

test('the HTML of every kind of page is valid', async ({ page, request }) => {
  test.setTimeout(120_000);
  const validator = new HtmlValidate({
    extends: ['html-validate:standard'],
    rules: {
      // How leptos writes what is valid either way.
      'doctype-style': 'off',
      'attr-quotes': 'off',
      'void-style': 'off',
      'no-trailing-whitespace': 'off',
      'attribute-boolean-style': 'off',
      'attribute-empty-style': 'off',
      // Long titles are cut by search engines, which a test of the content looks at.
      'long-title': 'off',
      // The region around a table that scrolls has to be reached by keyboard.
      'prefer-native-element': 'off',
    },
  });
  const found: string[] = [];
  for (const path of [...publicPages(await firstGroup(page)), ...textPages]) {
    const html = await (await request.get(path, { headers: { accept: 'text/html' } })).text();
    // What leptos writes and we cannot change: `<!>` marks a place, which browsers read as an empty comment; and the links that
    // load the program ahead have the nonce as value of crossorigin, which browsers read as no value.
    const ours = html.replaceAll('<!>', '').replace(/ crossorigin="[\w-]{22}"/g, ' crossorigin');
    const report = await validator.validateString(ours);
    for (const message of report.results.flatMap((result) => result.messages)) {
      found.push(`${path}:${message.line}:${message.column} ${message.ruleId}: ${message.message}`);
    }
  }
  expect(found).toEqual([]);
});
