import { expect, type Locator, type Page } from '@playwright/test';

/** What the person of the tests answers. */
export const person = {
  displayName: 'Wren',
  legalName: 'Wren Whitlock',
  phone: '555 010 0100',
  state: 'New York',
  born: { month: '3', day: '9', year: '1991' },
  contact: { name: 'Sam Whitlock', phone: '555 010 0142' },
};

/** `/reserve/{slug}…`: hold, about you, agreements, check your answers, confirmed. */
export class Reserve {
  readonly main;
  readonly about;
  readonly agreements;
  readonly check;
  readonly confirmed;
  readonly hold;
  readonly toAgreements;
  readonly toCheck;
  readonly confirm;
  readonly toProgram;
  readonly calendar;

  constructor(readonly page: Page) {
    const main = page.getByRole('main');
    const heading = (name: string) => main.getByRole('heading', { level: 1, name, exact: true });
    this.main = main;
    this.about = heading('About you');
    this.agreements = heading('What we agree on');
    this.check = heading('Is this right?');
    this.confirmed = heading('Your seat is reserved.');
    this.hold = main.getByRole('button', { name: /^Hold (a|my|this) seat/ });
    this.toAgreements = main.getByRole('button', { name: 'Next: agreements' });
    this.toCheck = main.getByRole('button', { name: 'Next: check your answers' });
    this.confirm = main.getByRole('button', { name: 'Confirm my seat' });
    this.toProgram = main.getByRole('link', { name: 'Go to my program' });
    this.calendar = main.getByRole('link', { name: 'Add to my calendar' });
  }

  /** Holds a seat: answers what the hold page asks, or nothing when the seat is held already. */
  async takeSeat(): Promise<void> {
    await expect(this.about.or(this.hold)).toBeVisible();
    if (await this.hold.isVisible()) {
      const state = this.main.getByLabel(/^(I am in|Where (are|will) you)/);
      if (await state.isVisible()) await state.selectOption(person.state);
      const adult = this.main.getByLabel(/I am 18 or older/);
      if (await adult.isVisible()) await adult.check();
      await this.hold.click();
    }
    await expect(this.about).toBeVisible();
    await expect(this.main.getByText(/^Your seat is held until /)).toBeVisible();
  }

  async fillAbout(): Promise<void> {
    await this.main.getByLabel('What should we call you in the group?').fill(person.displayName);
    await this.fillIfAsked(this.main.getByLabel(/legal name/i), person.legalName);
    await this.fillIfAsked(this.main.getByLabel(/^Your phone/), person.phone);
    await this.main.getByLabel('Where will you be during the meetings?').selectOption(person.state);
    const born = this.main.getByRole('group', { name: 'When were you born?' });
    await born.getByLabel('Month').fill(person.born.month);
    await born.getByLabel('Day').fill(person.born.day);
    await born.getByLabel('Year').fill(person.born.year);
    const contact = this.main.getByRole('group', { name: 'Somebody we may call in an emergency' });
    await contact.getByLabel('Name').fill(person.contact.name);
    await contact.getByLabel('Phone').fill(person.contact.phone);
  }

  async giveAbout(): Promise<void> {
    await this.fillAbout();
    await this.toAgreements.click();
    await expect(this.agreements).toBeVisible();
  }

  /** The three boxes, in the order of the page. */
  pacts(): Locator[] {
    return ['I agree with the group agreement', 'I consent to treatment by video', 'I have read how you use my data'].map(
      (label) => this.main.getByLabel(label),
    );
  }

  async agree(): Promise<void> {
    for (const box of this.pacts()) await box.check();
    await this.fillIfAsked(this.main.getByLabel(/legal name/i), person.legalName);
    await this.toCheck.click();
    await expect(this.check).toBeVisible();
  }

  async confirmSeat(): Promise<void> {
    await this.confirm.click();
    await expect(this.confirmed).toBeVisible();
  }

  private async fillIfAsked(field: Locator, value: string): Promise<void> {
    if (await field.isVisible()) await field.fill(value);
  }
}
