// The chat as one object: it turns pushes into room state and wishes of the person into commands.
// It knows no document: `on` tells the views.
import { Link } from './link.js';
import { Outbox } from './outbox.js';
import { Room } from './room.js';
import { History } from './history.js';
import { Crowd } from './crowd.js';
import { mentions } from './formatter.js';
import { cleanName, shownName } from './names.js';
import { readClient, readMessage, readOffset } from './protocol.js';

const ROOMS_MAX = 64;
const OWN_CLIENTS_KEPT = 100;
const RESUBSCRIBE_MS = 3000;

export class Chat {
  rooms = new Map();
  active = null; // the room on the screen
  watching = false; // the page is visible and scrolled to the end of the active room
  busDownSince = 0; // the server is there, but cut off from the others
  me = { name: '', client: '', wanted: '' };

  // on: { change(), opened(), arrival(room, entry, { mention, seen }), refused(error) }
  constructor({ openSocket, clock, random, store, outboxKey, newId, on }) {
    Object.assign(this, { clock, store, on });
    this.link = new Link({
      openSocket, clock, random,
      hello: () => ({ name: 'parley-page', data: { name: this.me.wanted || undefined } }),
      on: {
        state: () => this.#linkChanged(),
        open: (result) => this.#opened(result),
        push: (event) => this.#pushed(event),
        refused: on.refused,
      },
    });
    this.outbox = new Outbox({
      store, key: outboxKey, newId, now: clock.now, onChange: on.change,
      publish: (room, data) => this.link.request('publish', { channel: room, data }),
      onStored: (item) => this.#stored(item),
    });
    this.history = new History(this.link, clock, (room, one) => this.#take(room, one), on.change);
    this.crowd = new Crowd(this.link, clock, on.change);
    this.#ownClients = new Set([].concat(store.read('clients', [])));
  }

  // At first, and again under another name; '' is a guest.
  start(name) {
    const unsent = this.outbox.items.map(({ room }) => room);
    for (const room of [].concat(this.store.read('rooms', []), unsent)) this.join(String(room));
    this.me.wanted = this.me.name = name;
    this.store.write('name', name);
    this.link.renew();
  }

  join(name) {
    const known = this.rooms.get(name);
    if (known?.status === 'refused') this.#subscribe(known);
    if (known || this.rooms.size >= ROOMS_MAX) return known ?? null;
    const room = new Room(name);
    this.rooms.set(name, room);
    this.#subscribe(room);
    this.#saveRooms();
    return room;
  }

  leave(name) {
    const room = this.rooms.get(name);
    this.rooms.delete(name);
    for (const { id } of this.outbox.forRoom(name)) this.outbox.remove(id);
    this.link.request('unsubscribe', { channel: name });
    if (this.active === room) this.active = null;
    this.#saveRooms();
    this.on.change();
  }

  open(name) {
    const room = this.join(name);
    if (!room || room === this.active) return room;
    if (this.active?.unread === 0) this.active.divider = null;
    this.active = room;
    this.crowd.visit(room);
    return room;
  }

  say(text, action = false) {
    this.active.divider = null;
    this.crowd.said();
    return this.outbox.add(this.active.name, text, action);
  }

  setWatching(watching) {
    this.watching = watching;
    if (watching) this.active?.markRead();
  }

  // Whom one may want to mention.
  names() {
    const { people, timeline } = this.active;
    const spoke = timeline.entries.slice(-100).map(({ name }) => name);
    const names = new Set([...people?.values() ?? [], ...spoke]);
    return [...names].filter((name) => name && name !== this.me.name);
  }

  saveRead() {
    if (this.watching) this.active?.markRead();
    const rooms = [...this.rooms.values()].filter(({ timeline }) => timeline.epoch !== null);
    this.store.write('read', Object.fromEntries(rooms.map(({ name, timeline, read }) =>
      [name, { epoch: timeline.epoch, offset: read.offset }])));
  }

  #linkChanged() {
    if (this.link.state !== 'open') {
      this.outbox.pause();
      for (const room of this.rooms.values()) {
        if (room.status !== 'joined') continue;
        Object.assign(room, { status: 'joining', awaySince: this.clock.now() });
      }
    }
    this.on.change();
  }

