import { expect, type Page } from '@playwright/test';

/** `/groups/{slug}`. */
export class Group {
  readonly heading;
  /** On a phone the bar at the bottom has the button, elsewhere the ring's own column. */
  readonly reserve;
  /** The same where the circle is full. */
  readonly join;

  constructor(readonly page: Page) {
    const main = page.getByRole('main');
    const name = /^Reserve( a seat)?$/;
    this.heading = main.getByRole('heading', { level: 1 });
    this.reserve = main
      .getByRole('link', { name })
      .or(main.getByRole('button', { name }))
      .filter({ visible: true })
      .first();
    this.join = main
      .getByRole('link', { name: 'Join the line' })
      .or(main.getByRole('button', { name: 'Join the line' }))
      .filter({ visible: true });
  }

  async open(slug: string): Promise<void> {
    await this.page.goto(`/groups/${slug}`);
    await expect(this.heading).toBeVisible();
  }
}
