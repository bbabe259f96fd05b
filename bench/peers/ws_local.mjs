// The chat server of the tutorials on one machine: Node, ws, and the broadcast loop of its README.
//   node ws_local.mjs [PORT]

import { WebSocket, WebSocketServer } from 'ws';

const port = Number(process.argv[2] ?? 0);
const server = new WebSocketServer({ host: '127.0.0.1', port });

server.on('connection', (socket) => {
  socket.on('error', console.error);
  socket.on('message', (data, isBinary) => {
    server.clients.forEach((client) => {
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    });
  });
});

server.on('listening', () => console.log(`listening on 127.0.0.1:${server.address().port}`));
