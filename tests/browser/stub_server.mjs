// A chat server in one file for what a real one cannot be told to do: junk, silence, refusals, a
// bus that goes away on command. Rooms live in memory; `history: false` leaves offsets out.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { WebSocketServer } from 'ws';

const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; " +
  "img-src 'self'; font-src 'self'; connect-src 'self' ws: wss:; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

export class StubServer {
  clients = new Map(); // socket -> { client, name, channels }
  rooms = new Map(); // name -> { epoch, publications }
  errors = new Map(); // method -> error to answer with
  history = true;
  mute = false; // answers nothing

  constructor(www, { history = true } = {}) {
    this.www = www;
    this.history = history;
  }

  async start(port = 0) {
    this.http = createServer((request, response) => this.#serve(request, response));
    this.sockets = new WebSocketServer({ server: this.http, path: '/connection/websocket' });
    this.sockets.on('connection', (socket) => this.#accept(socket));
    await new Promise((resolve) => this.http.listen(port, '127.0.0.1', resolve));
    this.port = this.http.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  async stop() {
    for (const socket of this.sockets.clients) socket.terminate();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  cutAll() {
    for (const socket of this.sockets.clients) socket.terminate();
  }

  sendRaw(text) {
    for (const socket of this.sockets.clients) socket.send(text);
  }

  setBus(state) {
    this.sendRaw(JSON.stringify({ push: { channel: '', message: { data: { bus: state } } } }));
  }

  room(name) {
    if (!this.rooms.has(name))
      this.rooms.set(name, { epoch: randomUUID().slice(0, 8), publications: [] });
    return this.rooms.get(name);
  }

  say(channel, data, info) {
    const room = this.room(channel);
    const known = data?.id && room.publications.find((other) => other.data?.id === data.id);
    if (known) return;
    const publication = { data, ...(info && { info }) };
    const kept = this.history && !channel.startsWith('typing:');
    if (kept) {
      publication.offset = room.publications.length + 1;
      room.publications.push(publication);
    }
    this.#push(channel, { pub: publication });
  }

  // Messages as from a person, for scenes.
  sayAs(name, channel, text, at = Date.now(), more = {}) {
    const data = { id: randomUUID(), text, at, ...more };
    this.say(channel, data, { user: '', client: `client-of-${name}`, conn_info: { name } });
  }

  #push(channel, push, except) {
    const text = JSON.stringify({ push: { channel, ...push } });
    for (const [socket, { channels }] of this.clients) {
      if (socket !== except && channels.has(channel)) socket.send(text);
    }
  }

  async #serve(request, response) {
    const name = request.url === '/' ? '/index.html' : new URL(request.url, 'http://x').pathname;
    const body = await readFile(path.join(this.www, path.normalize(name))).catch(() => null);
    response.writeHead(body ? 200 : 404, {
      'Content-Type': TYPES[path.extname(name)] ?? 'application/octet-stream',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(body ?? 'not found');
  }

  #accept(socket) {
    socket.on('message', (text) => {
      for (const line of String(text).split('\n'))
        if (line !== '{}') this.#command(socket, JSON.parse(line));
    });
    socket.on('close', () => {
      const gone = this.clients.get(socket);
      this.clients.delete(socket);
      for (const channel of gone?.channels ?? [])
        this.#push(channel, { leave: { info: infoOf(gone) } });
    });
  }

  #command(socket, { id, ...methods }) {
    if (this.mute) return;
    const [method] = Object.keys(methods);
    const error = this.errors.get(method);
    const reply = error ? { error } : this[`on_${method}`]?.(socket, methods[method]);
    socket.send(
      JSON.stringify({ id, ...(reply ?? { error: { code: 108, message: 'not available' } }) }),
    );
    if (method === 'subscribe' && reply?.subscribe) {
      this.#push(methods.subscribe.channel, { join: { info: infoOf(this.clients.get(socket)) } });
    }
  }

  on_connect(socket, { data }) {
    const name = data?.name ?? `guest-${randomUUID().slice(0, 4)}`;
    if (name.includes('!'))
      return { error: { code: 107, message: `the name "${name}" has a "!" in it` } };
    const client = randomUUID();
    this.clients.set(socket, { client, name, channels: new Set() });
    return { connect: { client, version: 'stub', ping: 25, pong: true, data: { name } } };
  }

  on_subscribe(socket, { channel, recover, offset = 0, epoch }) {
    this.clients.get(socket).channels.add(channel);
    if (!this.history || channel.startsWith('typing:')) return { subscribe: {} };
    const room = this.room(channel);
    const top = room.publications.length;
    const base = { recoverable: true, positioned: true, epoch: room.epoch };
    if (!recover) return { subscribe: { ...base, offset: top } };
    if (epoch !== room.epoch || top - offset > 300) {
      return { subscribe: { ...base, offset: top, was_recovering: true } };
    }
    const publications = room.publications.slice(offset);
    return { subscribe: { ...base, offset, publications, recovered: true, was_recovering: true } };
  }

  on_unsubscribe(socket, { channel }) {
    const me = this.clients.get(socket);
    me.channels.delete(channel);
    this.#push(channel, { leave: { info: infoOf(me) } });
    return { unsubscribe: {} };
  }

  on_publish(socket, { channel, data }) {
    const stamped = typeof data === 'object' && data !== null ? { ...data, at: Date.now() } : data;
    this.say(channel, stamped, infoOf(this.clients.get(socket)));
    return { publish: {} };
  }

  on_presence(socket, { channel }) {
    if (!this.history) return null;
    const here = [...this.clients.values()].filter(({ channels }) => channels.has(channel));
    return {
      presence: { presence: Object.fromEntries(here.map((one) => [one.client, infoOf(one)])) },
    };
  }

  on_history(socket, { channel, limit = 0, since, reverse = false }) {
    if (!this.history) return null;
    const { epoch, publications } = this.room(channel);
    let list = publications.filter(
      ({ offset }) => !since || (reverse ? offset < since.offset : offset > since.offset),
    );
    if (reverse) list = list.reverse();
    return {
      history: {
        publications: list.slice(0, limit < 0 ? 300 : Math.min(limit, 300)),
        epoch,
        offset: publications.length,
      },
    };
  }

  on_rpc(socket, { method }) {
    if (method !== 'rooms' || !this.history) return null;
    const rooms = [...this.rooms.keys()]
      .filter((name) => !name.includes(':'))
      .map((name) => ({ name, members: 1 }));
    return { rpc: { data: { rooms } } };
  }
}

function infoOf({ client, name }) {
  return { user: '', client, conn_info: { name } };
}
