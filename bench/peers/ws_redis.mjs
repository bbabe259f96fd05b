// The chat server of the tutorials on several machines: Node with ws, and Redis between them. What
// a client sends is published; what is published goes to every client.
//   node ws_redis.mjs PORT REDIS_PORT

import Redis from 'ioredis';
import { WebSocket, WebSocketServer } from 'ws';

const [port, redisPort] = process.argv.slice(2).map(Number);
const channel = 'chat.lobby';
const publisher = new Redis(redisPort, '127.0.0.1');
const subscriber = new Redis(redisPort, '127.0.0.1');

await subscriber.subscribe(channel);
const server = new WebSocketServer({ host: '127.0.0.1', port });

subscriber.on('message', (_, text) => {
  server.clients.forEach((client) => {
    if (client.readyState === WebSocket.OPEN) client.send(text);
  });
});

server.on('connection', (socket) => {
  socket.on('error', console.error);
  socket.on('message', (data) => publisher.publish(channel, data.toString()));
});

server.on('listening', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
