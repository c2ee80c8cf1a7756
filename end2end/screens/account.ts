import { expect, type Page } from '@playwright/test';

/** `/account…`: what we know of her, devices, a new address, her data, the calendar, deleting. */
export class Account {
  readonly main;
  readonly heading;
  readonly said;
  readonly summary;

  constructor(readonly page: Page) {
    this.main = page.getByRole('main');
    this.heading = this.main.getByRole('heading', { level: 1 });
    this.said = this.main.getByRole('status');
    this.summary = this.main.getByRole('alert');
  }

  /** Opens a page of the account; `name` is its heading. */
  async open(path: string, name: string): Promise<void> {
    await this.page.goto(path);
    await expect(this.heading).toHaveText(name);
  }

  /** A value of the overview. */
  fact(name: string) {
    return this.main.locator('dl.facts > div', { has: this.page.getByText(name, { exact: true }) }).locator('dd').first();
  }

  async fillProfile(values: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries(values)) await this.main.getByLabel(label, { exact: true }).fill(value);
  }

  async keep(): Promise<void> {
    await this.main.getByRole('button', { name: 'Keep these changes' }).click();
  }
}
