// Browser, daemons and stub servers for the tests, and the words the tests are written in.
// Nothing here sleeps: everything waits for a state, with a deadline.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';
import { StubServer } from './stub_server.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WWW = path.join(ROOT, 'www');
const BIN = path.resolve(ROOT, process.env.PARLEY_BIN || 'build/release/bin');
const DEADLINE_MS = 15000;

let browser;
const leftovers = []; // to undo after the file, last first

// Tests call these by themselves, programs (figures.mjs) as they need.
export async function start() {
  browser ??= await chromium.launch({
    executablePath: chromiumPath(),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export async function stop() {
  await browser?.close();
  for (const undo of leftovers.reverse()) await undo();
}

if (process.env.NODE_TEST_CONTEXT) {
  before(start);
  after(stop);
}

function chromiumPath() {
  const given = process.env.CHROMIUM || process.env.PARLEY_CHROMIUM;
  if (given) return given;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // the next name
    }
  }
  throw new Error('No Chromium found: install it or set CHROMIUM to its path');
}

// A page in a browser profile of its own, as a person who has been here before under `name`
// (null: a first visit). Errors of the page fail the test through page.complaints.
export async function openPage(
  url,
  {
    name = 'Ada',
    hash = '#/lobby',
    size = [1100, 760],
    theme = 'light',
    rooms = [],
    motion = 'reduce',
  } = {},
) {
  const context = await browser.newContext({
    viewport: { width: size[0], height: size[1] },
    colorScheme: theme,
    reducedMotion: motion,
    ignoreHTTPSErrors: true,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error.stack)));
  page.on('console', (message) => {
    const text = message.text();
    if (/Content Security|TrustedHTML|Refused to/i.test(text)) page.complaints.push(text);
  });
  if (name !== null) {
    await page.addInitScript(
      ([who, joined]) => {
        if (localStorage.getItem('parley.name')) return;
        localStorage.setItem('parley.name', JSON.stringify(who));
        if (joined.length) localStorage.setItem('parley.rooms', JSON.stringify(joined));
      },
      [name, rooms],
    );
  }
  await page.goto(`${url}/${hash}`);
  if (name !== null) await online(page);
  return page;
}

export const online = (page) => page.waitForSelector('.way.online', { state: 'attached' });

export async function say(page, text) {
  await page.fill('#draft', text);
  await page.press('#draft', 'Enter');
}

// The texts of the messages on the page, in order, once they are `count`.
export async function messages(page, count) {
  const counted = (n) => document.querySelectorAll('article').length === n;
  await page.waitForFunction(counted, count).catch(() => {}); // then the texts tell what is wrong
  return texts(page);
}

// Until the page shows `count` messages, all of them acknowledged by the server.
export const stored = (page, count) =>
  page.waitForFunction(
    (n) =>
      document.querySelectorAll('article').length === n &&
      !document.querySelector('article .state'),
    count,
  );

export function texts(page) {
  return page.$$eval('article .body', (bodies) => bodies.map((body) => body.textContent));
}

export const shows = (page, text) =>
  page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('#log .row')].some((row) => row.textContent.includes(wanted)),
    text,
  );

export async function stub(options) {
  const server = await new StubServer(WWW, options).start();
  leftovers.push(() => server.stop().catch(() => {}));
  return server;
}

// A daemon that was started and listens; resolves to { port, kill }.
export async function daemon(name, ...args) {
  const child = spawn(path.join(BIN, name), args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const kill = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await gone;
  };
  leftovers.push(() => kill('SIGKILL'));
  const port = await listening(name, child, gone);
  return { port, kill, url: `http://127.0.0.1:${port}` };
}

function listening(name, child, gone) {
  let log = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`${name} does not listen:\n${log}`)),
      DEADLINE_MS,
    );
    child.stderr.on('data', (text) => {
      log += text;
      const match = /listening on (?:http:\/\/)?127\.0\.0\.1:(\d+)/.exec(log);
      if (!match) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    });
    gone.then((code) => {
      clearTimeout(timer);
      reject(new Error(`${name} ended with ${code}:\n${log}`));
    });
  });
}

export const startBroker = (port = 0) => daemon('parley-broker', '--port', String(port));

export const startChat = (broker, port = 0) =>
  chat('--http', String(port), '--bus', `redis://127.0.0.1:${broker.port}`);

/** Chat servers without a broker: each knows the places of the others. */
export async function startPeers(count) {
  const folder = await mkdtemp(path.join(tmpdir(), 'parley-'));
  leftovers.push(() => rm(folder, { recursive: true }));
  const places = Array.from({ length: count }, (_, n) => `ipc://${folder}/${n}`);
  return Promise.all(places.map((place) => {
    const others = places.filter((other) => other !== place).flatMap((other) => ['--sub', other]);
    return chat('--http', '0', '--pub', place, ...others);
  }));
}

async function chat(...options) {
  const server = await daemon('parley-chat', ...options, '--www', WWW);
  await until(async () => (await fetch(`${server.url}/readyz`)).ok);
  return server;
}

export async function until(condition) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    if (await condition().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`not in time: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
