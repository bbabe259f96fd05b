// What the page shows of the past and of people, with real servers.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import {
  messages,
  online,
  openPage,
  say,
  shows,
  startBroker,
  startChat,
  stored,
  texts,
  until,
} from './harness.mjs';

async function servers() {
  const broker = await startBroker();
  const [one, two] = await Promise.all([startChat(broker), startChat(broker)]);
  return { broker, one, two };
}

// Puts messages into a room's history, as a script would.
function fill(broker, room, count) {
  return new Promise((resolve, reject) => {
    const socket = connect(broker.port, '127.0.0.1');
    const line = (n) => `XPUBLISH history.${room} chat.${room} "line ${n} of the past"\r\n`;
    socket.write(Array.from({ length: count }, (_, i) => line(i + 1)).join(''));
    socket.end('QUIT\r\n');
    socket.resume().once('close', resolve).once('error', reject);
  });
}

test('who comes later, or reloads, sees what was said before', async () => {
  const { one, two } = await servers();
  const ada = await openPage(one.url, { name: 'Ada' });
  for (const text of ['one', 'two', 'three']) await say(ada, text);
  await stored(ada, 3);
  const bo = await openPage(two.url, { name: 'Bo' });
  assert.deepEqual(await messages(bo, 3), ['one', 'two', 'three']);
  await ada.reload();
  await online(ada);
  assert.deepEqual(await messages(ada, 3), ['one', 'two', 'three']);
  await say(bo, 'four');
  await shows(ada, 'four');
  for (const page of [ada, bo]) {
    assert.deepEqual(await messages(page, 4), ['one', 'two', 'three', 'four']);
    assert.equal(await page.locator('.row.gap').count(), 0);
    assert.deepEqual(page.complaints, []);
  }
});

test('scrolling up loads the past to its beginning', async () => {
  const { broker, one } = await servers();
  await fill(broker, 'lobby', 400);
  const page = await openPage(one.url);
  await shows(page, 'line 400 of the past');
  await until(async () => {
    await page.$eval('#log', (log) => log.scrollTo(0, 0));
    return (await texts(page)).includes('line 1 of the past');
  });
  assert.equal(await page.locator('.row.gap').count(), 0);
});

test('what is written offline is sent when the network is back, once and in order', async () => {
  const { one, two } = await servers();
  const ada = await openPage(one.url, { name: 'Ada' });
  const bo = await openPage(two.url, { name: 'Bo' });
  await say(ada, 'before');
  await shows(bo, 'before');
  await ada.context().setOffline(true);
  await ada.waitForSelector('.way.online', { state: 'detached' });
  for (const text of ['offline 1', 'offline 2']) await say(ada, text);
  await say(bo, 'meanwhile');
  await stored(bo, 2);
  await ada.context().setOffline(false);
  await online(ada);
  await shows(bo, 'offline 2');
  await shows(ada, 'meanwhile');
  const expected = ['before', 'meanwhile', 'offline 1', 'offline 2'];
  for (const page of [ada, bo]) assert.deepEqual(await messages(page, 4), expected);
});

test('people on both servers are listed, typing shows, and who goes is gone', async () => {
  const { one, two } = await servers();
  const ada = await openPage(one.url, { name: 'Ada' });
  const bo = await openPage(two.url, { name: 'Bo' });
  const people = (page) =>
    page.$$eval('#people li', (items) => items.map((item) => item.textContent.trim()));
  const listed = async (page, ...names) =>
    until(async () => {
      const found = (await people(page)).join(' ');
      return names.every((name) => found.includes(name));
    });
  await listed(ada, 'Ada', 'Bo');
  await listed(bo, 'Ada', 'Bo');
  await bo.locator('#draft').pressSequentially('hm');
  await ada.waitForFunction(() => /Bo is typing/.test(document.body.textContent));
  await bo.context().close();
  await until(async () => !(await people(ada)).join(' ').includes('Bo'));
});

test('busy rooms of the server are offered, and open at a click', async () => {
  const { one } = await servers();
  const ada = await openPage(one.url, { name: 'Ada', hash: '#/tea' });
  await say(ada, 'tea is ready');
  const bo = await openPage(one.url, { name: 'Bo' });
  await bo.waitForFunction(() => /tea/.test(document.querySelector('#busiestList').textContent));
  await bo.click('#busiestList button, #busiestList a');
  await shows(bo, 'tea is ready');
});

test('who asked for it is notified of a mention in a hidden page, and of nothing else', async () => {
  const { one } = await servers();
  const ada = await openPage(one.url, { name: 'Ada' });
  await ada.evaluate(() => {
    window.shown = [];
    window.asked = 0;
    window.Notification = class {
      static permission = 'default';
      static async requestPermission() {
        window.asked++;
        return (this.permission = 'granted');
      }
      constructor(title, { body }) {
        window.shown.push([title, body]);
      }
    };
    Object.defineProperty(document, 'hidden', { get: () => true });
  });
  const bo = await openPage(one.url, { name: 'Bo' });
  await say(bo, '@Ada before it was asked for');
  await shows(ada, 'before it was asked for');
  assert.equal(await ada.evaluate(() => window.asked), 0);
  await ada.click('button:has(use[href="#i-bell"])');
  await until(() => ada.evaluate(() => window.asked === 1));
  for (const text of ['nothing for anybody', '@Ada look']) await say(bo, text);
  await until(() => ada.evaluate(() => window.shown.length > 0));
  assert.deepEqual(await ada.evaluate(() => window.shown), [['Bo in #lobby', '@Ada look']]);
});
