// Measures the page and prints the figures. Run by hand: node tests/browser/figures.mjs
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import path from 'node:path';
import { openPage, shows, start, stop, stub } from './harness.mjs';

const WWW = fileURLToPath(new URL('../../www/', import.meta.url));
const print = (name, value) => console.log(`${name.padEnd(58)} ${value}`);

function bytes() {
  const files = readdirSync(WWW, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => readFileSync(path.join(file.parentPath ?? file.path, file.name)));
  print('files', files.length);
  print(
    'bytes raw',
    files.reduce((sum, file) => sum + file.length, 0),
  );
  print(
    'bytes, each file by gzip -9',
    files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0),
  );
}

async function firstMessage() {
  const server = await stub();
  server.sayAs('Bo', 'lobby', 'already there');
  const page = await openPage(server.url);
  const times = [];
  for (let i = 0; i < 7; i++) {
    await page.reload();
    await shows(page, 'already there');
    times.push(
      await page.evaluate(() => {
        const { responseStart } = performance.getEntriesByType('navigation')[0];
        return [performance.now(), responseStart];
      }),
    );
  }
  const all = times.map(([now]) => Math.round(now)).sort((a, b) => a - b);
  print('navigation to first message shown, ms (median of 7)', all[3]);
}

async function flood() {
  const server = await stub();
  const page = await openPage(server.url);
  await page.evaluate(() => {
    window.frames = [];
    const tick = (at) => {
      window.frames.push(at);
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const spent = async () =>
    Object.fromEntries(
      (await session.send('Performance.getMetrics')).metrics.map(({ name, value }) => [
        name,
        value,
      ]),
    );
  const before = await spent();
  for (let i = 0; i < 1000; i++) {
    server.sayAs(
      `Person ${i % 9}`,
      'lobby',
      `message ${i} with a few more words and a https://link.example/${i}`,
    );
    if (i % 10 === 9) await new Promise((next) => setTimeout(next, 10));
  }
  await shows(page, 'message 999');
  const after = await spent();
  const gaps = await page.evaluate(() =>
    window.frames
      .slice(1)
      .map((at, i) => at - window.frames[i])
      .sort((a, b) => a - b),
  );
  print(
    '1,000 messages in about a second: script ms',
    Math.round((after.ScriptDuration - before.ScriptDuration) * 1000),
  );
  print(
    '  layout and style ms',
    Math.round(
      (after.LayoutDuration +
        after.RecalcStyleDuration -
        before.LayoutDuration -
        before.RecalcStyleDuration) *
        1000,
    ),
  );
  print(
    '  time between frames ms: median, 99 %, longest',
    [0.5, 0.99, 1]
      .map((part) => Math.round(gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * part))]))
      .join(', '),
  );
}

async function scrollBack() {
  const server = await stub();
  const text = 'of quite ordinary length, as people write them';
  for (let i = 0; i < 10_000; i++) server.sayAs(`Person ${i % 50}`, 'lobby', `${i} ${text}`);
  const page = await openPage(server.url);
  await shows(page, '9999 of');
  const gaps = await page.evaluate(async () => {
    const log = document.querySelector('#log');
    const times = [];
    const first = () => log.querySelector('article .body').textContent;
    while (!first().startsWith('0 of')) {
      log.scrollTop -= 400;
      times.push(await new Promise(requestAnimationFrame));
    }
    return times
      .slice(1)
      .map((at, i) => at - times[i])
      .sort((a, b) => a - b);
  });
  const part = (share) => Math.round(gaps[Math.floor((gaps.length - 1) * share)]);
  print('scrolling back through 10,000 messages, frames', gaps.length);
  print('  time between frames ms: median, 99 %, longest', [0.5, 0.99, 1].map(part).join(', '));
}

async function memory() {
  const server = await stub();
  const page = await openPage(server.url);
  const session = await page.context().newCDPSession(page);
  const heap = async () => {
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize / 1e6;
  };
  const empty = await heap();
  for (let i = 0; i < 50_000; i++) {
    server.sayAs(
      `Person ${i % 50}`,
      'lobby',
      `message ${i} of quite ordinary length, as people write them`,
    );
    if (i % 500 === 499) await new Promise((next) => setTimeout(next, 20));
  }
  await shows(page, 'message 49999');
  print(
    'script memory MB: empty, after 50,000 messages',
    `${empty.toFixed(1)}, ${(await heap()).toFixed(1)}`,
  );
}

await start();
bytes();
for (const measure of [firstMessage, flood, scrollBack, memory]) await measure();
await stop();
