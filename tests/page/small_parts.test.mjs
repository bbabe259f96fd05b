import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAddress, roomName, writeAddress } from '../../www/chat/address.js';
import { dayOf, spanOf } from '../../www/chat/clock_words.js';
import { candidatesFor, replaceShortcodes, wordAt } from '../../www/chat/completion.js';
import { parseLine } from '../../www/chat/slash.js';
import { connectionWord, statusOf } from '../../www/chat/status.js';
import { Store } from '../../www/chat/store.js';
import {
  WINDOW_ROWS,
  slideDown,
  slideUp,
  tailWindow,
  windowAround,
} from '../../www/chat/view_window.js';

test('an address names a room, and perhaps a message in it', () => {
  assert.deepEqual(readAddress('#lobby'), { room: 'lobby', offset: null });
  assert.deepEqual(readAddress('#/lobby/1042'), { room: 'lobby', offset: 1042 });
  assert.deepEqual(readAddress('#/caf%C3%A9'), { room: 'café', offset: null });
  for (const hash of ['', '#', '#/', '#/%']) assert.doesNotThrow(() => readAddress(hash));
  assert.equal(readAddress('#/').room, '');
  assert.equal(readAddress('#/a/-1').offset, null);
  for (const room of ['lobby', 'café tea', '50%', 'a?b'])
    assert.equal(readAddress(writeAddress(room)).room, roomName(room));
});

test('half of a sign in a room’s name breaks no address', () => {
  assert.equal(writeAddress('a\ud800b'), '#/ab');
});

test('a room’s name is tidied as it is typed', () => {
  assert.equal(roomName('  #Tea Time '), 'tea-time');
  assert.equal(roomName('##'), '');
});

test('slash lines are for the page, paths and double slashes for the room', () => {
  assert.deepEqual(parseLine('/nick  Ada L '), { command: 'nick', rest: 'Ada L' });
  assert.deepEqual(parseLine('/ME waves'), { command: 'me', rest: 'waves' });
  assert.deepEqual(parseLine('//nick'), { say: '/nick' });
  assert.deepEqual(parseLine('/etc/hosts'), { say: '/etc/hosts' });
  assert.deepEqual(parseLine('/nonsense'), { unknown: 'nonsense' });
  assert.deepEqual(parseLine('hello /me'), { say: 'hello /me' });
});

test('a word with : or @ before the caret is completed', () => {
  assert.deepEqual(wordAt('hi :smi', 7), { mark: ':', query: 'smi', from: 3, to: 7 });
  assert.deepEqual(wordAt('(@', 2), { mark: '@', query: '', from: 1, to: 2 });
  for (const [text, caret] of [
    ['at 10:30', 8],
    ['a@b', 3],
    [':s', 2],
    ['x', 1],
  ])
    assert.equal(wordAt(text, caret), null, text);
  assert.equal(candidatesFor({ mark: ':', query: 'coff' }, [])[0].text, '☕');
  assert.deepEqual(
    candidatesFor({ mark: '@', query: 'a' }, ['Bea', 'Ada']).map(({ text }) => text),
    ['@Ada', '@Bea'],
  );
});

test('short names written out become emoji, others stay', () => {
  assert.equal(replaceShortcodes('a :tada: :nope: :+1:'), 'a 🎉 :nope: 👍');
});

test('the window stays inside and keeps its size', () => {
  assert.deepEqual(tailWindow(50), { from: 0, to: 50 });
  assert.deepEqual(tailWindow(1000), { from: 1000 - WINDOW_ROWS, to: 1000 });
  let view = windowAround(500, 10_000);
  for (let i = 0; i < 400; i++) {
    view = i % 7 < 4 ? slideUp(view, 10_000) : slideDown(view, 10_000);
    assert.ok(view.from >= 0 && view.to <= 10_000 && view.to - view.from === WINDOW_ROWS);
  }
  assert.deepEqual(windowAround(3, 10), { from: 0, to: 10 });
});

test('trouble is silent for two seconds, then says when the next try is', () => {
  const link = { state: 'waiting', downSince: 10_000, retryAt: 15_500 };
  assert.equal(statusOf({ link }, true, 11_999), null);
  assert.match(statusOf({ link }, true, 12_000).text, /No connection.*4 s/);
  assert.match(statusOf({ link }, false, 12_000).text, /offline/);
});

test('a bus that is away is not a server that is away', () => {
  const status = { link: { state: 'open' }, busDownSince: 1000 };
  assert.equal(statusOf(status, true, 2000), null);
  assert.equal(statusOf(status, true, 3000).kind, 'bus');
  assert.equal(connectionWord(status), 'waiting');
});

test('spans and days are said in words', () => {
  assert.equal(spanOf(100), '1 second');
  assert.equal(spanOf(90_000), '2 minutes');
  const now = new Date(2024, 4, 14, 0, 30).getTime();
  assert.equal(dayOf(now, now), 'Today');
  assert.equal(dayOf(now - 3_600_000, now), 'Yesterday');
});

test('storage that throws keeps values for the page', () => {
  const store = new Store(() => {
    throw new Error('blocked');
  });
  assert.equal(store.read('a', 1), 1);
  store.write('a', 2);
  assert.equal(store.read('a', 1), 2);
  assert.deepEqual(store.keys(), []);
});
