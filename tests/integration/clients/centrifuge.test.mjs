// The official Centrifugo SDK for JavaScript against the chat servers, unchanged.
import test from 'node:test';
import assert from 'node:assert/strict';
import { chatTest, join } from './centrifuge_member.mjs';
import { eventually, Inbox, startBroker, startChat } from './daemons.mjs';

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

test('A room that is subscribed to while the bus is away is joined when it is back', async () => {
  let broker = await startBroker();
  const { port } = broker;
  const chat = await startChat(`redis://127.0.0.1:${port}`);
  const member = await join(chat, 'lobby', 'Ada');
  try {
    let disconnects = 0;
    member.client.on('connecting', () => disconnects++);
    await broker.kill();
    const tea = member.client.newSubscription('tea', { minResubscribeDelay: 20,
      maxResubscribeDelay: 50 });
    const errors = new Inbox();
    tea.on('error', errors.push);
    tea.subscribe();
    // The SDK would drop the connection 5 s after a command without an answer.
    const [refused] = await errors.count(1);
    assert.equal(refused.error.code, 100);
    assert.equal(refused.error.temporary, true);
    assert.equal(tea.state, 'subscribing');
    broker = await startBroker(port);
    await tea.ready(20_000);
    const heard = new Inbox();
    tea.on('publication', heard.push);
    await tea.publish({ id: 'm1', text: 'still here' });
    await heard.count(1);
    assert.equal(disconnects, 0);
  } finally {
    member.client.disconnect();
    await chat.stop();
    await broker.stop();
  }
});

test('Clients stay connected while the broker restarts, and hear each other again', async () => {
  let broker = await startBroker();
  const chats = [];
  const members = [];
  try {
    for (let n = 0; n < 2; n++) chats.push(await startChat(`redis://127.0.0.1:${broker.port}`));
    for (const chat of chats) members.push(await join(chat, 'lobby', 'x'));
    let disconnects = 0;
    const told = new Inbox();
    for (const { client } of members) client.on('connecting', () => disconnects++);
    members[1].client.on('message', ({ data }) => told.push(data));
    const { port } = broker;
    await broker.stop();
    await told.count(1);
    broker = await startBroker(port);
    let n = 0;
    await eventually(async () => {
      await members[0].subscription.publish({ id: `r${n++}`, text: 'again' }).catch(() => {});
      return members[1].inbox.items.length > 0;
    }, 'messages flow again');
    assert.deepEqual(await told.count(2), [{ bus: 'down' }, { bus: 'up' }]);
    assert.equal(disconnects, 0);
  } finally {
    for (const { client } of members) client.disconnect();
    for (const chat of chats) await chat.stop();
    await broker.stop();
  }
});
