import type { Page } from '@playwright/test';

/** `/program`: the next meeting, the unit of the week, my seats. */
export class Program {
  readonly heading;

  constructor(readonly page: Page) {
    this.heading = page.getByRole('main').getByRole('heading', { level: 1 });
  }

  /** Every mention of a group by its title. */
  mentions(title: string) {
    return this.page.getByRole('main').getByText(title).filter({ visible: true });
  }
}
