// The official Centrifugo SDK for JavaScript against the chat servers, unchanged.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { eventually, Inbox, startBroker, startChat } from './daemons.mjs';

const addressOf = (chat) => `ws://127.0.0.1:${chat.port}/connection/websocket`;

/** A connected client that is subscribed to a room, with an inbox of its publications. */
async function join(chat, room, name) {
  const client = new Centrifuge(addressOf(chat), {
    websocket: WebSocket,
    data: name ? { name } : undefined,
    minReconnectDelay: 20,
    maxReconnectDelay: 50,
  });
  const connected = new Promise((resolve, reject) => {
    client.on('connected', resolve);
    client.on('disconnected', (how) => reject(new Error(`${how.code} ${how.reason}`)));
  });
  client.connect();
  const { client: id, data, transport } = await connected;
  const subscription = client.newSubscription(room);
  const inbox = new Inbox();
  subscription.on('publication', inbox.push);
  subscription.subscribe();
  await subscription.ready(10_000);
  return { client, id, data, transport, subscription, inbox };
}

/** A test with two chat servers on one broker; member(chat, room, name) joins a client. */
function chatTest(sentence, run) {
  test(sentence, async () => {
    const broker = await startBroker();
    const chats = [];
    const members = [];
    try {
      chats.push(await startChat(`redis://127.0.0.1:${broker.port}`));
      chats.push(await startChat(`redis://127.0.0.1:${broker.port}`));
      await run(chats, async (...who) => {
        const member = await join(...who);
        members.push(member);
        return member;
      });
    } finally {
      for (const { client } of members) client.disconnect();
      for (const chat of chats) await chat.stop();
      await broker.stop();
    }
  });
}

chatTest('A line typed on one server arrives on both, with its author', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  assert.equal(ada.data.name, 'Ada');
  await ada.subscription.publish({ id: 'm1', text: 'hello – 🎉 <script>' });
  await bob.subscription.publish({ id: 'm2', text: 'hi' });
  for (const { inbox } of [ada, bob]) {
    const seen = await inbox.count(2);
    assert.equal(seen.length, 2);
    const first = seen.find(({ data }) => data.id === 'm1');
    assert.equal(first.data.text, 'hello – 🎉 <script>');
    assert.equal(first.info.client, ada.id);
    assert.deepEqual(first.info.connInfo, { name: 'Ada' });
    assert.equal(typeof first.data.at, 'number');
  }
});

chatTest('A client without a name is given one', async (chats, member) => {
  const guest = await member(chats[0], 'lobby');
  assert.match(guest.data.name, /^guest-\w{4}$/);
});

chatTest('Rooms do not hear each other', async (chats, member) => {
  const tea = await member(chats[0], 'tea', 'Ada');
  const coffee = await member(chats[1], 'coffee', 'Bob');
  await tea.subscription.publish({ id: 'm1', text: 'only tea' });
  await coffee.subscription.publish({ id: 'm2', text: 'only coffee' });
  assert.deepEqual((await tea.inbox.count(1)).map(({ data }) => data.id), ['m1']);
  assert.deepEqual((await coffee.inbox.count(1)).map(({ data }) => data.id), ['m2']);
});

chatTest('A client that unsubscribes hears no more, and may come back', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  const bob = await member(chats[1], 'lobby', 'Bob');
  bob.subscription.unsubscribe();
  // A second subscribe on the same connection is answered after the unsubscribe before it.
  bob.subscription.subscribe();
  await bob.subscription.ready(10_000);
  await ada.subscription.publish({ id: 'm1', text: 'welcome back' });
  assert.deepEqual((await bob.inbox.count(1)).map(({ data }) => data.id), ['m1']);
});

chatTest('Ten subscribe and unsubscribe pairs in one go end subscribed', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  for (let n = 0; n < 10; n++) {
    ada.subscription.unsubscribe();
    ada.subscription.subscribe();
  }
  await ada.subscription.ready(10_000);
  await ada.subscription.publish({ id: 'm1', text: 'still here' });
  assert.equal((await ada.inbox.count(1)).length, 1);
});

chatTest('A client is told what the server does not do, and stays', async (chats, member) => {
  const ada = await member(chats[0], 'lobby', 'Ada');
  await assert.rejects(ada.client.rpc('whoami', {}), ({ code }) => code === 108 || code === 104);
  await ada.subscription.publish({ id: 'm1', text: 'still here' });
  assert.equal((await ada.inbox.count(1)).length, 1);
});

test('Clients stay connected while the broker restarts, and hear each other again', async () => {
  let broker = await startBroker();
  const chats = [];
  const members = [];
  try {
    for (let n = 0; n < 2; n++) chats.push(await startChat(`redis://127.0.0.1:${broker.port}`));
    for (const chat of chats) members.push(await join(chat, 'lobby', 'x'));
    let disconnects = 0;
    for (const { client } of members) client.on('connecting', () => disconnects++);
    const { port } = broker;
    await broker.stop();
    broker = await startBroker(port);
    let n = 0;
    await eventually(async () => {
      await members[0].subscription.publish({ id: `r${n++}`, text: 'again' }).catch(() => {});
      return members[1].inbox.items.length > 0;
    }, 'messages flow again');
    assert.equal(disconnects, 0);
  } finally {
    for (const { client } of members) client.disconnect();
    for (const chat of chats) await chat.stop();
    await broker.stop();
  }
});
