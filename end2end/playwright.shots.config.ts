import { defineConfig } from '@playwright/test';
import base from './playwright.config.ts';

/** `make shots`: the same server and browser, but pictures instead of tests. */
export default defineConfig({
  ...base,
  testMatch: 'shots.ts',
  workers: 1,
  timeout: 600_000,
  projects: [{ name: 'shots', use: base.projects?.[0]?.use ?? {} }],
});
