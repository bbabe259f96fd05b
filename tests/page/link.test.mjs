import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Link, fullJitter } from '../../www/chat/link.js';
import { FakeSocket, ManualClock, settled } from './fakes.mjs';

function fakeLink({ random = () => 0.5 } = {}) {
  const clock = new ManualClock();
  const fake = { clock, sockets: [], states: [], pushes: [], refusals: [] };
  fake.link = new Link({
    clock,
    random,
    hello: () => ({ name: 'test' }),
    openSocket: () => fake.sockets[fake.sockets.push(new FakeSocket()) - 1],
    on: {
      state: () => fake.states.push(fake.link.state),
      open() {},
      push: (event) => fake.pushes.push(event),
      refused: (error) => fake.refusals.push(error),
    },
  });
  fake.greet = async () => {
    const socket = fake.sockets.at(-1);
    socket.open();
    socket.says({ id: socket.last('connect').id, connect: { client: 'c', ping: 25, pong: true } });
    await settled();
    return socket;
  };
  fake.link.renew();
  return fake;
}

test('the back-off is random below a ceiling that doubles up to 20 s', () => {
  assert.equal(
    fullJitter(0, () => 0),
    0,
  );
  assert.equal(
    fullJitter(0, () => 1),
    1000,
  );
  assert.equal(
    fullJitter(3, () => 1),
    8000,
  );
  assert.equal(
    fullJitter(99, () => 1),
    20000,
  );
});

test('the link opens after the connect reply and answers pings', async () => {
  const fake = fakeLink();
  const socket = await fake.greet();
  assert.deepEqual(fake.states, ['connecting', 'open']);
  socket.says({});
  assert.deepEqual(socket.sent.at(-1), {});
});

test('a lost connection comes back after the jittered wait', async () => {
  const fake = fakeLink();
  (await fake.greet()).loses();
  assert.equal(fake.link.state, 'waiting');
  assert.equal(fake.link.retryAt, fake.clock.now() + 500);
  fake.clock.advance(499);
  assert.equal(fake.sockets.length, 1);
  fake.clock.advance(1);
  assert.equal(fake.sockets.length, 2);
});

test('a server that takes and drops us at once does not reset the back-off', async () => {
  const fake = fakeLink({ random: () => 1 });
  for (const ms of [1000, 2000, 4000]) {
    (await fake.greet()).loses();
    assert.equal(fake.link.retryAt - fake.clock.now(), ms);
    fake.clock.advance(ms);
  }
});

test('silence longer than the ping and its grace drops the connection', async () => {
  const fake = fakeLink();
  const socket = await fake.greet();
  fake.clock.advance(34_000);
  socket.says({});
  fake.clock.advance(34_999);
  assert.equal(fake.link.state, 'open');
  fake.clock.advance(1);
  assert.equal(fake.link.state, 'waiting');
  assert.equal(socket.closed, true);
});

test('a server that never greets back is given up after 10 s', () => {
  const fake = fakeLink();
  fake.sockets[0].open();
  fake.clock.advance(10_000);
  assert.equal(fake.link.state, 'waiting');
});

test('waking up while waiting connects at once', async () => {
  const fake = fakeLink();
  (await fake.greet()).loses();
  fake.link.connect();
  assert.equal(fake.link.state, 'connecting');
  fake.clock.advance(60_000);
  assert.ok(fake.sockets.length >= 2);
});

test('requests are answered by id in any order, and fail softly with the link', async () => {
  const fake = fakeLink();
  const socket = await fake.greet();
  const first = fake.link.request('rpc', {});
  const second = fake.link.request('rpc', {});
  const third = fake.link.request('rpc', {});
  const [a, b] = socket.sent.filter(({ rpc }) => rpc).map(({ id }) => id);
  socket.says({ id: b, rpc: { data: 2 } }, { id: a, rpc: { data: 1 } }, { id: 999, rpc: {} });
  assert.equal((await first).result.data, 1);
  assert.equal((await second).result.data, 2);
  socket.loses();
  assert.equal((await third).error.lost, true);
  assert.equal((await fake.link.request('rpc', {})).error.lost, true);
});

test('a request without an answer ends after 10 s', async () => {
  const fake = fakeLink();
  await fake.greet();
  const asked = fake.link.request('publish', {});
  fake.clock.advance(10_000);
  assert.equal((await asked).error.code, 1);
});

test('a refusal ends the tries until somebody asks again', async () => {
  const fake = fakeLink();
  const socket = fake.sockets[0];
  socket.open();
  socket.says({ id: 1, error: { code: 107, message: 'bad name' } });
  await settled();
  assert.equal(fake.link.state, 'refused');
  assert.deepEqual(
    fake.refusals.map(({ message }) => message),
    ['bad name'],
  );
  fake.clock.advance(100_000);
  assert.equal(fake.sockets.length, 1);
  fake.link.connect();
  assert.equal(fake.sockets.length, 2);
});

test('close codes of the terminal range refuse, others reconnect', async () => {
  for (const [code, state] of [
    [3500, 'refused'],
    [4501, 'refused'],
    [3001, 'waiting'],
    [1009, 'waiting'],
    [1006, 'waiting'],
  ]) {
    const fake = fakeLink();
    (await fake.greet()).loses(code, 'because');
    assert.equal(fake.link.state, state, String(code));
  }
});

test('events of a socket that was given up are ignored', async () => {
  const fake = fakeLink();
  const old = await fake.greet();
  fake.link.renew();
  await fake.greet();
  old.says({ push: { channel: 'a', pub: { data: 1 } } });
  old.loses();
  assert.equal(fake.link.state, 'open');
  assert.equal(fake.pushes.length, 0);
});
