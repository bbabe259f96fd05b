// docs/examples/gapless_subscriber.mjs: the example of docs/xpublish.md keeps its word.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GaplessSubscriber } from '../../../docs/examples/gapless_subscriber.mjs';
import { eventually, nodeMajor, startBroker } from './daemons.mjs';

const MESSAGES = 3000;

for (const { title, module, node } of [
  { title: 'ioredis 5', module: 'ioredis', node: 18 },
  { title: 'ioredis 6', module: 'ioredis-6', node: 20 },
]) {
  const skip = nodeMajor < node && `${title} needs Node ${node}`;
  test(`The subscriber without gaps, ${title}`, { skip }, async (t) => {
    const { Redis } = await import(module);
    let broker = await startBroker();
    const clients = [];
    const connect = () => {
      const client = new Redis({
        port: broker.port, autoResubscribe: false, maxRetriesPerRequest: null,
        retryStrategy: () => 5,
      });
      client.on('error', () => {}); // while the broker is away, ioredis tells each attempt
      clients.push(client);
      return client;
    };
    t.after(async () => {
      for (const client of clients) client.disconnect();
      await broker.stop();
    });

    let names = 0;
    const subscribe = (position) => {
      const heard = { texts: [], gaps: [], live: connect() };
      heard.subscriber = new GaplessSubscriber({
        live: heard.live, reader: connect(), key: 's', channel: 'c', position,
        onMessage: (text) => heard.texts.push(text),
        onGap: (from, to) => heard.gaps.push([from, to]),
      });
      return heard;
    };
    const publisher = connect();
    const publish = (text, ...options) => publisher.call(
      'XPUBLISH', 's', 'c', 'ONCE', `id-${names++}`, ...options, text);

    await t.test('It hears everything once, however often its connection breaks', async () => {
      const heard = subscribe();
      for (let n = 0; n < MESSAGES; n++) {
        publish(`text ${n}`);
        if (n % 100 === 50) {
          await eventually(() => heard.live.status === 'ready', 'connected again');
          heard.live.disconnect(true); // and connect again
        }
      }
      await eventually(() => heard.texts.length >= MESSAGES, 'all messages');
      const expected = Array.from({ length: MESSAGES }, (_, n) => `text ${n}`);
      assert.deepEqual(heard.texts, expected);
      assert.deepEqual(heard.gaps, []);
      const late = subscribe();
      await eventually(() => late.texts.length >= MESSAGES, 'all messages, from history');
      assert.deepEqual(late.texts, expected);
    });

    await t.test('It goes on where another one stopped', async () => {
      const first = subscribe();
      await eventually(() => first.texts.length >= MESSAGES, 'all messages');
      const { position } = first.subscriber;
      const second = subscribe(position);
      await publish('one more');
      await eventually(() => second.texts.length > 0, 'the message');
      assert.deepEqual(second.texts, ['one more']);
    });

    await t.test('It says what was trimmed before it could be read', async () => {
      const heard = subscribe();
      await eventually(() => heard.texts.length === MESSAGES + 1, 'all messages');
      const { position } = heard.subscriber;
      heard.live.disconnect();
      for (let n = 0; n < 10; n++) await publish(`trimmed ${n}`, 'MAXLEN', '3');
      const later = subscribe(position);
      await eventually(() => later.texts.length === 3, 'what is left');
      assert.deepEqual(later.texts, ['trimmed 7', 'trimmed 8', 'trimmed 9']);
      assert.deepEqual(later.gaps.map(([from, to]) => to.offset - from.offset), [7]);
    });

    await t.test('It misses nothing when the broker is killed', async () => {
      const data = await mkdtemp(path.join(tmpdir(), 'parley-'));
      const { port } = broker;
      await broker.stop();
      broker = await startBroker(port, '--data', data);
      const heard = subscribe();
      const expected = [];
      for (let n = 0; n < 400; n++) {
        expected.push(`text ${n}`);
        publish(`text ${n}`); // ioredis sends it again until it is answered
        if (n % 100 === 50) {
          await eventually(() => heard.texts.length > n - 40, 'messages come');
          await broker.kill();
          broker = await startBroker(port, '--data', data);
        }
      }
      await eventually(() => heard.texts.length >= expected.length, 'all messages');
      assert.deepEqual(heard.texts, expected);
      assert.deepEqual(heard.gaps.filter(([from]) => from.epoch), []);
      heard.live.disconnect();
      await broker.stop();
      broker = await startBroker(port);
      await rm(data, { recursive: true });
    });

    await t.test('It tells when the broker has lost the stream', async () => {
      const heard = subscribe();
      for (let n = 0; n < 3; n++) await publish(`text ${n}`);
      await eventually(() => heard.texts.length === 3, 'what is there');
      const { port } = broker;
      const { epoch } = heard.subscriber.position;
      await broker.stop();
      broker = await startBroker(port);
      await publish('after the restart');
      await eventually(() => heard.texts.length === 4, 'the message after the restart');
      assert.equal(heard.texts[3], 'after the restart');
      assert.ok(heard.gaps.some(([from]) => from.epoch === epoch), 'a gap is told');
      assert.notEqual(heard.subscriber.position.epoch, epoch);
    });
  });
}
