import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorage, fakeChat, joined, kept, said, settled, texts } from './fakes.mjs';

test('a room without history shows what is said from now on', async () => {
  const fake = await joined({});
  fake.socket.says(said('lobby', 'hello'), said('elsewhere', 'not for us'));
  assert.deepEqual(texts(fake.room), ['hello']);
  assert.equal(fake.socket.last('history'), undefined);
});

test('a message is sent and heard once, whichever of reply and push comes first', async () => {
  for (const replyFirst of [true, false]) {
    const fake = await joined(kept(0));
    fake.chat.say('hi');
    const push = said('lobby', 'hi', { offset: 1, name: 'Ada', client: 'client-1', id: 'id-1' });
    if (replyFirst) await fake.answer('publish', {});
    else fake.socket.says(push);
    assert.deepEqual(texts(fake.room), ['hi']);
    if (replyFirst) fake.socket.says(push);
    else await fake.answer('publish', {});
    assert.deepEqual(texts(fake.room), ['hi']);
    assert.equal(fake.room.timeline.entries[0].offset, 1);
    assert.equal(fake.room.timeline.entries[0].mine, true);
    assert.deepEqual(fake.chat.outbox.items, []);
  }
});

test('what a reload left in the outbox is sent again with its id, in its room', async () => {
  const storage = new MemoryStorage();
  const before = await joined({}, fakeChat({ storage }));
  before.chat.say('unacknowledged');
  const after = fakeChat({ storage });
  after.chat.start('Ada');
  await after.greet('client-new');
  await after.answer('subscribe', {});
  assert.equal(after.socket.last('publish').publish.data.id, 'id-1');
});

test('one’s own messages are known again after a reload', async () => {
  const storage = new MemoryStorage();
  await joined({}, fakeChat({ storage }));
  const after = await joined(kept(1), fakeChat({ storage }));
  const own = said('lobby', 'mine', { offset: 1, name: 'Ada', client: 'client-1' }).push.pub;
  await after.answer('history', { epoch: 'e', offset: 1, publications: [own] });
  assert.equal(after.room.timeline.entries[0].mine, true);
});

test('messages count as unread where nobody watches, mentions are marked', async () => {
  const fake = await joined({});
  fake.chat.join('tea');
  await fake.answer('subscribe', {});
  fake.chat.setWatching(true);
  fake.socket.says(said('lobby', 'seen'), said('tea', 'one'), said('tea', 'psst @Ada'));
  const tea = fake.chat.rooms.get('tea');
  assert.deepEqual([fake.room.unread, tea.unread, tea.mentioned], [0, 2, true]);
  fake.chat.open('tea');
  fake.chat.setWatching(true);
  assert.equal(tea.unread, 0);
});

test('a refused name is told, a refused room is marked', async () => {
  const fake = fakeChat();
  fake.chat.start('Ada');
  fake.socket.open();
  await fake.refuse('connect', { code: 107, message: 'bad name' });
  assert.equal(fake.refusals[0].message, 'bad name');
  fake.chat.start('Bea');
  const room = fake.chat.join('no good');
  await fake.greet();
  await fake.refuse('subscribe', { code: 107, message: 'bad room' });
  assert.deepEqual([room.status, room.reason], ['refused', 'bad room']);
});

test('a temporary error of subscribe is tried again', async () => {
  const fake = await joined({});
  fake.chat.join('tea');
  await fake.refuse('subscribe', { code: 111, message: 'slow down', temporary: true });
  const before = fake.socket.sent.length;
  fake.clock.advance(3000);
  assert.equal(
    fake.socket.sent.slice(before).some(({ subscribe }) => subscribe?.channel === 'tea'),
    true,
  );
});

test('the bus away and back: told, and failed messages go out again', async () => {
  const fake = await joined({});
  fake.socket.says({ push: { channel: '', message: { data: { bus: 'down' } } } });
  assert.equal(fake.chat.busDownSince, fake.clock.now());
  fake.chat.say('hi');
  await fake.refuse('publish', { code: 100, message: 'no bus', temporary: true });
  assert.equal(fake.chat.outbox.items[0].state, 'failed');
  fake.socket.says({ push: { channel: '', message: { data: { bus: 'up' } } } });
  assert.equal(fake.chat.outbox.items[0].state, 'sending');
});

test('people are listed, come and go, and share a line', async () => {
  const fake = await joined({});
  await fake.answer('presence', {
    presence: { 'client-1': { client: 'client-1', conn_info: { name: 'Ada' } } },
  });
  const who = (name) => ({ info: { user: '', client: `c-${name}`, conn_info: { name } } });
  fake.socket.says(
    { push: { channel: 'lobby', join: who('Bo') } },
    { push: { channel: 'lobby', join: who('Cy') } },
    { push: { channel: 'lobby', leave: who('Bo') } },
  );
  assert.deepEqual([...fake.room.people.values()], ['Ada', 'Cy']);
  assert.equal(fake.room.timeline.entries.length, 1);
  assert.deepEqual(fake.room.timeline.entries.at(-1).came, ['Cy']);
});

test('without presence there is no list and no complaint', async () => {
  const fake = await joined({});
  await fake.refuse('presence', { code: 108, message: 'not available' });
  await fake.refuse('presence_stats', { code: 108, message: 'not available' });
  assert.equal(fake.room.size, null);
});

test('typing signs are shown for a while and end with the message', async () => {
  const fake = await joined({});
  fake.socket.says(said('typing:lobby', ''));
  assert.deepEqual(fake.room.typingNames(fake.clock.now()), ['Bo']);
  fake.socket.says(said('lobby', 'there'));
  assert.deepEqual(fake.room.typingNames(fake.clock.now()), []);
  fake.socket.says(said('typing:lobby', ''));
  assert.deepEqual(fake.room.typingNames(fake.clock.now() + 7000), []);
});

test('junk of every kind leaves the chat whole', async () => {
  const fake = await joined({});
  for (const value of [
    null,
    7,
    'x',
    [],
    {},
    { pub: {} },
    { pub: { data: null } },
    { pub: { data: {}, info: 7 } },
    {
      pub: { data: { text: {}, id: [], at: 'x' }, offset: 'y', info: { client: 4, conn_info: [] } },
    },
    { join: null },
    { join: { info: 3 } },
    { leave: {} },
    { unsubscribe: {} },
    { message: 3 },
    { presence: 1 },
  ]) {
    fake.socket.says({
      push:
        typeof value === 'object' && value && !Array.isArray(value)
          ? { channel: 'lobby', ...value }
          : value,
    });
    fake.socket.says({ id: value, connect: value }, { id: 3, error: value });
  }
  fake.socket.onmessage({ data: 'no json' });
  await settled();
  assert.ok(fake.room.timeline.entries.length > 0);
});
