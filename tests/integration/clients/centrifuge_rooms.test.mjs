// The official Centrifugo SDK: what it knows of rooms. Recovery, history, presence, rpc, and the
// connection itself.
import assert from 'node:assert/strict';
import { chatTest, connect } from './centrifuge_member.mjs';
import { eventually, Inbox, startChatAt, withDeadline } from './daemons.mjs';

const once = (emitter, event) =>
  withDeadline(new Promise((resolve) => { emitter.once(event, resolve); }), event);
const texts = (publications) => publications.map(({ data }) => data.text);

async function say(member, ...words) {
  for (const text of words) await member.subscription.publish({ id: text, text });
}

chatTest('Who was cut off gets exactly what was missed', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  await say(bob, 'one');
  await ada.inbox.count(1);
  const back = once(ada.subscription, 'subscribed');
  ada.client.disconnect();
  await say(bob, 'two', 'three');
  ada.client.connect();
  const { epoch } = await bob.subscription.history({ limit: 0 });
  assert.deepEqual(await back, {
    channel: 'lobby', wasRecovering: true, recovered: true, recoverable: true, positioned: true,
    hasRecoveredPublications: true, streamPosition: { epoch, offset: 1 },
  });
  await say(bob, 'four');
  const heard = await ada.inbox.count(4);
  assert.deepEqual(heard.map(({ data, offset }) => [data.text, offset]),
    [['one', 1], ['two', 2], ['three', 3], ['four', 4]]);
});

chatTest('A connection that breaks comes back, and nothing is missing', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  await say(bob, 'one');
  await ada.inbox.count(1);
  const back = once(ada.subscription, 'subscribed');
  ada.cut();
  await say(bob, 'two');
  assert.equal((await back).recovered, true);
  assert.deepEqual(texts(await ada.inbox.count(2)), ['one', 'two']);
});

chatTest('From a position of another epoch nothing is recovered', async (chats, member) => {
  const ada = await member(chats[0], 'tea', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  await say(bob, 'one', 'two');
  const late = ada.client.newSubscription('lobby', { since: { offset: 1, epoch: 'another' } });
  const heard = new Inbox();
  late.on('publication', heard.push);
  const subscribed = once(late, 'subscribed');
  late.subscribe();
  const { epoch } = await bob.subscription.history({ limit: 0 });
  assert.deepEqual(await subscribed, {
    channel: 'lobby', wasRecovering: true, recovered: false, recoverable: true, positioned: true,
    hasRecoveredPublications: false, streamPosition: { epoch, offset: 2 },
  });
  await say(bob, 'three');
  assert.deepEqual(texts(await heard.count(1)), ['three']);
});

chatTest('History is read from both ends and from a position', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  await say(ada, 'one', 'two', 'three', 'four');
  const top = await ada.subscription.history({ limit: 0 });
  assert.deepEqual([top.publications, top.offset], [[], 4]);
  const since = { offset: 2, epoch: top.epoch };
  for (const [options, expected] of [
    [{ limit: 2 }, ['one', 'two']],
    [{ limit: 2, reverse: true }, ['four', 'three']],
    [{ limit: -1, since }, ['three', 'four']],
    [{ limit: 5, since, reverse: true }, ['one']],
  ]) {
    const { publications } = await ada.subscription.history(options);
    assert.deepEqual(texts(publications), expected);
  }
  await assert.rejects(ada.subscription.history({ limit: 1, since: { offset: 1, epoch: 'x' } }),
    ({ code }) => code === 112);
});

chatTest('Presence is that of all servers, with joins and leaves', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada', { joinLeave: true });
  const news = new Inbox();
  for (const event of ['join', 'leave']) {
    ada.subscription.on(event, ({ info }) => news.push([event, info.connInfo.name, info.client]));
  }
  // Answered when the servers know who was there before; whoever comes now is news.
  assert.deepEqual(Object.keys((await ada.subscription.presence()).clients), [ada.id]);
  const bob = await member(chats[1], 'lobby', 'Bob');
  await eventually(() => news.items.some(([, name]) => name === 'Bob'), 'Bob has come');
  for (const { subscription } of [ada, bob]) {
    const clients = await eventually(async () => {
      const there = (await subscription.presence()).clients;
      return ada.id in there && bob.id in there && there;
    }, 'both are there');
    assert.equal(Object.keys(clients).length, 2);
    assert.deepEqual(clients[ada.id].connInfo, { name: 'Ada' });
    assert.deepEqual(clients[bob.id].connInfo, { name: 'Bob' });
    assert.deepEqual(await subscription.presenceStats(), { numClients: 2, numUsers: 1 });
  }
  bob.client.disconnect();
  await eventually(() => news.items.some(([event]) => event === 'leave'), 'Bob has left');
  assert.deepEqual(news.items.filter(([, name]) => name === 'Bob'),
    [['join', 'Bob', bob.id], ['leave', 'Bob', bob.id]]);
});

chatTest('rpc tells of the rooms and of the server', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  await eventually(async () => {
    const { data } = await ada.client.rpc('rooms', {});
    return data.rooms.length === 1 && data.rooms[0].name === 'lobby' && data.rooms[0].members === 1;
  }, 'the lobby is told of');
  const { data } = await ada.client.rpc('server', {});
  assert.equal(data.name, 'parley-chat');
  assert.match(data.version, /^\d+\.\d+/);
  assert.ok(Math.abs(data.time - Date.now()) < 60_000);
});

