import { expect, type Locator, type Page } from '@playwright/test';

/** The finder's query string, as the contract in design.md has it. */
export interface Filters {
  topic?: string;
  kind?: 'skills' | 'process' | 'therapy';
  state?: string;
  day?: string;
  time?: 'morning' | 'afternoon' | 'evening';
  open?: 'true';
  sort?: 'soonest' | 'seats';
  q?: string;
}

/** `/groups`. */
export class Finder {
  readonly form;
  readonly state;
  readonly topic;
  readonly day;
  readonly time;
  readonly show;
  /** The live region that says how many groups there are. */
  readonly count;
  /** One row of the timetable for each group. */
  readonly rows: Locator;

  constructor(readonly page: Page) {
    const main = page.getByRole('main');
    this.form = main.getByRole('form', { name: 'Find a group' });
    this.state = this.form.getByLabel('I am in', { exact: true });
    this.topic = this.form.getByLabel('Topic', { exact: true });
    this.day = this.form.getByLabel('Day', { exact: true });
    this.time = this.form.getByLabel('Time of day', { exact: true });
    this.show = this.form.getByRole('button', { name: 'Show groups' });
    this.count = main.locator('.results-head [role="status"]');
    this.rows = main.locator('li.slot');
  }

  async open(filters: Filters = {}): Promise<void> {
    await this.page.goto(`/groups?${new URLSearchParams({ ...filters })}`);
  }

  /** The link with the title in a row; its address is `/groups/{slug}`. */
  title(row: Locator): Locator {
    return row.getByRole('heading').getByRole('link');
  }

  /** The addresses of the groups that this page of results shows. */
  async paths(): Promise<string[]> {
    await expect(this.rows.first()).toBeVisible();
    const links = this.title(this.rows);
    return Promise.all((await links.all()).map(async (link) => (await link.getAttribute('href')) ?? ''));
  }

  /**
   * A group that somebody in New York can take a seat in. Tests that run at the same time give different numbers, so that
   * they spread over the groups with the most seats.
   */
  async pick(number: number): Promise<Locator> {
    await this.open({ state: 'NY', open: 'true', sort: 'seats' });
    await expect(this.rows.first()).toBeVisible();
    return this.rows.nth(number % (await this.rows.count()));
  }
}
