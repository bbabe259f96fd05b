// Old rooms: history above, the eye stays where it is, holes are closed, links find their message.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, say, shows, stub, until } from './harness.mjs';

const MINUTE = 60_000;

async function roomOf(count, options) {
  const server = await stub(options);
  const start = Date.now() - count * MINUTE;
  for (let i = 1; i <= count; i++)
    server.sayAs(`Person ${i % 5}`, 'lobby', `message ${i}`, start + i * MINUTE);
  return server;
}

// The first message in view and its distance from the top.
const eye = (page) =>
  page.evaluate(() => {
    const log = document.querySelector('#log');
    const edge = log.getBoundingClientRect().top;
    const row = [...log.querySelectorAll('article')].find(
      (one) => one.getBoundingClientRect().bottom > edge + 1,
    );
    return {
      text: row.querySelector('.body').textContent,
      top: Math.round(row.getBoundingClientRect().top - edge),
    };
  });

const scrollTo = (page, top) =>
  page.evaluate((y) => {
    document.querySelector('#log').scrollTop = y;
  }, top);

test('scrolling back leaves the message under the eye where it is', async () => {
  const page = await openPage((await roomOf(500)).url);
  await shows(page, 'message 500');
  for (let step = 0; step < 5; step++) {
    const first = await page.textContent('article .body');
    await scrollTo(page, 350);
    const before = await eye(page);
    await page.waitForFunction(
      (text) => document.querySelector('article .body').textContent !== text,
      first,
    );
    assert.deepEqual(await eye(page), before);
  }
});

test('ten thousand messages: the document stays small, the beginning is reached', async () => {
  const page = await openPage((await roomOf(10_000)).url);
  await shows(page, 'message 10000');
  await page.evaluate(async () => {
    const log = document.querySelector('#log');
    const first = () => log.querySelector('article .body').textContent;
    for (let frames = 0; frames < 2000 && first() !== 'message 1'; frames++) {
      log.scrollTop = 0;
      await new Promise(requestAnimationFrame);
    }
  });
  await shows(page, 'message 1');
  await shows(page, 'This is where it begins.');
  assert.ok((await page.locator('article').count()) <= 260);
  await page.click('#jump');
  await shows(page, 'message 10000');
});

test('new messages do not disturb who reads old ones; a button leads to them', async () => {
  const server = await roomOf(200);
  const page = await openPage(server.url);
  await shows(page, 'message 200');
  await scrollTo(page, 900);
  const before = await eye(page);
  await page.waitForSelector('#jump:not([hidden])');
  for (const text of ['new 1', 'new 2', 'new 3']) server.sayAs('Bo', 'lobby', text);
  await page.waitForFunction(
    () => document.querySelector('#jump').textContent === '3 new messages',
  );
  assert.deepEqual(await eye(page), before);
  await page.click('#jump');
  await shows(page, 'new 3');
  await page.waitForSelector('#jump', { state: 'hidden' });
});

test('one’s own message leads to the end of the room', async () => {
  const page = await openPage((await roomOf(200)).url);
  await shows(page, 'message 200');
  await scrollTo(page, 900);
  await page.waitForSelector('#jump:not([hidden])');
  await say(page, 'here I am');
  await page.waitForSelector('#jump', { state: 'hidden' });
  await shows(page, 'here I am');
});

test('a link to a message opens the room there, with no hole on the way down', async () => {
  const page = await openPage((await roomOf(900)).url, { hash: '#/lobby/300' });
  await shows(page, 'message 300');
  const place = await page.evaluate(() => {
    const row = [...document.querySelectorAll('article')].find(
      (one) => one.querySelector('.body').textContent === 'message 300',
    );
    return row.getBoundingClientRect().top;
  });
  assert.ok(place > 0 && place < 760, `message 300 is at ${place}`);
  await until(async () => {
    await page.evaluate(
      () =>
        new Promise((next) => {
          document.querySelector('#log').scrollTop += 400;
          requestAnimationFrame(next);
        }),
    );
    return !(await page.isVisible('#jump'));
  });
  await shows(page, 'message 900');
  assert.equal(await page.locator('.row.gap').count(), 0);
});

test('a hole that the server cannot close is marked', async () => {
  const server = await roomOf(5);
  const page = await openPage(server.url);
  await shows(page, 'message 5');
  const { publications } = server.room('lobby');
  publications.push({ ...publications[0] }, { ...publications[0] });
  server.on_history = () => ({
    history: { publications: [], epoch: server.room('lobby').epoch, offset: 8 },
  });
  server.sayAs('Bo', 'lobby', 'after the hole');
  await shows(page, '2 messages missing here');
});