  #opened({ client, data }) {
    this.busDownSince = 0;
    const { name } = readClient({ conn_info: data });
    Object.assign(this.me, { client, name: cleanName(name) || this.me.name });
    this.#ownClients.add(client);
    this.store.write('clients', [...this.#ownClients].slice(-OWN_CLIENTS_KEPT));
    for (const room of this.rooms.values()) this.#subscribe(room);
    this.on.opened();
  }

  #subscribe(room) {
    if (this.link.state !== 'open') return;
    room.status = 'joining';
    const { epoch, offset } = room.timeline;
    const position = epoch === null ? {} : { recover: true, epoch, offset };
    const params = { channel: room.name, join_leave: true, ...position };
    this.link.request('subscribe', params, ({ result = {}, error }) => {
      if (this.rooms.get(room.name) !== room) return;
      if (!error || error.code === 105) this.#subscribed(room, result);
      else if (error.temporary) this.clock.after(RESUBSCRIBE_MS, () => this.#subscribe(room));
      else Object.assign(room, { status: 'refused', reason: error.message });
      this.on.change();
    });
  }

  #subscribed(room, { epoch, offset, recovered, publications }) {
    const { timeline, awaySince } = room;
    Object.assign(room, { status: 'joined', awaySince: 0 });
    this.outbox.resume(room.name);
    if (room === this.active) this.crowd.visit(room);
    room.keepsHistory = typeof epoch === 'string';
    if (!room.keepsHistory) return this.#noteGap(room, awaySince);
    if (recovered === true && epoch === timeline.epoch) {
      const missed = Array.isArray(publications) ? publications : [];
      for (const publication of missed) this.#publication(room, publication, false);
      return;
    }
    const top = readOffset(offset) ?? 0;
    this.#countMissed(room, epoch, top);
    timeline.begin(epoch);
    if (top > timeline.offset) this.history.loadLatest(room);
    else if (timeline.oldest === null) timeline.startReached = true;
  }

  // What came while nobody listened counts as unread, without loading it.
  #countMissed(room, epoch, top) {
    const known = room.timeline.epoch ? room.timeline : this.store.read('read', {})[room.name];
    const offset = known?.epoch === epoch ? known.offset ?? top : top;
    if (!room.read.seq) room.read = { offset, seq: 0 };
    if (offset < top) room.addUnread(top - offset);
  }

  #pushed(event) {
    const { kind, channel, who, publication } = event;
    const now = this.clock.now();
    const room = this.rooms.get(channel);
    if (kind === 'message') this.#busChanged(event.data?.bus);
    else if (channel === `typing:${this.active?.name}`) this.#typed(publication);
    else if (!room) return;
    else if (kind === 'publication') this.#publication(room, publication, true);
    else if (kind === 'join') room.join(who, now);
    else if (kind === 'leave') room.leave(who, now);
    else if (event.code >= 2500) this.#subscribe(room);
    else Object.assign(room, { status: 'refused', reason: 'the server closed it' });
    this.on.change();
  }

  #busChanged(word) {
    if (word === 'down') this.busDownSince ||= this.clock.now();
    if (word !== 'up') return;
    for (const room of this.rooms.values()) {
      this.#noteGap(room, this.busDownSince);
      this.outbox.resume(room.name);
    }
    this.busDownSince = 0;
  }

  // Without history, what was said meanwhile is gone, and the page must say so.
  #noteGap({ timeline, keepsHistory }, since) {
    if (!since || keepsHistory || !timeline.entries.length) return;
    timeline.note('gap', { away: this.clock.now() - since });
  }

  #typed(publication) {
    const who = readClient(publication?.info);
    if (!who.client || this.#ownClients.has(who.client)) return;
    this.active.noteTyping(who, this.clock.now());
  }

  #publication(room, publication, live) {
    const entry = this.#take(room, publication, live);
    if (!entry) return;
    this.outbox.remove(entry.id);
    room.typing.delete(entry.client);
    if (entry.kind !== 'message' || entry.mine) return;
    const seen = room === this.active && this.watching;
    const mention = mentions(entry.text, this.me.name);
    if (seen || room !== this.active) room.timeline.trim();
    if (seen) room.markRead();
    else {
      room.addUnread(1);
      room.mentioned ||= mention;
    }
    this.on.arrival(room, entry, { mention, seen });
  }

  #take(room, publication, live = false) {
    const message = readMessage(publication);
    message.name = shownName(message.name);
    message.mine = this.#ownClients.has(message.client);
    if (live) message.at ??= this.clock.now();
    return room.timeline.add(message);
  }

  #stored({ id, room, text, action, at }) {
    const { name, client } = this.me;
    const entry = { id, text, action, at, name, client, offset: null, mine: true };
    this.rooms.get(room)?.timeline.add(entry);
  }

  #saveRooms() {
    this.store.write('rooms', [...this.rooms.keys()]);
  }

  #ownClients = new Set();
}
