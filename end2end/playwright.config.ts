import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { defineConfig, devices } from '@playwright/test';
import { binary } from './fixtures/binary.ts';
import { quick, quickHold, quickOffer } from './fixtures/quick.ts';

const folder = import.meta.dirname;
const project = path.dirname(folder);
const port = Number(process.env.END2END_PORT ?? 3100);
const address = `http://127.0.0.1:${port}`;

/** Debian's Chromium, or the one that CHROMIUM names; Playwright's own downloads are not used. */
function chromium(): string {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  try {
    return execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  } catch {
    throw new Error("No chromium on PATH: run 'make setup', or name one in CHROMIUM.");
  }
}

/** One instance of the server under test. */
function server(script: string, url: string, env: Record<string, string>) {
  return {
    command: path.join(folder, 'fixtures', script),
    cwd: project,
    url: `${url}/readyz`,
    timeout: 180_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM' as const, timeout: 15_000 },
    stdout: 'ignore' as const,
    stderr: 'pipe' as const,
    env: {
      COMMON_GROUND_BINARY: binary(),
      APP_ENV: 'development',
      LEPTOS_SITE_ADDR: new URL(url).host,
      PUBLIC_URL: url,
      METRICS_ADDR: 'off',
      RATE_LIMITS: 'off',
      MAIL_DIR: path.join(folder, '.run/mail'),
      ...env,
    },
  };
}

const withScriptOnly = '**/*.hydrate.spec.ts';
const onceOnly = '**/*.once.spec.ts';

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // On a busy machine a browser can miss its time once; the report calls such a test flaky.
  retries: process.env.CI ? 1 : 0,
  // Two cores: a third browser only makes the others slow.
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    baseURL: address,
    locale: 'en-US',
    // Recording costs time. Where a test that failed runs again, that run is recorded.
    trace: process.env.CI ? 'on-first-retry' : 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    {
      name: 'desktop',
      use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 900 } },
    },
    {
      name: 'phone',
      testIgnore: onceOnly,
      use: { ...devices['Pixel 7'] },
    },
    {
      name: 'no-script',
      // axe is a script, so accessibility is looked at in the two others.
      testIgnore: [withScriptOnly, onceOnly, '**/accessibility.spec.ts'],
      use: { ...devices['Desktop Chrome'], viewport: { width: 1280, height: 900 }, javaScriptEnabled: false },
    },
  ],
  // Playwright starts them one after the other, so that the second finds the database of the first.
  webServer: [
    server('serve.sh', address, {}),
    server('serve-quick.sh', quick, {
      HOLD_SECONDS: String(quickHold),
      OFFER_SECONDS: String(quickOffer),
      QUIET_HOURS: 'off',
    }),
  ],
});
