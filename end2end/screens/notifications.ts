import { expect, type Locator, type Page } from '@playwright/test';

/** `/notifications…`, `/unsubscribe/…`, and the short form on other pages. */
export class Notifications {
  readonly main;
  readonly heading;
  readonly summary;
  readonly said;
  /** The short form on home, the finder and pages of text. */
  readonly short;
  readonly email;
  readonly ask;
  readonly yes;
  readonly save;
  readonly pause;
  readonly stop;

  constructor(readonly page: Page) {
    this.main = page.getByRole('main');
    this.heading = this.main.getByRole('heading', { level: 1 });
    this.summary = this.main.getByRole('alert');
    this.said = this.main.getByRole('status');
    this.short = this.main.locator('form.tellme');
    this.email = this.main.getByLabel('Your e-mail address');
    this.ask = this.main.getByRole('button', { name: 'Ask me by mail' });
    this.yes = this.main.getByRole('button', { name: 'Yes, write to me' });
    this.save = this.main.getByRole('button', { name: 'Save' });
    this.pause = this.main.getByRole('button', { name: 'Pause' });
    this.stop = this.main.getByRole('button', { name: 'Stop the weekly mail' });
  }

  /** Opens a page of the list; `name` is its heading. */
  async open(path: string, name: string): Promise<void> {
    await this.page.goto(path);
    await expect(this.heading).toHaveText(name);
  }

  /** Types an address into the short form of the page that is open, and sends it. */
  async tell(email: string): Promise<void> {
    await this.short.getByLabel('Your e-mail address').fill(email);
    await this.short.getByRole('button').click();
  }

  /** A topic, a kind, a day or a time of day. */
  choice(name: string): Locator {
    return this.main.getByRole('checkbox', { name, exact: true });
  }
}
