// The chat server of Socket.IO's own guides: rooms, and the Redis adapter between servers. What a
// client sends goes to everybody in its room.
//   node socket_io_redis.mjs PORT REDIS_PORT

import { createServer } from 'node:http';

import { createAdapter } from '@socket.io/redis-adapter';
import Redis from 'ioredis';
import { Server } from 'socket.io';

const [port, redisPort] = process.argv.slice(2).map(Number);
const publisher = new Redis(redisPort, '127.0.0.1');
const subscriber = publisher.duplicate();

const http = createServer();
const io = new Server(http, {
  adapter: createAdapter(publisher, subscriber),
  transports: ['websocket'],
});

io.on('connection', (socket) => {
  const room = socket.handshake.query.room;
  socket.join(room);
  socket.on('message', (text) => io.to(room).emit('message', text));
});

http.listen(port, '127.0.0.1', () => console.log(`listening on 127.0.0.1:${http.address().port}`));
