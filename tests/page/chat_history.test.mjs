// What a chat reads from history, and what it says where there is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStorage, fakeChat, joined, kept, page, said, settled, texts } from './fakes.mjs';

test('the latest page is read at joining, and what comes meanwhile is not doubled', async () => {
  const fake = await joined(kept(3));
  fake.socket.says(said('lobby', 't4', { offset: 4 }));
  await fake.answer('history', page('lobby', 4, 3, 2, 1));
  assert.deepEqual(texts(fake.room), ['t1', 't2', 't3', 't4']);
});

test('a publication in the same frame as the subscribe reply comes after it', async () => {
  const fake = fakeChat();
  fake.chat.start('Ada');
  fake.chat.open('lobby');
  await fake.greet();
  await fake.answer('subscribe', kept(0), said('lobby', 't1', { offset: 1 }));
  assert.equal(fake.chat.active.timeline.epoch, 'e');
  assert.deepEqual(texts(fake.chat.active), ['t1']);
});

test('after a loss the room is recovered from its position', async () => {
  const fake = await joined(kept(0));
  fake.socket.says(said('lobby', 't1', { offset: 1 }));
  fake.socket.loses();
  fake.clock.advance(1000);
  await fake.greet();
  const { recover, epoch, offset } = fake.socket.sent.find(
    ({ subscribe }) => subscribe?.channel === 'lobby',
  ).subscribe;
  assert.deepEqual([recover, epoch, offset], [true, 'e', 1]);
  const { id } = fake.socket.sent.find(({ subscribe }) => subscribe?.channel === 'lobby');
  fake.socket.says({
    id,
    subscribe: kept(1, {
      recovered: true,
      was_recovering: true,
      publications: page('lobby', 2, 3).publications,
    }),
  });
  assert.deepEqual(texts(fake.room), ['t1', 't2', 't3']);
});

test('a room without history says that something is missing after a loss', async () => {
  const fake = await joined({});
  fake.socket.says(said('lobby', 'hello'));
  fake.socket.loses();
  fake.clock.advance(1000);
  await fake.greet();
  fake.socket.says({
    id: fake.socket.sent.find(({ subscribe }) => subscribe?.channel === 'lobby').id,
    subscribe: {},
  });
  assert.deepEqual(texts(fake.room), ['hello', 'gap']);
});

test('a hole is closed by asking for what is between', async () => {
  const fake = await joined(kept(0));
  fake.socket.says(said('lobby', 't1', { offset: 1 }), said('lobby', 't4', { offset: 4 }));
  const gap = fake.room.timeline.gapBefore(1);
  const filled = fake.chat.history.fillHole(fake.room, gap, true);
  assert.deepEqual(fake.socket.last('history').history.since, { offset: 1, epoch: 'e' });
  await fake.answer('history', page('lobby', 2, 3));
  await filled;
  assert.deepEqual(texts(fake.room), ['t1', 't2', 't3', 't4']);
});

test('a hole that the server cannot close stays as a mark', async () => {
  const fake = await joined(kept(0));
  fake.socket.says(said('lobby', 't1', { offset: 1 }), said('lobby', 't4', { offset: 4 }));
  const filled = fake.chat.history.fillHole(fake.room, fake.room.timeline.gapBefore(1), true);
  await fake.answer('history', page('lobby', 3));
  await filled;
  assert.deepEqual(fake.room.timeline.gapBefore(1), {
    after: 1,
    before: 3,
    missing: 1,
    lost: true,
  });
});

test('what was said while no page was open counts as unread', async () => {
  const storage = new MemoryStorage();
  const before = await joined(kept(0), fakeChat({ storage }));
  before.chat.setWatching(true);
  before.socket.says(said('lobby', 't1', { offset: 1 }));
  before.chat.saveRead();
  const after = await joined(kept(6), fakeChat({ storage }));
  assert.equal(after.room.unread, 5);
});

test('refused history is not asked for again, busy history a little later', async () => {
  const fake = await joined(kept(5));
  await fake.refuse('history', { code: 111, message: 'slow down', temporary: true });
  assert.equal(fake.room.loading, true);
  fake.clock.advance(2000);
  await settled();
  fake.chat.history.loadLatest(fake.room);
  await fake.refuse('history', { code: 108, message: 'not available' });
  assert.deepEqual([fake.room.loading, fake.room.keepsHistory], [false, false]);
});

test('a page that is shorter than asked for is not the beginning, an empty one is', async () => {
  const fake = await joined(kept(9));
  await fake.answer('history', page('lobby', 9, 8));
  assert.equal(fake.room.timeline.startReached, false);
  for (const [offsets, startReached] of [[[7], false], [[], true]]) {
    const read = fake.chat.history.loadOlder(fake.room);
    await fake.answer('history', page('lobby', ...offsets));
    await read;
    assert.equal(fake.room.timeline.startReached, startReached);
  }
});

test('a hole that is closed in short pages is not lost between them', async () => {
  const fake = await joined(kept(0));
  fake.socket.says(said('lobby', 't1', { offset: 1 }), said('lobby', 't5', { offset: 5 }));
  for (const [offsets, after] of [[[4], 1], [[3, 2], null]]) {
    const filled = fake.chat.history.fillHole(fake.room, fake.room.timeline.gapBefore(1), false);
    await fake.answer('history', page('lobby', ...offsets));
    await filled;
    const gap = fake.room.timeline.gapBefore(1);
    assert.equal(gap?.after ?? null, after);
    assert.notEqual(gap?.lost, true);
  }
});

test('a server that answers with what is known already is not asked forever', async () => {
  const fake = await joined(kept(0));
  fake.socket.says(said('lobby', 't1', { offset: 1 }), said('lobby', 't9', { offset: 9 }));
  const filled = fake.chat.history.fillHole(fake.room, fake.room.timeline.gapBefore(1), false);
  await fake.answer('history', page('lobby', 9, 1));
  await filled;
  assert.equal(fake.room.timeline.gapBefore(1).lost, true);
});

test('the new part starts at the first unseen message and ends when one leaves', async () => {
  const fake = await joined(kept(0));
  const tea = fake.chat.join('tea');
  await fake.answer('subscribe', kept(7));
  fake.chat.setWatching(true);
  fake.socket.says(said('tea', 't8', { offset: 8 }), said('tea', 't9', { offset: 9 }));
  fake.chat.open('tea');
  fake.chat.setWatching(true);
  assert.equal(tea.divider.offset, 7);
  fake.chat.setWatching(false);
  assert.equal(tea.divider.offset, 7);
  fake.chat.open('lobby');
  assert.equal(tea.divider, null);
});
