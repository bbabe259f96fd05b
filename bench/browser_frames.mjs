// What publications cost a browser: each in a WebSocket frame of its own, sent in one call, or all
// of a tick as lines of one frame. Prints the page's CPU time for each publication (Chromium's
// TaskDuration) and what a second can take.
//   node bench/browser_frames.mjs [PUBLICATIONS]
// Needs bench/peers and tests (npm ci in both), and Chromium.

import { createRequire } from 'node:module';
import { createServer } from 'node:http';

const { WebSocketServer } = createRequire(new URL('peers/', import.meta.url))('ws');
const { chromium } = createRequire(new URL('../tests/', import.meta.url))('playwright-core');

const total = Number(process.argv[2] ?? 100_000);
const text = 'x'.repeat(64);
const publication = (offset) =>
  JSON.stringify({
    push: {
      channel: 'lobby',
      pub: {
        data: { id: `id-${offset}`, text, at: 1_700_000_000_000 },
        info: { user: 'u', client: 'c', conn_info: { name: 'Ada' } },
        offset,
      },
    },
  });

// Bursts, each when the page has handled the one before.
function serve(socket, perTick, inOneFrame) {
  let sent = 0;
  const burst = () => {
    const lines = Array.from({ length: perTick }, () => publication(++sent));
    socket._socket.cork();
    for (const frame of inOneFrame ? [lines.join('\n')] : lines) socket.send(frame);
    socket._socket.uncork();
  };
  socket.on('message', () => sent < total && burst());
  burst();
}

function listen(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
}

async function measure(browser, port, perTick, inOneFrame) {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  const metrics = await page.context().newCDPSession(page);
  await metrics.send('Performance.enable');
  const busy = async () =>
    (await metrics.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration').value;
  const before = await busy();
  const seconds = await page.evaluate(
    ({ url, total, perTick }) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        const began = performance.now();
        let got = 0;
        socket.onmessage = ({ data }) => {
          for (const line of data.split('\n')) {
            if (JSON.parse(line).push.pub.offset !== ++got) throw new Error('out of order');
          }
          if (got % perTick === 0) socket.send('next');
          if (got >= total) resolve((performance.now() - began) / 1000);
        };
      }),
    { url: `ws://127.0.0.1:${port}/?${perTick},${Number(inOneFrame)}`, total, perTick },
  );
  const cpu = (await busy()) - before;
  await page.close();
  return { perSecond: total / seconds, cpuUs: (cpu * 1e6) / total };
}

const http = createServer((_, response) => response.end('<!doctype html>'));
new WebSocketServer({ server: http }).on('connection', (socket, { url }) => {
  const [perTick, inOneFrame] = url.split('?')[1].split(',').map(Number);
  serve(socket, perTick, inOneFrame === 1);
});
const port = await listen(http);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
console.log('| publications a tick | form | page CPU us each | publications/s |\n|---|---|---|---|');
for (const perTick of [1, 10, 50, 500]) {
  for (const inOneFrame of [false, true]) {
    const runs = [];
    for (let i = 0; i < 3; i++) runs.push(await measure(browser, port, perTick, inOneFrame));
    const median = (key) => runs.map((run) => run[key]).sort((a, b) => a - b)[1];
    const form = inOneFrame ? 'one frame' : 'a frame each';
    console.log(
      `| ${perTick} | ${form} | ${median('cpuUs').toFixed(2)} | ${Math.round(median('perSecond') / 1000)} k |`,
    );
  }
}
await browser.close();
process.exit(0);
