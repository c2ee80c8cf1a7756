import { expect, type Locator, type Page } from '@playwright/test';

/** `/seats`: what is offered, held, reserved, and waited for. */
export class Seats {
  readonly main;
  readonly offer;
  readonly rows: Locator;

  constructor(readonly page: Page) {
    this.main = page.getByRole('main');
    this.offer = this.main.getByRole('link', { name: 'See your offer' });
    this.rows = this.main.locator('li.mine');
  }

  async open(): Promise<void> {
    await this.page.goto('/seats');
    await expect(this.main.getByRole('heading', { level: 1 })).toBeVisible();
  }

  /** The row of a seat or of a line. */
  row(title: string): Locator {
    return this.rows.filter({ has: this.page.getByRole('heading', { level: 3, name: title, exact: true }) });
  }

  /** "2nd of 3 in line". */
  place(title: string): Locator {
    return this.row(title).getByText(/^\d+(st|nd|rd|th) of \d+ in line$/);
  }

  /** Leaving takes two steps. */
  async leaveLine(title: string): Promise<void> {
    await this.row(title).locator('summary', { hasText: 'Leave the line' }).click();
    await this.row(title).getByRole('button', { name: 'Leave it' }).click();
  }

  cannotCome(title: string): Locator {
    return this.row(title).getByRole('button', { name: /^I can’t come/ });
  }

  canCome(title: string): Locator {
    return this.row(title).getByRole('button', { name: /^I can come after all/ });
  }

  giveAway(title: string): Locator {
    return this.row(title).getByRole('link', { name: /^Give this seat away/ });
  }
}

/** `/seats/{slug}/release`: the question, and two answers. */
export class Release {
  readonly heading;
  readonly keep;
  readonly release;

  constructor(readonly page: Page) {
    const main = page.getByRole('main');
    this.heading = main.getByRole('heading', { level: 1, name: 'Give your seat away?' });
    this.keep = main.getByRole('link', { name: 'Keep my seat' });
    this.release = main.getByRole('button', { name: 'Give my seat away' });
  }
}
