// A clock that moves by hand, a storage in memory, and a server that is a list of frames.
import { Chat } from '../../www/chat/chat.js';
import { Store } from '../../www/chat/store.js';

export class ManualClock {
  #at = 1_700_000_000_000;
  #timers = new Set();

  now = () => this.#at;

  after = (ms, act) => {
    const timer = { due: this.#at + ms, act };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  advance(ms) {
    const end = this.#at + ms;
    for (;;) {
      const next = [...this.#timers]
        .filter(({ due }) => due <= end)
        .sort((a, b) => a.due - b.due)[0];
      if (!next) break;
      this.#timers.delete(next);
      this.#at = next.due;
      next.act();
    }
    this.#at = end;
  }
}

export class MemoryStorage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    this[key] = value;
  }

  removeItem(key) {
    delete this[key];
  }
}

export class FakeSocket {
  sent = [];
  closed = false;

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
  }

  // Vocabulary of the tests: what the server does.
  open() {
    this.onopen();
  }

  says(...objects) {
    this.onmessage({ data: objects.map((object) => JSON.stringify(object)).join('\n') });
  }

  loses(code = 1006, reason = '') {
    this.onclose({ code, reason });
  }

  last(method) {
    return this.sent.filter((command) => method in command).at(-1);
  }
}

// Lets promises that are settled run their continuations.
export const settled = () => new Promise((resolve) => setImmediate(resolve));

// A chat with one socket after the other in `sockets`, the newest as `socket`.
export function fakeChat({ storage = new MemoryStorage() } = {}) {
  const clock = new ManualClock();
  const store = new Store(() => storage);
  const fake = { clock, store, storage, sockets: [], arrivals: [], refusals: [] };
  let ids = 0;
  fake.chat = new Chat({
    clock,
    store,
    outboxKey: 'outbox.test',
    random: () => 0.5,
    newId: () => `id-${++ids}`,
    openSocket: () => fake.sockets[fake.sockets.push(new FakeSocket()) - 1],
    on: {
      change() {},
      opened() {},
      arrival: (room, entry, how) => fake.arrivals.push({ room: room.name, entry, ...how }),
      refused: (error) => fake.refusals.push(error),
    },
  });
  Object.defineProperty(fake, 'socket', { get: () => fake.sockets.at(-1) });
  fake.greet = async (client = `client-${fake.sockets.length}`) => {
    fake.socket.open();
    const { id } = fake.socket.last('connect');
    fake.socket.says({ id, connect: { client, ping: 25, pong: true, data: { name: 'Ada' } } });
    await settled();
  };
  fake.answer = async (method, result, ...more) => {
    fake.socket.says({ id: fake.socket.last(method).id, [method]: result }, ...more);
    await settled();
  };
  fake.refuse = async (method, error) => {
    fake.socket.says({ id: fake.socket.last(method).id, error });
    await settled();
  };
  return fake;
}

export function said(
  channel,
  text,
  { offset, name = 'Bo', client = 'client-of-bo', id = `${name}-${offset ?? text}` } = {},
) {
  const info = { user: '', client, conn_info: { name } };
  return { push: { channel, pub: { data: { id, text, at: 1_700_000_000_000 }, info, offset } } };
}

// A chat in one room, answered to its subscribe as given.
export const texts = ({ timeline }) => timeline.entries.map(({ text, kind }) => text ?? kind);
export const kept = (offset, more = {}) => ({
  recoverable: true,
  positioned: true,
  epoch: 'e',
  offset,
  ...more,
});
export const page = (room, ...offsets) => ({
  epoch: 'e',
  offset: 99,
  publications: offsets.map((offset) => said(room, `t${offset}`, { offset }).push.pub),
});

export async function joined(subscribeResult, fake = fakeChat()) {
  fake.chat.start('Ada');
  fake.room = fake.chat.open('lobby');
  await fake.greet();
  await fake.answer('subscribe', subscribeResult);
  return fake;
}
