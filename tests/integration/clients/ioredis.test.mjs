// ioredis against the broker, unchanged: version 5 (RESP2) and 6 (RESP3).
import test from 'node:test';
import assert from 'node:assert/strict';
import { eventually, Inbox, nodeMajor, startBroker } from './daemons.mjs';

const versions = [
  { title: 'ioredis 5', module: 'ioredis', node: 18 },
  { title: 'ioredis 6', module: 'ioredis-6', node: 20 },
];

const settings = { host: '127.0.0.1', retryStrategy: () => 20, maxRetriesPerRequest: null };

for (const { title, module, node } of versions) {
  const skip = nodeMajor < node && `${title} needs Node ${node}`;
  test(title, { skip }, async (t) => {
    const { Redis } = await import(module);
    const broker = await startBroker();
    t.after(() => broker.stop());
    const clients = [];
    const connect = async (options = {}) => {
      const client = new Redis({
        ...settings, port: broker.port, ...options,
      });
      client.on('error', () => {});  // while the broker is away, ioredis tells each attempt
      clients.push(client);
      if (client.status !== 'ready') {
        await eventually(() => client.status === 'ready', `${title} is connected`);
      }
      return client;
    };
    t.afterEach(() => clients.splice(0).forEach((client) => client.disconnect()));

    await t.test('A message reaches a subscriber of its channel', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      subscriber.on('message', inbox.push);
      assert.equal(await subscriber.subscribe('news', 'sports'), 2);
      assert.equal(await publisher.publish('news', 'hi – 🎉'), 1);
      assert.equal(await publisher.publish('nobody', 'x'), 0);
      assert.deepEqual(await inbox.count(1), [['news', 'hi – 🎉']]);
      assert.equal(await subscriber.unsubscribe('news', 'sports'), 0);
      assert.equal(await subscriber.ping(), 'PONG');
    });

    await t.test('A message reaches a subscriber of a pattern', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      subscriber.on('pmessage', inbox.push);
      assert.equal(await subscriber.psubscribe('chat.*'), 1);
      assert.equal(await publisher.publish('chat.lobby', 'hello'), 1);
      assert.deepEqual(await inbox.count(1), [['chat.*', 'chat.lobby', 'hello']]);
      assert.equal(await subscriber.punsubscribe('chat.*'), 0);
    });

    await t.test('Binary messages arrive byte for byte', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      subscriber.on('messageBuffer', inbox.push);
      await subscriber.subscribe('bytes');
      const payload = Buffer.from(Array.from({ length: 256 }, (_, n) => n));
      await publisher.publish('bytes', payload);
      assert.deepEqual((await inbox.count(1))[0][1], payload);
    });

    await t.test('A pipeline is answered in order', async () => {
      const client = await connect();
      const pipeline = client.pipeline();
      for (let n = 0; n < 500; n++) pipeline.echo(String(n));
      const replies = await pipeline.exec();
      assert.deepEqual(replies, Array.from({ length: 500 }, (_, n) => [null, String(n)]));
    });

    await t.test('Thousands of messages arrive once and in order', async () => {
      const [subscriber, publisher] = [await connect(), await connect()];
      const inbox = new Inbox();
      subscriber.on('message', (_, text) => inbox.push(Number(text)));
      await subscriber.subscribe('many');
      const numbers = Array.from({ length: 5000 }, (_, n) => n);
      await Promise.all(numbers.map((n) => publisher.publish('many', String(n))));
      assert.deepEqual(await inbox.count(5000), numbers);
    });

    await t.test('The client asks for and sets its name, and lists channels', async () => {
      const client = await connect({ connectionName: 'bob' });
      assert.equal(await client.client('GETNAME'), 'bob');
      const subscriber = await connect();
      await subscriber.subscribe('listed');
      assert.deepEqual(await client.pubsub('CHANNELS', 'list*'), ['listed']);
      assert.deepEqual(await client.pubsub('NUMSUB', 'listed'), ['listed', 1]);
    });
  });

  test(`${title} comes back after the broker was restarted`, { skip }, async () => {
    const { Redis } = await import(module);
    let broker = await startBroker();
    const options = { ...settings, port: broker.port };
    const [subscriber, publisher] = [new Redis(options), new Redis(options)];
    try {
      for (const client of [subscriber, publisher]) client.on('error', () => {});
      const inbox = new Inbox();
      subscriber.on('message', inbox.push);
      subscriber.on('pmessage', inbox.push);
      await subscriber.subscribe('a');
      await subscriber.psubscribe('b*');
      const { port } = broker;
      await broker.stop();
      broker = await startBroker(port);
      const heard = async (...message) => (await publisher.publish(...message)) === 1;
      await eventually(() => heard('a', 'back'), 'subscribed to the channel again');
      await eventually(() => heard('bb', 'too'), 'subscribed to the pattern again');
      assert.deepEqual(await inbox.count(2), [['a', 'back'], ['b*', 'bb', 'too']]);
    } finally {
      subscriber.disconnect();
      publisher.disconnect();
      await broker.stop();
    }
  });
}
