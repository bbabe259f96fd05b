// What goes wrong on the way, played by a server that does as it is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messages, online, openPage, say, shows, stored, stub, texts } from './harness.mjs';

test('a first visit asks for a name, keeps it, and greets the room under it', async () => {
  const server = await stub();
  const page = await openPage(server.url, { name: null, hash: '#tea' });
  await page.fill('#nameField', 'Bea');
  await page.keyboard.press('Enter');
  await online(page);
  await say(page, 'hello');
  await shows(page, 'hello');
  assert.equal(await page.textContent('#roomTitle bdi'), 'tea');
  await page.reload();
  await online(page);
  assert.equal(await page.textContent('#me .name'), 'Bea');
  await shows(page, 'hello');
  assert.deepEqual(page.complaints, []);
});

test('a guest gets a readable name from the server', async () => {
  const page = await openPage((await stub()).url, { name: null });
  await page.click('#nameSkip');
  await online(page);
  assert.match(await page.textContent('#me .name'), /^guest-/);
});

test('a name that the server refuses is asked for again, with the reason', async () => {
  const page = await openPage((await stub()).url, { name: null });
  await page.fill('#nameField', 'Bea!');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() =>
    document.querySelector('#nameError').textContent.includes('has a "!" in it'),
  );
  await page.fill('#nameField', 'Bea');
  await page.keyboard.press('Enter');
  await online(page);
});

test('trouble is silent at first, then the banner counts down, and retry connects', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  await server.stop();
  await page.waitForSelector('.way.connecting');
  assert.equal(await page.isVisible('#banner'), false);
  await page.waitForFunction(() =>
    /Trying again in \d+ s/.test(document.querySelector('#banner').textContent),
  );
  await server.start(server.port);
  // The page may come back by itself between the look and the click; both are right.
  await page.click('.banner-retry', { timeout: 3000 }).catch(() => {});
  await online(page);
  await page.waitForSelector('#banner', { state: 'hidden' });
});

test('what is written without a server is sent later, once, in order', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  server.mute = true;
  await say(page, 'one');
  await say(page, 'two');
  await messages(page, 2);
  await page.reload();
  server.cutAll();
  server.mute = false;
  await say(page, 'three');
  await stored(page, 3);
  assert.deepEqual(await texts(page), ['one', 'two', 'three']);
  assert.deepEqual(
    server.room('lobby').publications.map(({ data }) => data.text),
    ['one', 'two', 'three'],
  );
});

test('a tab that was closed leaves its unsent messages to the next one', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  server.mute = true;
  await say(page, 'left behind');
  await messages(page, 1);
  const next = await page.context().newPage();
  await page.close();
  server.mute = false;
  await next.goto(`${server.url}/#/lobby`);
  await shows(next, 'left behind');
  await stored(next, 1);
  assert.equal(server.room('lobby').publications.length, 1);
});

test('a failed message says why, and can be sent again or deleted', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  server.errors.set('publish', { code: 107, message: 'no shouting' });
  await say(page, 'HELLO');
  await shows(page, 'Not sent: no shouting.');
  await say(page, 'AND BYE');
  await page.waitForFunction(() => document.querySelectorAll('.failed').length === 2);
  server.errors.clear();
  await page
    .locator('.failed', { hasText: 'AND BYE' })
    .getByRole('button', { name: 'Delete' })
    .click();
  await page.waitForFunction(() => document.querySelectorAll('.failed').length === 1);
  await page.getByRole('button', { name: 'Retry' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.failed').length === 0);
  assert.deepEqual(await messages(page, 1), ['HELLO']);
});

test('the bus away is told apart from the server away', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  server.setBus('down');
  await page.waitForSelector('.way.waiting');
  await page.waitForFunction(() => document.querySelector('#banner').dataset.kind === 'bus');
  server.setBus('up');
  await page.waitForSelector('#banner', { state: 'hidden' });
});

test('without history a loss leaves a mark, with history nothing is missing', async () => {
  for (const history of [false, true]) {
    const server = await stub({ history });
    const page = await openPage(server.url);
    server.sayAs('Bo', 'lobby', 'before');
    await shows(page, 'before');
    server.cutAll();
    server.sayAs('Bo', 'lobby', 'meanwhile');
    await page.waitForSelector('.way.connecting');
    await online(page);
    server.sayAs('Bo', 'lobby', 'after');
    await shows(page, 'after');
    assert.deepEqual(
      await messages(page, history ? 3 : 2),
      history ? ['before', 'meanwhile', 'after'] : ['before', 'after'],
    );
    assert.equal(await page.locator('.row.gap').count(), history ? 0 : 1);
  }
});

test('junk from the server leaves the page whole', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  for (const text of [
    '{',
    '',
    '\n\n',
    '[]',
    'null',
    '{"push":{}}',
    '{"push":{"channel":"lobby","pub":{}}}',
    '{"id":77}',
    '{"push":{"channel":"lobby","pub":{"data":{"text":7,"at":"x"},"offset":-1,"info":[]}}}',
    '{"push":{"channel":"lobby","join":{}}}',
    '{"push":{"message":{"data":null}}}',
    '{"id":1,"error":null}',
    `{"push":{"channel":"lobby","pub":{"data":${'['.repeat(500)}${']'.repeat(500)}}}}`,
  ]) {
    server.sendRaw(text);
  }
  server.sayAs('Bo', 'lobby', 'still here');
  await shows(page, 'still here');
  assert.deepEqual(page.complaints, []);
});

test('hostile names and texts stay text and stay in their place', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  await page.evaluate(() => {
    window.alert = () => {
      window.hit = true;
    };
  });
  const texts = [
    '<img src=x onerror=alert(1)>',
    '<script>alert(1)</script>',
    '[x](javascript:alert(1)) javascript:alert(1)',
    '"><svg onload=alert(1)>',
    '\u202egnp.exe',
    `z${'\u0323'.repeat(500)}algo`,
    'w'.repeat(16384),
    '**'.repeat(4000),
  ];
  for (const text of texts) server.sayAs('<b>Eve</b>\u202e', 'lobby', text);
  server.sayAs('Аda', 'lobby', 'a Cyrillic first letter');
  await shows(page, 'a Cyrillic first letter');
  assert.equal(await page.evaluate(() => window.hit), undefined);
  assert.equal(
    await page.locator('#log img, #log script, #log svg, #log a[href^="javascript"]').count(),
    0,
  );
  assert.equal(await page.locator('.odd-name').count(), 1);
  assert.ok(
    await page.evaluate(
      () =>
        document.querySelector('#log').scrollWidth <= document.querySelector('#log').clientWidth,
    ),
  );
  assert.deepEqual(page.complaints, []);
});

test('a thousand messages in a second are all there, and the page follows', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  for (let i = 1; i <= 1000; i++) server.sayAs(`Bo${i % 7}`, 'lobby', `message ${i}`);
  await shows(page, 'message 1000');
  await page.waitForFunction(() => {
    const log = document.querySelector('#log');
    return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
  });
  assert.ok((await page.locator('article').count()) <= 200);
});