chatTest('send ends the connection for good', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const ended = once(ada.client, 'disconnected');
  ada.client.send({ any: 'thing' }).catch(() => {});
  assert.equal((await ended).code, 3508);
});

chatTest('Pings are answered, and the connection stays', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  let pings = 0;
  ada.sockets[0].addEventListener('message', ({ data }) => { pings += data === '{}' ? 1 : 0; });
  await eventually(() => pings >= 3, 'three pings');
  assert.equal(ada.client.state, 'connected');
  assert.equal(ada.sockets.length, 1);
}, '--ping', '1');

chatTest('Commands of one frame are all answered', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const [socket] = ada.sockets;
  const frames = [];
  const { send } = socket;
  socket.send = (frame) => { frames.push(frame); send.call(socket, frame); };
  const words = Array.from({ length: 20 }, (_, n) => `b${n}`);
  ada.client.startBatching();
  const answers = words.map((text) => ada.subscription.publish({ id: text, text }));
  const server = ada.client.rpc('server', {});
  const refused = assert.rejects(ada.client.rpc('whoami', {}), { code: 104 });
  ada.client.stopBatching();
  await Promise.all([...answers, refused]);
  assert.equal((await server).data.name, 'parley-chat');
  assert.deepEqual(texts(await ada.inbox.count(20)), words);
  assert.deepEqual(frames.map((frame) => frame.trim().split('\n').length), [22]);
});

chatTest('Fifty rooms in one connection do not mix', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  const heard = new Inbox();
  const rooms = Array.from({ length: 50 }, (_, n) => `room${n}`);
  for (const room of rooms) {
    const subscription = ada.client.newSubscription(room);
    subscription.on('publication', ({ channel, data }) => heard.push([channel, data.text]));
    subscription.subscribe();
    await subscription.ready(10_000);
  }
  for (const room of rooms) await bob.client.publish(room, { id: room, text: room });
  const all = await heard.count(50);
  assert.deepEqual(all.map((message) => message.join()).sort(),
    rooms.map((room) => `${room},${room}`).sort());
}, '--message-rate', '0');

chatTest('Who is sent away by a restart misses nothing', async (chats, member, bus) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  await say(bob, 'one');
  await ada.inbox.count(1);
  const closed = once(ada.sockets[0], 'close');
  const connecting = once(ada.client, 'connecting');
  const back = once(ada.subscription, 'subscribed');
  const stopping = chats.shift();
  await stopping.stop();
  assert.equal(await closed, 3001);
  assert.equal((await connecting).code, 3001);
  await say(bob, 'two', 'three');
  chats.push(await startChatAt(stopping.port, bus));
  const { wasRecovering, recovered } = await back;
  assert.deepEqual([wasRecovering, recovered], [true, true]);
  await say(ada, 'four');
  assert.deepEqual(texts(await ada.inbox.count(4)), ['one', 'two', 'three', 'four']);
});

chatTest('A room in a namespace keeps nothing', async (chats, member) => {
  const ada = await member(chats[0], 'typing:tea', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  const typing = bob.client.newSubscription('typing:tea');
  const subscribed = once(typing, 'subscribed');
  typing.subscribe();
  const { recoverable, positioned, streamPosition } = await subscribed;
  assert.deepEqual([recoverable, positioned, streamPosition], [false, false, undefined]);
  await typing.publish({ typing: true });
  const [{ data, offset, info }] = await ada.inbox.count(1);
  assert.deepEqual([data.typing, offset, info.client], [true, undefined, bob.id]);
  for (const ask of ['history', 'presence', 'presenceStats']) {
    await assert.rejects(typing[ask]({ limit: 1 }), { code: 108 });
  }
});

chatTest('A message that is sent again on any server is heard once', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  await say(ada, 'one', 'one');
  await say(bob, 'one', 'two');
  for (const { inbox } of [ada, bob]) {
    assert.deepEqual(texts(await inbox.count(2)), ['one', 'two']);
  }
});

chatTest('Bad names of people and of rooms are refused', async (chats, member) => {
  await assert.rejects(connect(chats[0], 'x'.repeat(33)), /^Error: 107 /);
  const ada = await member(chats[0], 'lobby', 'Ada');
  await assert.rejects(ada.client.publish('no room', { text: 'x' }), { code: 107 });
  const nowhere = ada.client.newSubscription('no room');
  const ended = once(nowhere, 'unsubscribed');
  nowhere.subscribe();
  assert.equal((await ended).code, 107);
  assert.equal(ada.client.state, 'connected');
});

chatTest('Who sends too fast is told to wait, and stays', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const answers = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => ada.subscription.publish({ id: `f${n}`, text: 'fast' })));
  const refused = answers.filter(({ status }) => status === 'rejected');
  assert.ok(refused.length > 0 && refused.length < 20);
  for (const { reason } of refused) assert.deepEqual([reason.code, reason.temporary], [111, true]);
  assert.equal(ada.sockets.length, 1);
}, '--message-rate', '1');
