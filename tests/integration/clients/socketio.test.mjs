// Socket.IO with its Redis adapter: two Socket.IO servers that know of each other only through the
// broker. Software that knows nothing of us, used as its manual says.
import test from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';
import { createAdapter, createShardedAdapter } from '@socket.io/redis-adapter';
import { createClient } from 'redis';
import { Redis } from 'ioredis';
import { eventually, Inbox, startBroker, withDeadline } from './daemons.mjs';

const nodeRedis = async (port) => {
  const pub = createClient({ url: `redis://127.0.0.1:${port}` });
  const sub = pub.duplicate();
  await Promise.all([pub.connect(), sub.connect()]);
  return { pub, sub, close: () => Promise.all([pub.close(), sub.close()]) };
};

const ioredis = async (port) => {
  const pub = new Redis(port, '127.0.0.1');
  const sub = pub.duplicate();
  return { pub, sub, close: () => Promise.all([pub.quit(), sub.quit()]) };
};

const ways = [
  { title: 'node-redis', clients: nodeRedis, adapter: createAdapter },
  { title: 'ioredis', clients: ioredis, adapter: createAdapter },
  { title: 'node-redis, sharded pub/sub', clients: nodeRedis, adapter: createShardedAdapter },
];

async function startSocketIo(port, { clients, adapter }) {
  const { pub, sub, close } = await clients(port);
  const http = createServer();
  const server = new Server(http, { adapter: adapter(pub, sub) });
  server.on('connection', (socket) => {
    socket.on('join', async (room, done) => {
      await socket.join(room);
      done();
    });
    socket.on('ask', (question, answer) => answer(`${question}? yes`));
  });
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    server,
    url: `http://127.0.0.1:${http.address().port}`,
    async stop() {
      await server.close();
      await close();
    },
  };
}

async function connect(t, url, room) {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnection: false });
  t.after(() => socket.disconnect());
  await withDeadline(new Promise((resolve) => socket.on('connect', resolve)), 'connected');
  if (room) await withDeadline(socket.emitWithAck('join', room), `in room ${room}`);
  return socket;
}

// The adapters do not wait until they are subscribed; so somebody must. And each subtest has a room
// of its own: one that empties and fills again at once can stay unsubscribed for good, because
// node-redis takes a channel whose SUNSUBSCRIBE is unanswered for one that it still holds.
async function allHear(server, room, sockets) {
  const heard = new Set();
  sockets.forEach((socket) => socket.once('ready', () => heard.add(socket)));
  await eventually(() => {
    server.to(room).emit('ready');
    return heard.size === sockets.length;
  }, `all in ${room} hear each other`);
}

for (const way of ways) {
  test(`Socket.IO over ${way.title}`, async (t) => {
    const broker = await startBroker();
    const [left, right] = [await startSocketIo(broker.port, way),
      await startSocketIo(broker.port, way)];
    t.after(async () => {
      await Promise.all([left.stop(), right.stop()]);
      await broker.stop();
    });

    await t.test('An event to a room reaches members on both servers, and nobody else', async (t) => {
      const members = [await connect(t, left.url, 'tea'), await connect(t, right.url, 'tea')];
      const outsider = await connect(t, right.url, 'coffee');
      await allHear(left.server, 'tea', members);
      await allHear(right.server, 'tea', members);
      const inboxes = [...members, outsider].map((socket) => {
        const inbox = new Inbox();
        socket.on('news', inbox.push);
        return inbox;
      });
      left.server.to('tea').emit('news', 'one', { two: 2 });
      right.server.to('tea').emit('news', Buffer.from([0, 13, 10, 255]));
      for (const inbox of inboxes.slice(0, 2)) {
        const items = await inbox.count(2);
        assert.equal(items.length, 2);
        const binary = items.find((item) => Buffer.isBuffer(item));
        assert.deepEqual([...binary], [0, 13, 10, 255]);
        assert.ok(items.some((item) => Array.isArray(item) && item[1].two === 2));
      }
      right.server.emit('news', 'for all');
      assert.deepEqual(await inboxes[2].count(1), ['for all']);
    });

    await t.test('The servers know of each other', async (t) => {
      await connect(t, left.url, 'cocoa');
      await connect(t, right.url, 'cocoa');
      await eventually(async () => await left.server.of('/').adapter.serverCount() === 2,
        'both servers are there');
      assert.equal((await left.server.in('cocoa').fetchSockets()).length, 2);
      const answer = new Promise((resolve) => {
        right.server.on('hello', (name, reply) => reply(`hello ${name}`));
        left.server.serverSideEmit('hello', 'left', (error, replies) => resolve(error ?? replies));
      });
      assert.deepEqual(await withDeadline(answer, 'the other server answers'), ['hello left']);
    });

    await t.test('A server moves and disconnects sockets of the other', async (t) => {
      const socket = await connect(t, right.url, 'milk');
      await allHear(left.server, 'milk', [socket]);
      const gone = new Promise((resolve) => socket.on('disconnect', resolve));
      left.server.in('milk').disconnectSockets(true);
      await withDeadline(gone, 'disconnected by the other server');
    });
  });
}
