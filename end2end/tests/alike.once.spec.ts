import { expect, test } from '../fixtures/test.ts';

// What one page is rendered from must not end up in another that is rendered at the same moment.
test('a page that many ask for at once is the same for all of them', async ({ request }) => {
  for (const path of ['/', '/topics/anxiety', '/therapists/ruth-okafor']) {
    const pages = await Promise.all(
      Array.from({ length: 64 }, async (_, number) => {
        // A cookie of its own: nobody is answered with what was kept for somebody else.
        const page = await request.get(path, { headers: { cookie: `reader=${number}` } });
        expect(page.status()).toBe(200);
        return page.text();
      }),
    );
    // Seats may be taken meanwhile; what the page is made of stays.
    const parts = new Set(pages.map((page) => page.match(/"\/pkg\/[^"]*"/g)?.join(' ')));
    expect([...parts], path).toHaveLength(1);
  }
});
