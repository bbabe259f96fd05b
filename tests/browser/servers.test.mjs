// The main job with real servers: one broker, two chat servers, a page on each.
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
} from './harness.mjs';

async function twoPages() {
  const broker = await startBroker();
  const [one, two] = await Promise.all([startChat(broker), startChat(broker)]);
  const ada = await openPage(one.url, { name: 'Ada' });
  const bo = await openPage(two.url, { name: 'Bo' });
  return { broker, one, two, ada, bo };
}

// As an operator would, by telnet.
function command(port, line) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\r\n`));
    socket.once('data', (reply) => {
      socket.destroy();
      resolve(String(reply).trim());
    });
    socket.once('error', reject);
  });
}

test('two pages on two servers: every line reaches both, once, in order, intact', async () => {
  const { ada, bo } = await twoPages();
  const lines = [
    'hello from one',
    'hello from two',
    '  "quotes" \'and\' \\ spaces  ',
    'emoji 🎉 und Umlaute äöü',
    '<script>alert(1)</script><b>x</b>',
    'w'.repeat(16 * 1024),
  ];
  for (const [i, text] of lines.entries()) {
    await say(i % 2 ? bo : ada, text);
    for (const page of [ada, bo]) await shows(page, text.trim());
  }
  const expected = lines.map((text) => text.trim());
  for (const page of [ada, bo]) {
    assert.deepEqual(await messages(page, lines.length), expected);
    assert.deepEqual(page.complaints, []);
  }
  assert.deepEqual(
    await bo.$$eval('article .name', (names) => [
      ...new Set(names.map((name) => name.textContent)),
    ]),
    ['Ada', 'Bo'],
  );
  assert.equal(await ada.locator('.mine').count(), 3);
});

test('rooms are apart: what is said in one is not heard in another', async () => {
  const { ada, bo } = await twoPages();
  await say(bo, '/join tea');
  await bo.waitForFunction(() => document.querySelector('#roomTitle bdi').textContent === 'tea');
  await say(bo, 'only for tea');
  await say(ada, 'only for the lobby');
  await shows(ada, 'only for the lobby');
  await shows(bo, 'only for tea');
  assert.deepEqual(await messages(ada, 1), ['only for the lobby']);
  assert.deepEqual(await messages(bo, 1), ['only for tea']);
});

test('what an operator publishes by telnet is shown as a notice', async () => {
  const { broker, ada, bo } = await twoPages();
  assert.match(await command(broker.port, 'PUBLISH chat.lobby "tea is ready <b>"'), /^:2/);
  for (const page of [ada, bo])
    await page.waitForFunction(
      () => document.querySelector('.notice .body')?.textContent === 'tea is ready <b>',
    );
});

test('a reload keeps name and room, and nothing is sent twice', async () => {
  const { ada, bo } = await twoPages();
  await say(ada, 'before the reload');
  await shows(bo, 'before the reload');
  await ada.reload();
  await online(ada);
  await say(ada, 'after the reload');
  await shows(bo, 'after the reload');
  assert.deepEqual(await messages(bo, 2), ['before the reload', 'after the reload']);
  assert.equal(await ada.textContent('#me .name'), 'Ada');
});

test('the broker killed and started again while people write: all arrives once', async () => {
  const { broker, ada, bo } = await twoPages();
  await say(ada, 'before');
  await shows(bo, 'before');
  await broker.kill('SIGKILL');
  await ada.waitForSelector('.way.waiting');
  await say(ada, 'written meanwhile');
  await startBroker(broker.port);
  for (const page of [ada, bo]) await online(page);
  await stored(ada, 2);
  await say(bo, 'after');
  for (const page of [ada, bo]) await shows(page, 'after');
  assert.deepEqual((await messages(ada, 3)).sort(), ['after', 'before', 'written meanwhile']);
  // A bus without history may have told Ada's server first; then Bo sees that something is missing.
  const heard = await texts(bo);
  assert.ok(
    heard.includes('written meanwhile') || (await bo.locator('.row.gap').count()) === 1,
    heard.join(),
  );
});

test('a chat server killed: the banner comes, and goes when the server is back', async () => {
  const { broker, one, ada, bo } = await twoPages();
  await one.kill('SIGKILL');
  await ada.waitForSelector('#banner[data-kind="server"]:not([hidden])');
  await say(ada, 'written meanwhile');
  await startChat(broker, one.port);
  await online(ada);
  await ada.waitForSelector('#banner', { state: 'hidden' });
  await shows(bo, 'written meanwhile');
  assert.deepEqual(await messages(ada, 1), ['written meanwhile']);
});

test('a guest gets a readable name from the server', async () => {
  const broker = await startBroker();
  const chat = await startChat(broker);
  const page = await openPage(chat.url, { name: null });
  await page.click('#nameSkip');
  await online(page);
  assert.match(await page.textContent('#me .name'), /^guest-/);
});
