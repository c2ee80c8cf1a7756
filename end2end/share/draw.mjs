// The pictures that are shown where somebody shares a page: `public/pictures/*.png`, 1200 × 630, drawn from the same lines as
// the pages. `make pictures` runs this; the files are committed, because they change only when this file does.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const project = path.join(import.meta.dirname, '../..');
const out = path.join(project, 'public/pictures');

const font = (name) =>
  `data:font/woff2;base64,${readFileSync(path.join(project, 'public/fonts', name)).toString('base64')}`;

/** A ring of eight seats and the therapist's, three of them free: as components/seat_ring draws it. */
function ring() {
  const step = 40;
  const width = 18.6;
  const height = width * 0.84;
  const seat = (kind, angle, out) => {
    const y = 60 - 43 - out;
    const x = 60 - width / 2;
    return `<g transform="rotate(${angle} 60 60)"><rect class="${kind}" x="${x}" y="${y - height / 2}" width="${width}" height="${height}" rx="${width * 0.34}"/><path class="back ${kind}-b" d="M${x + 1} ${y - height / 2 - 3.4}q${width / 2 - 1} -4.6 ${width - 2} 0"/></g>`;
  };
  const order = [1, 8, 2, 7, 3, 6, 4, 5];
  const seats = order.map((place, i) => (i < 5 ? seat('taken', place * step, 0) : seat('free', place * step, 4.5)));
  return `<svg viewBox="0 0 120 120"><circle class="floor" cx="60" cy="60" r="27"/>${seat('lead', 0, 0)}${seats.join('')}</svg>`;
}

const wide = (shapes, height) => `<svg viewBox="0 0 480 ${height}">${shapes}</svg>`;
const ground = '<path class="soft" d="M40 154h420M110 174h290"/>';
const faces = [
  ['M0 39q28-7 56 0v17H0z', 'M0 46q28-8 56 0M0 50.5q28-6 56 0', 170],
  ['M0 42q18-8 56-5v19H0z', 'M8 56q6-14 24-18M22 56q5-10 22-15M36 56q4-6 20-9', 240],
  ['M0 38q20 5 56 0v18H0z', 'M0 44q14-6 28 0t28 0M0 50q14-6 28 0t28 0', 75],
  ['M0 40h56v16H0z', 'M20 56a8 6 0 0 1 16 0M12 56a16 10.5 0 0 1 32 0M4 56a24 14 0 0 1 48 0', 345],
  ['M0 38h56v18H0z', 'M0 56L28 38L56 56M14 56L28 38L42 56M28 38V56', 125],
];

const pictures = {
  circle: ['A small circle, a steady hour, every week.', ring()],
  topics: [
    'What brings people here',
    wide(
      `<path class="sun" d="M300 110a56 56 0 0 1 112 0z"/><path class="ink" d="M4 110q5.5 -100 11 0q5.5 100 11 0q5.75 -96 11.5 0q6 88 12 0q6.25 -76 12.5 0q6.75 62 13.5 0q7.5 -48 15 0q8.5 34 17 0q10 -22 20 0q12 12 24 0q14 -6 28 0H476"/>${ground}`,
      200,
    ),
  ],
  steps: [
    'DBT skills, in every state',
    wide(
      `<path class="sun" d="M376 57a40 40 0 0 1 80 0z"/><path class="ink" d="M4 134h44v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h29v-7h108"/>${ground}`,
      200,
    ),
  ],
  learn: [
    'Groups, in plain words',
    wide(
      `<path class="ink" d="M4 66h96M380 66h96"/><path class="ink" d="M130 66a110 34 0 0 1 220 0M170 66a70 22 0 0 1 140 0"/><circle class="lit" cx="240" cy="62" r="15"/><path class="soft" d="M4 92h472"/>`,
      110,
    ),
  ],
  skills: [
    'A skill on one page',
    wide(
      `<path class="ink" d="M4 66q14-70 28 0t26 0q12-46 24 0t22 0h34"/><path class="ink" d="M196 66h104"/><circle class="lit" cx="168" cy="66" r="17"/><path class="ink" d="M300 66q30-18 60-6t114 6"/><path class="soft" d="M4 92h472"/>`,
      110,
    ),
  ],
  therapists: [
    'The people who lead our groups',
    `<div class="faces">${faces
      .map(
        ([land, furrows, hue]) =>
          `<svg class="face" viewBox="0 0 56 56"><path fill="oklch(93% .03 ${hue})" d="M0 0h56v56H0z"/><path fill="oklch(80% .05 ${hue})" d="${land}"/><path fill="none" stroke="oklch(58% .06 ${hue})" stroke-width="1.1" d="${furrows}"/></svg>`,
      )
      .join('')}</div>`,
  ],
};

