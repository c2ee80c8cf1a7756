import { expect, type Page } from '@playwright/test';

/** `/sign-in`, and the page behind it that takes the six digits. */
export class SignIn {
  readonly email;
  readonly send;
  readonly code;
  readonly submit;

  constructor(readonly page: Page) {
    const main = page.getByRole('main');
    this.email = main.getByLabel('Your e-mail address');
    this.send = main.getByRole('button', { name: 'Send me a code' });
    this.code = main.getByLabel('The six digits');
    this.submit = main.getByRole('button', { name: 'Sign in', exact: true });
  }

  async open(): Promise<void> {
    await this.page.goto('/sign-in');
  }

  async askForCode(address: string): Promise<void> {
    await this.email.fill(address);
    await this.send.click();
    await expect(this.code).toBeVisible();
  }

  /** Leaves the sign-in pages, to wherever the person wanted to go. */
  async enterCode(digits: string): Promise<void> {
    await this.code.fill(digits);
    await this.submit.click();
    await expect(this.page).not.toHaveURL(/\/sign-in/);
  }
}
