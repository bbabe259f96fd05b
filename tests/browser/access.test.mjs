// For all: no violation that axe-core knows, in both themes and widths, and the keyboard alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { openPage, say, shows, stub } from './harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// By the debugger, which the page's security policy does not bind.
async function violations(page) {
  await page.evaluate(AXE);
  const { violations: found } = await page.evaluate(() => window.axe.run());
  return found.map(
    ({ id, nodes }) =>
      `${id}: ${nodes
        .map(({ html, failureSummary }) => `${html} ${failureSummary}`)
        .slice(0, 3)
        .join(' | ')}`,
  );
}

function scene(server) {
  server.sayAs(
    'Mina',
    'lobby',
    'see https://a.example/x, `code` and **bold** for @Ada\n- one\n- two',
    Date.now() - 30 * 3600e3,
  );
  server.sayAs('Teo', 'lobby', 'waves', Date.now(), { action: true });
  server.say('lobby', { text: 'maintenance at ten', notice: true, at: Date.now() });
  server.sayAs('Аda', 'lobby', '```\ncode\n```');
}

for (const theme of ['light', 'dark']) {
  for (const size of [
    [1280, 800],
    [390, 760],
  ]) {
    test(`axe finds nothing: ${theme}, ${size[0]} wide`, async () => {
      const server = await stub();
      scene(server);
      const page = await openPage(server.url, { theme, size, rooms: ['lobby', 'tea'] });
      await shows(page, 'waves');
      server.sayAs('Bo', 'tea', 'hi @Ada');
      server.errors.set('publish', { code: 107, message: 'no' });
      await say(page, 'this fails');
      await shows(page, 'Not sent');
      await page.locator('#draft').pressSequentially(':smi');
      server.setBus('down');
      await page.waitForSelector('#banner:not([hidden])');
      assert.deepEqual(await violations(page), []);
      if (size[0] < 500) {
        await page.fill('#draft', '');
        await page.click('#openSide');
        await page.waitForFunction(() => document.activeElement.id === 'closeSide');
        assert.deepEqual(await violations(page), []);
      }
    });

    test(`axe finds nothing on the cards: ${theme}, ${size[0]} wide`, async () => {
      const page = await openPage((await stub()).url, { theme, size, name: null });
      await page.waitForSelector('#nameCard[open]');
      assert.deepEqual(await violations(page), []);
      await page.click('#nameSkip');
      await page.waitForSelector('.way.online', { state: 'attached' });
      await say(page, '/help');
      await page.waitForFunction(() =>
        document.querySelector('#hint').textContent.includes('/join room'),
      );
      assert.deepEqual(await violations(page), []);
    });
  }
}

const focused = (page) =>
  page.evaluate(() => document.activeElement.id || document.activeElement.className);

test('F6 walks through the panes, both ways', async () => {
  const page = await openPage((await stub()).url);
  await page.focus('#draft');
  const walk = [];
  for (const key of ['F6', 'F6', 'F6', 'Shift+F6']) {
    await page.keyboard.press(key);
    walk.push(
      await page.evaluate(() => {
        const pane = document.activeElement.closest('#side, #log, .talk-foot, #people');
        return pane.id;
      }),
    );
  }
  assert.deepEqual(walk, ['people', 'side', 'log', 'side']);
});

test('the message list is one tab stop, arrows move inside it', async () => {
  const server = await stub();
  for (const text of ['one https://a.example/', 'two https://b.example/', 'three'])
    server.sayAs('Bo', 'lobby', text);
  const page = await openPage(server.url);
  await shows(page, 'three');
  await page.focus('#log');
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'draft');
  await page.focus('#log');
  for (const key of ['ArrowUp', 'ArrowUp']) await page.keyboard.press(key);
  assert.match(
    await page.evaluate(() => document.activeElement.getAttribute('aria-label')),
    /^Bo, .*two/,
  );
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.closest('article') !== null), true);
});

test('keyboard alone: choose a name, write, open a room, come back', async () => {
  const server = await stub();
  const page = await openPage(server.url, { name: null });
  await page.waitForSelector('#nameCard[open]');
  await page.keyboard.type('Kay');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.way.online');
  await page.waitForFunction(() => document.activeElement.id === 'draft');
  await page.keyboard.type('/join tea');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#roomTitle bdi').textContent === 'tea');
  await page.keyboard.type('hello');
  await page.keyboard.press('Enter');
  await shows(page, 'hello');
  await page.keyboard.press('Shift+F6');
  await page.keyboard.press('Shift+F6');
  await page.keyboard.press('Shift+Tab'); // the button that leaves the lobby
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.waitForFunction(
    () => document.querySelector('#roomTitle bdi').textContent === 'lobby',
  );
});

test('there is one live region, and it says what others write', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  server.sayAs('Bo', 'lobby', 'read me out');
  await page.waitForFunction(
    () => document.querySelector('#announcer').textContent === 'Bo: read me out',
  );
  assert.equal(
    await page
      .locator('[aria-live="polite"], [aria-live="assertive"], [role="status"], [role="alert"]')
      .count(),
    1,
  );
});

test('a button that is drawn anew by its own press keeps the focus', async () => {
  const page = await openPage((await stub()).url);
  await page.focus('[aria-label="Theme: system"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[aria-label="Theme: light"]');
  const label = await page.evaluate(() => document.activeElement.getAttribute('aria-label'));
  assert.equal(label, 'Theme: light');
});

test('the chosen theme is there before the first paint and is kept', async () => {
  const server = await stub();
  const page = await openPage(server.url);
  const theme = page.locator('#me button').last();
  await theme.click();
  await theme.click();
  assert.equal(await page.getAttribute('html', 'data-theme'), 'dark');
  await page.addInitScript(() =>
    document.addEventListener('readystatechange', () => {
      window.themeSeen ??= document.documentElement.dataset.theme;
    }),
  );
  await page.reload();
  assert.equal(await page.evaluate(() => window.themeSeen), 'dark');
});

test('at 200 % zoom and phone width nothing scrolls sideways', async () => {
  const server = await stub();
  scene(server);
  for (const size of [
    [640, 400],
    [320, 568],
  ]) {
    const page = await openPage(server.url, { size });
    await shows(page, 'waves');
    assert.ok(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      size.join('x'),
    );
    assert.ok(await page.isVisible('#draft'));
  }
});
