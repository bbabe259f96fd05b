// Chat servers that meet without a broker: Node with ws, and ZeroMQ between them. Each publishes what
// its clients send, and hears all others.
//   node ws_zeromq.mjs PORT PUBLISH_PORT OTHERS_PUBLISH_PORT...

import { WebSocket, WebSocketServer } from 'ws';
import { Publisher, Subscriber } from 'zeromq';

const [port, publishPort, ...others] = process.argv.slice(2).map(Number);
const channel = 'lobby';
const publisher = new Publisher();
const subscriber = new Subscriber();

await publisher.bind(`tcp://127.0.0.1:${publishPort}`);
for (const other of others) subscriber.connect(`tcp://127.0.0.1:${other}`);
subscriber.subscribe(channel);
const server = new WebSocketServer({ host: '127.0.0.1', port });

function show(text) {
  server.clients.forEach((client) => {
    if (client.readyState === WebSocket.OPEN) client.send(text);
  });
}

// A socket takes one send at a time.
let sent = Promise.resolve();
server.on('connection', (socket) => {
  socket.on('error', console.error);
  socket.on('message', (data) => {
    const text = data.toString();
    sent = sent.then(() => publisher.send([channel, text]));
    show(text);
  });
});

server.on('listening', () => console.log(`listening on 127.0.0.1:${server.address().port}`));

for await (const [, text] of subscriber) show(text.toString());
