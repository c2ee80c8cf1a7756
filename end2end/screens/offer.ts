import type { Page } from '@playwright/test';

/** `/offers/{id}`: a seat that is held for the first in line. */
export class Offer {
  readonly main;
  readonly heading;
  readonly take;
  readonly decline;
  readonly goOn;

  constructor(readonly page: Page) {
    this.main = page.getByRole('main');
    this.heading = this.main.getByRole('heading', { level: 1 });
    this.take = this.main.getByRole('button', { name: 'Take the seat' });
    this.decline = this.main.getByRole('button', { name: /^Not this time/ });
    this.goOn = this.main.getByRole('link', { name: 'Go on with your seat' });
  }
}
