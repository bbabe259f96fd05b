import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox } from '../../www/chat/outbox.js';
import { Store } from '../../www/chat/store.js';
import { MemoryStorage, settled } from './fakes.mjs';

const TEMPORARY = { code: 100, message: 'internal server error', temporary: true };
const LOST = { code: 2, message: 'connection lost', temporary: true, lost: true };

function fakeOutbox(storage = new MemoryStorage()) {
  const fake = { storage, sent: [], answers: [], stored: [] };
  let ids = 0;
  fake.outbox = new Outbox({
    store: new Store(() => storage),
    key: 'outbox',
    now: () => 1,
    newId: () => `n${++ids}`,
    onChange() {},
    publish: (room, data) => {
      fake.sent.push(`${room}:${data.text}:${data.id}`);
      return new Promise((resolve) => fake.answers.push(resolve));
    },
    onStored: ({ id }) => fake.stored.push(id),
  });
  fake.answer = async (outcome = { result: {} }) => {
    fake.answers.shift()(outcome);
    await settled();
  };
  fake.states = () => fake.outbox.items.map(({ text, state }) => `${text} ${state}`);
  return fake;
}

test('messages of a room go one after the other, rooms go side by side', async () => {
  const fake = fakeOutbox();
  fake.outbox.resume('a');
  fake.outbox.resume('b');
  for (const [room, text] of [
    ['a', '1'],
    ['a', '2'],
    ['b', '3'],
  ])
    fake.outbox.add(room, text);
  assert.deepEqual(fake.sent, ['a:1:n1', 'b:3:n3']);
  await fake.answer();
  assert.deepEqual(fake.sent.at(-1), 'a:2:n2');
  assert.deepEqual(fake.stored, ['n1']);
});

test('nothing is sent while the room is not subscribed', () => {
  const fake = fakeOutbox();
  fake.outbox.add('a', 'later');
  assert.deepEqual(fake.sent, []);
  fake.outbox.resume('a');
  assert.equal(fake.sent.length, 1);
});

test('what was under way when the link broke is sent again, with the same id, first', async () => {
  const fake = fakeOutbox();
  fake.outbox.resume('a');
  fake.outbox.add('a', '1');
  fake.outbox.add('a', '2');
  fake.outbox.pause();
  await fake.answer({ error: LOST });
  assert.deepEqual(fake.states(), ['1 queued', '2 queued']);
  fake.outbox.resume('a');
  assert.deepEqual(fake.sent, ['a:1:n1', 'a:1:n1']);
});

test('the outbox survives a reload', () => {
  const fake = fakeOutbox();
  fake.outbox.resume('a');
  fake.outbox.add('a', 'sending when the page goes');
  fake.outbox.add('a', 'queued');
  const after = fakeOutbox(fake.storage);
  assert.deepEqual(after.states(), ['sending when the page goes queued', 'queued queued']);
  after.outbox.resume('a');
  assert.deepEqual(after.sent, ['a:sending when the page goes:n1']);
});

test('storage full of nonsense is survived', () => {
  for (const text of [
    '[{"id":7}]',
    '{"a":1}',
    '[[]]',
    '{',
    '"x"',
    '[{"id":"i","room":"r","text":"t","at":"x"}]',
  ]) {
    const storage = new MemoryStorage();
    storage.setItem('parley.outbox', text);
    fakeOutbox(storage);
  }
});

test('a refused message fails, the next goes on, and retry sends it again', async () => {
  const fake = fakeOutbox();
  fake.outbox.resume('a');
  fake.outbox.add('a', '1');
  fake.outbox.add('a', '2');
  await fake.answer({ error: { code: 107, message: 'too long', temporary: false } });
  assert.deepEqual(fake.states(), ['1 failed', '2 sending']);
  await fake.answer();
  fake.outbox.resume('a');
  assert.deepEqual(fake.states(), ['1 failed']);
  fake.outbox.retry('n1');
  fake.outbox.retry('n1');
  fake.outbox.retry('unknown');
  assert.deepEqual(fake.sent, ['a:1:n1', 'a:2:n2', 'a:1:n1']);
});

test('a passing failure goes out by itself when the bus is back', async () => {
  const fake = fakeOutbox();
  fake.outbox.resume('a');
  fake.outbox.add('a', '1');
  await fake.answer({ error: TEMPORARY });
  assert.deepEqual(fake.states(), ['1 failed']);
  fake.outbox.resume('a');
  assert.deepEqual(fake.states(), ['1 sending']);
});

test('a message that was heard is gone, and its late reply changes nothing', async () => {
  const fake = fakeOutbox();
  fake.outbox.resume('a');
  fake.outbox.add('a', '1');
  fake.outbox.remove('n1');
  await fake.answer();
  assert.deepEqual(fake.stored, []);
  assert.equal(fake.storage.getItem('parley.outbox'), null);
});

test('a full outbox takes no more', () => {
  const fake = fakeOutbox();
  for (let i = 0; i < 200; i++) assert.ok(fake.outbox.add('a', String(i)));
  assert.equal(fake.outbox.add('a', 'one too many'), false);
});
