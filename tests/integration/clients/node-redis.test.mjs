// node-redis against the broker, unchanged: version 5 in RESP2 and RESP3, version 6 (RESP3).
import test from 'node:test';
import assert from 'node:assert/strict';
import { eventually, Inbox, nodeMajor, startBroker } from './daemons.mjs';

const versions = [
  { title: 'node-redis 5, RESP2', module: 'redis', node: 18, RESP: 2 },
  { title: 'node-redis 5, RESP3', module: 'redis', node: 18, RESP: 3 },
  { title: 'node-redis 6', module: 'redis-6', node: 20 },
];

for (const { title, module, node, RESP } of versions) {
  const skip = nodeMajor < node && `${title} needs Node ${node}`;
  const connectTo = async (port, options = {}) => {
    const { createClient } = await import(module);
    const client = createClient({
      socket: { host: '127.0.0.1', port, reconnectStrategy: () => 20 },
      ...(RESP && { RESP }),
      ...options,
    });
    client.on('error', () => {});  // while the broker is away, it tells each attempt
    await client.connect();
    return client;
  };

  test(title, { skip }, async (t) => {
    const broker = await startBroker();
    t.after(() => broker.stop());
    const clients = [];
    const connect = async (options) => {
      const client = await connectTo(broker.port, options);
      clients.push(client);
      return client;
    };
    t.afterEach(() => clients.splice(0).forEach((client) => client.destroy()));

    await t.test('A message reaches a subscriber of its channel', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      await subscriber.subscribe(['news', 'sports'], (text, channel) => inbox.push(channel, text));
      assert.equal(await publisher.publish('news', 'hi – 🎉'), 1);
      assert.equal(await publisher.publish('nobody', 'x'), 0);
      assert.deepEqual(await inbox.count(1), [['news', 'hi – 🎉']]);
      await subscriber.unsubscribe('news');
      assert.equal(await publisher.publish('news', 'gone'), 0);
      await subscriber.unsubscribe();
      assert.equal(String(await subscriber.ping()), 'PONG');
    });

    await t.test('A message reaches a subscriber of a pattern', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      await subscriber.pSubscribe('chat.*', (text, channel) => inbox.push(channel, text));
      assert.equal(await publisher.publish('chat.lobby', 'hello'), 1);
      assert.deepEqual(await inbox.count(1), [['chat.lobby', 'hello']]);
      await subscriber.pUnsubscribe('chat.*');
      assert.equal(await publisher.publish('chat.lobby', 'gone'), 0);
    });

    await t.test('Binary messages arrive byte for byte', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      await subscriber.subscribe('bytes', (payload) => inbox.push(payload), true);
      const payload = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
      await publisher.publish('bytes', payload);
      assert.deepEqual((await inbox.count(1))[0], payload);
    });

    await t.test('Thousands of messages arrive once and in order', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      await subscriber.subscribe('many', (text) => inbox.push(Number(text)));
      const numbers = Array.from({ length: 5000 }, (_, n) => n);
      await Promise.all(numbers.map((n) => publisher.publish('many', String(n))));
      assert.deepEqual(await inbox.count(5000), numbers);
    });

    await t.test('The client sets its name and lists channels', async () => {
      const client = await connect({ name: 'bob' });
      assert.equal(await client.clientGetName(), 'bob');
      const subscriber = await connect();
      await subscriber.subscribe('listed', () => {});
      assert.deepEqual(await client.pubSubChannels('list*'), ['listed']);
      assert.equal((await client.pubSubNumSub(['listed'])).listed, 1);
      assert.equal(await client.pubSubNumPat(), 0);
    });
  });

  test(`${title} comes back after the broker was restarted`, { skip }, async () => {
    let broker = await startBroker();
    const [subscriber, publisher] = [await connectTo(broker.port), await connectTo(broker.port)];
    try {
      const inbox = new Inbox();
      await subscriber.subscribe('a', (text, channel) => inbox.push(channel, text));
      await subscriber.pSubscribe('b*', (text, channel) => inbox.push(channel, text));
      const { port } = broker;
      await broker.stop();
      broker = await startBroker(port);
      const heard = async (...message) => (await publisher.publish(...message)) === 1;
      await eventually(() => heard('a', 'back'), 'subscribed to the channel again');
      await eventually(() => heard('bb', 'too'), 'subscribed to the pattern again');
      assert.deepEqual(await inbox.count(2), [['a', 'back'], ['bb', 'too']]);
    } finally {
      subscriber.destroy();
      publisher.destroy();
      await broker.stop();
    }
  });
}