const mark = [0, 1, 2, 3, 4, 5, 6]
  .map((i) => {
    const angle = (i * 2 * Math.PI) / 7;
    const radius = i === 3 ? 12.6 : 11.2;
    const [x, y] = [16 + radius * Math.sin(angle), 16 - radius * Math.cos(angle)];
    return `<circle fill="${i === 3 ? 'oklch(52% .13 43)' : 'oklch(26.5% .036 170)'}" cx="${x}" cy="${y}" r="${i === 0 ? 3.4 : 2.7}"/>`;
  })
  .join('');

const page = (name, words, drawing) => `<!doctype html><meta charset="utf-8"><style>
  @font-face { font-family: Brygada; src: url(${font('brygada-1918-latin-wght-normal.woff2')}); font-weight: 400 700; }
  * { margin: 0; box-sizing: border-box; }
  body { width: 1200px; height: 630px; background: #f6f7f0; color: oklch(26.5% .036 170); font-family: Brygada, serif; padding: 64px 72px; display: grid; gap: 32px; }
  body { grid-template-rows: auto 1fr auto; }
  body.circle { grid-template: auto 1fr / 1fr 470px; gap: 40px 56px; align-items: center; }
  body.circle figure { grid-area: 1 / 2 / span 2; }
  body.circle h1 { align-self: start; } body.circle p { grid-area: 2 / 1; align-self: end; }
  h1 { font-weight: 560; font-size: 76px; line-height: 1.06; letter-spacing: -.015em; max-width: 15em; text-wrap: balance; }
  figure { display: grid; align-items: end; min-height: 0; }
  figure > svg { width: 100%; height: 100%; max-height: 330px; }
  body.circle figure > svg { max-height: 470px; }
  p { display: flex; align-items: center; gap: 16px; font-size: 34px; font-weight: 620; letter-spacing: -.01em; border-top: 2px solid oklch(86.5% .016 125); padding-top: 24px; }
  body.circle p { border: 0; padding: 0; }
  p svg { width: 46px; height: 46px; }
  .sun { fill: oklch(89% .06 75); } .lit { fill: oklch(76% .1 55); }
  .ink { fill: none; stroke: oklch(26.5% .036 170); stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
  .soft { fill: none; stroke: oklch(58% .03 160); stroke-width: 1.5; stroke-linecap: round; }
  .floor { fill: oklch(92.6% .02 125); } .lead { fill: oklch(33.5% .058 168); } .taken { fill: oklch(56% .035 160); }
  .free { fill: oklch(93.5% .03 62); stroke: oklch(52% .13 43); stroke-width: 2; }
  .back { fill: none; stroke-width: 3.6; stroke-linecap: round; }
  .lead-b { stroke: oklch(33.5% .058 168); } .taken-b { stroke: oklch(56% .035 160); } .free-b { stroke: oklch(52% .13 43); }
  .faces { display: flex; justify-content: space-between; } .face { width: 190px; height: 190px; border-radius: 50%; }
  </style><body class="${name}"><h1>${words}</h1><figure>${drawing}</figure><p><svg viewBox="0 0 32 32">${mark}</svg>Common Ground</p>`;

const executablePath = process.env.CHROMIUM ?? execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const tab = await browser.newPage({ viewport: { width: 1200, height: 630 } });
mkdirSync(out, { recursive: true });
for (const [name, [words, drawing]] of Object.entries(pictures)) {
  await tab.setContent(page(name, words, drawing));
  await tab.evaluate(() => document.fonts.ready.then(() => undefined));
  const picture = await tab.screenshot();
  writeFileSync(path.join(out, `${name}.png`), picture);
  console.log(`${name}.png ${picture.length} bytes`);
}
await browser.close();
