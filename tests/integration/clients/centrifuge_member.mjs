// What the tests with the Centrifugo SDK have in common.
import test from 'node:test';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';
import { Inbox, startBroker, startChat } from './daemons.mjs';

export const addressOf = (chat) => `ws://127.0.0.1:${chat.port}/connection/websocket`;

/** An SDK client that is connected; its sockets can be cut by cut(). */
export async function connect(chat, name, options = {}) {
  const sockets = [];
  class Socket extends WebSocket {
    constructor(...how) {
      super(...how);
      sockets.push(this);
    }
  }
  const client = new Centrifuge(addressOf(chat), {
    websocket: Socket,
    data: name ? { name } : undefined,
    minReconnectDelay: 20,
    maxReconnectDelay: 50,
    ...options,
  });
  const connected = new Promise((resolve, reject) => {
    client.on('connected', resolve);
    client.on('disconnected', (how) => reject(new Error(`${how.code} ${how.reason}`)));
  });
  client.connect();
  const { client: id, data, transport } = await connected;
  return { client, id, data, transport, sockets, cut: () => sockets.at(-1).terminate() };
}

/** A connected client that is subscribed to a room, with an inbox of its publications. */
export async function join(chat, room, name, options = {}) {
  const member = await connect(chat, name);
  const subscription = member.client.newSubscription(room, options);
  const inbox = new Inbox();
  subscription.on('publication', inbox.push);
  subscription.subscribe();
  await subscription.ready(10_000);
  return { ...member, subscription, inbox };
}

/**
 * A test with two chat servers on one broker, run(chats, member, bus): member(chat, room, name,
 * options) joins a client, bus is the broker's URL.
 */
export function chatTest(sentence, run, ...options) {
  test(sentence, async () => {
    const broker = await startBroker();
    const bus = `redis://127.0.0.1:${broker.port}`;
    const chats = [];
    const members = [];
    try {
      for (let n = 0; n < 2; n++) chats.push(await startChat(bus, ...options));
      await run(chats, async (...who) => {
        const member = await join(...who);
        members.push(member);
        return member;
      }, bus);
    } finally {
      for (const { client } of members) client.disconnect();
      for (const chat of chats) await chat.stop();
      await broker.stop();
    }
  });
}
