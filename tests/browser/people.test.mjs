// Two and more people in the rooms of one server: what each of them sees.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messages, online, openPage, say, shows, stub } from './harness.mjs';

const badge = (page, room) =>
  page
    .waitForFunction((name) => {
      const item = [...document.querySelectorAll('#roomList li')].find(
        (li) => li.querySelector('bdi').textContent === name,
      );
      return item?.querySelector('.badge')?.textContent;
    }, room)
    .then((handle) => handle.jsonValue());

test('rooms show what is unread and where one is mentioned, the title counts', async () => {
  const server = await stub();
  const page = await openPage(server.url, { rooms: ['lobby', 'tea', 'coffee'] });
  await page.waitForFunction(() => document.querySelectorAll('#roomList li').length === 3);
  server.sayAs('Bo', 'tea', 'one');
  server.sayAs('Bo', 'coffee', 'hey @Ada');
  assert.equal(await badge(page, 'tea'), '1 unread');
  assert.equal(await badge(page, 'coffee'), '@ 1 unread');
  await page.waitForFunction(() => document.title.startsWith('(2) #lobby'));
  await page.click('#roomList a[href="#/tea"]');
  await shows(page, 'one');
  await page.waitForFunction(() => document.title.startsWith('(1) #tea'));
  await page.goBack();
  await page.waitForFunction(
    () => document.querySelector('#roomTitle bdi').textContent === 'lobby',
  );
});

test('people come and go, typing is shown until the message is there', async () => {
  const server = await stub();
  const ada = await openPage(server.url, { name: 'Ada' });
  const bo = await openPage(server.url, { name: 'Bo' });
  await ada.waitForFunction(() => document.querySelector('#peopleList').textContent.includes('Bo'));
  await shows(ada, 'Bo came in');
  await bo.fill('#draft', 'wait');
  await ada.waitForFunction(
    () => document.querySelector('#typing').textContent === 'Bo is typing …',
  );
  await bo.press('#draft', 'Enter');
  await shows(ada, 'wait');
  await ada.waitForFunction(() => document.querySelector('#typing').textContent === '');
  await bo.context().close();
  await ada.waitForFunction(
    () => !document.querySelector('#peopleList').textContent.includes('Bo'),
  );
});

test('a server without history and presence gets a page without them', async () => {
  const server = await stub({ history: false });
  const page = await openPage(server.url);
  await say(page, 'plain');
  await shows(page, 'plain');
  assert.equal(await page.isVisible('#people'), false);
  assert.equal(await page.isVisible('#togglePeople'), false);
  assert.equal(await page.isVisible('#busiest'), false);
  assert.deepEqual(page.complaints, []);
});

test('commands rename, open rooms, tell what one does, explain themselves', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  await say(page, '/nick Lady Ada');
  await page.waitForFunction(() => document.querySelector('#me .name').textContent === 'Lady Ada');
  await online(page);
  await say(page, '/me bows');
  await page.waitForSelector('.message.action');
  await say(page, '/join Tea Room');
  await page.waitForFunction(
    () => document.querySelector('#roomTitle bdi').textContent === 'tea-room',
  );
  await say(page, '/nope');
  await page.waitForFunction(() =>
    document.querySelector('#hint').textContent.includes('No command /nope'),
  );
  await page.fill('#draft', '');
  await say(page, '/help');
  await page.waitForFunction(() =>
    document.querySelector('#hint').textContent.includes('/join room'),
  );
  assert.equal(server.room('lobby').publications[0].info.conn_info.name, 'Lady Ada');
});

test('drafts stay with their rooms, also over a reload', async () => {
  const server = await stub();
  const page = await openPage(server.url, { rooms: ['lobby', 'tea'] });
  await page.fill('#draft', 'half a thought');
  await page.click('#roomList a[href="#/tea"]');
  await page.waitForFunction(() => document.querySelector('#draft').value === '');
  await page.click('#roomList a[href="#/lobby"]');
  await page.waitForFunction(() => document.querySelector('#draft').value === 'half a thought');
  await page.reload();
  await page.waitForFunction(() => document.querySelector('#draft').value === 'half a thought');
});

test('emoji and names are completed with the keyboard', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  server.sayAs('Mina Okafor', 'lobby', 'hi');
  await shows(page, 'hi');
  await page.locator('#draft').pressSequentially('@mi');
  await page.waitForSelector('#completion [aria-selected="true"]');
  await page.press('#draft', 'Tab');
  await page.locator('#draft').pressSequentially(':roc');
  await page.waitForSelector('#completion [aria-selected="true"]');
  await page.press('#draft', 'Enter');
  assert.equal(await page.inputValue('#draft'), '@Mina Okafor 🚀 ');
  await page.locator('#draft').pressSequentially(':tada:');
  await page.press('#draft', 'Enter');
  assert.deepEqual(await messages(page, 2), ['hi', '@Mina Okafor 🚀 🎉']);
});

test('Shift+Enter breaks the line, and Enter that ends a composition sends nothing', async () => {
  const page = await openPage((await stub()).url);
  await page.fill('#draft', 'one');
  await page.press('#draft', 'Shift+Enter');
  await page.locator('#draft').pressSequentially('two');
  await page.evaluate(() => {
    const enter = { key: 'Enter', bubbles: true, cancelable: true };
    const field = document.querySelector('#draft');
    field.dispatchEvent(new KeyboardEvent('keydown', { ...enter, isComposing: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { ...enter, keyCode: 229 }));
  });
  assert.equal(await page.inputValue('#draft'), 'one\ntwo');
  await page.press('#draft', 'Enter');
  assert.deepEqual(await messages(page, 1), ['onetwo']);
});
