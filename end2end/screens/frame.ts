import type { Page } from '@playwright/test';

/** What stands around every page. */
export class Frame {
  readonly skip;
  readonly brand;
  readonly help;
  readonly main;

  constructor(readonly page: Page) {
    this.skip = page.getByRole('link', { name: 'Skip to the content' });
    this.brand = page.getByRole('banner').getByRole('link', { name: 'Common Ground' });
    this.help = page.getByRole('banner').getByRole('link', { name: 'Help now' });
    this.main = page.getByRole('main');
  }
}
