// The chat as one object: the link, the joined rooms, the outbox. It turns pushes into room state
// and wishes of the person into commands. It knows no document: `on` tells the views.
import { Link } from './link.js';
import { Outbox } from './outbox.js';
import { Room } from './room.js';
import { History } from './history.js';
import { Crowd } from './crowd.js';
import { mentions } from './formatter.js';
import { cleanName } from './names.js';
import { readClient, readMessage, readOffset } from './protocol.js';

const ROOMS_MAX = 64;
const OWN_CLIENTS_KEPT = 100;
const RESUBSCRIBE_MS = 3000;
const SAVE_READ_MS = 1000;

export class Chat {
  rooms = new Map();
  active = null; // the room on the screen
  watching = false; // the page is visible and scrolled to the end of the active room
  bus = { down: false, since: 0 };
  me = { name: '', client: '', wanted: '' };

  // on: { change(), opened(), arrival(room, entry, { live, mention, seen }), refused(error) }
  constructor({ openSocket, clock, random, store, outboxKey, newId, on }) {
    Object.assign(this, { clock, store, on });
    this.link = new Link({
      openSocket, clock, random,
      hello: () => ({ name: 'parley-page', data: this.me.wanted ? { name: this.me.wanted } : {} }),
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
    this.history = new History(this.link, (room, one) => this.#take(room, one), on.change);
    this.crowd = new Crowd(this.link, clock, on.change);
    this.#ownClients = new Set([].concat(store.read('clients', [])));
  }

  start(name) {
    this.me.wanted = this.me.name = name;
    for (const room of [].concat(this.store.read('rooms', []))) {
      if (typeof room === 'string') this.join(room);
    }
    for (const { room } of this.outbox.items) this.join(room);
    this.link.start();
  }

  rename(name) {
    this.me.wanted = this.me.name = name;
    this.store.write('name', name);
    this.link.renew();
  }

  // Returns the room, or null when there are too many.
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

  // Puts a room on the screen, joining it if need be.
  open(name) {
    const room = this.join(name);
    if (!room || room === this.active) return room;
    this.active = room;
    room.divide();
    this.crowd.visit(room);
    return room;
  }

  // False when the outbox is full.
  say(text, action = false) {
    this.active.divider = null;
    this.crowd.said();
    return this.outbox.add(this.active.name, text, action);
  }

  setWatching(watching) {
    if (watching && this.active) this.#markRead(this.active);
    else if (this.watching) this.active?.divide();
    this.watching = watching;
  }

  // Names worth offering after an "@": who is here, and who spoke lately.
  names() {
    const spoke = this.active.timeline.entries.slice(-100).map(({ name }) => name);
    const here = this.active.people?.values() ?? [];
    return [...new Set([...here, ...spoke])].filter((name) => name && name !== this.me.name);
  }

  get unread() {
    return [...this.rooms.values()].reduce((sum, { unread }) => sum + unread, 0);
  }

  saveRead() {
    this.#savingRead = false;
    const read = {};
    for (const { name, timeline: { epoch }, read: { offset } } of this.rooms.values()) {
      if (epoch && offset !== null) read[name] = { epoch, offset };
    }
    this.store.write('read', read);
  }

  #linkChanged() {
    if (this.link.state !== 'open') {
      this.outbox.pause();
      const awaySince = this.clock.now();
      for (const room of this.rooms.values()) {
        if (room.status === 'joined') Object.assign(room, { status: 'joining', awaySince });
      }
    }
    this.on.change();
  }

  #opened({ client, data }) {
    this.bus = { down: false, since: 0 };
    const who = readClient({ client, conn_info: data });
    this.me.client = who.client;
    this.me.name = cleanName(who.name) || this.me.name;
    this.#ownClients.add(who.client);
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
    if (typeof epoch !== 'string') {
      // No history to ask: what was said meanwhile is gone, and the page must say so.
      if (awaySince && timeline.entries.length) {
        timeline.note('gap', { away: this.clock.now() - awaySince });
      }
      return;
    }
    room.keepsHistory = true;
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
    const saved = this.store.read('read', {})[room.name];
    const { epoch: lastEpoch, offset } = room.timeline.epoch ? room.timeline : saved ?? {};
    if (lastEpoch !== epoch || !(offset < top)) return;
    if (!room.read.seq) room.read = { offset, seq: 0 };
    if (room === this.active) room.divide();
    room.unread += top - offset;
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
    if (word !== 'down' && word !== 'up') return;
    const down = word === 'down';
    if (down !== this.bus.down) this.bus = { down, since: this.clock.now() };
    if (!down) for (const name of this.rooms.keys()) this.outbox.resume(name);
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
    if (seen) this.#markRead(room);
    else {
      room.unread++;
      room.mentioned ||= mention;
    }
    this.on.arrival(room, entry, { live, mention, seen });
  }

  // From a publication to an entry of the timeline; null if it is known already.
  #take(room, publication, live = false) {
    const message = readMessage(publication);
    message.name = cleanName(message.name);
    message.mine = this.#ownClients.has(message.client);
    if (live) message.at ??= this.clock.now();
    return room.timeline.add(message);
  }

  #stored({ id, room, text, action, at }) {
    const { name, client } = this.me;
    const entry = { id, text, action, at, name, client, offset: null, mine: true };
    this.rooms.get(room)?.timeline.add(entry);
  }

  #markRead(room) {
    room.markRead();
    if (!this.#savingRead) this.clock.after(SAVE_READ_MS, () => this.saveRead());
    this.#savingRead = true;
  }

  #saveRooms() {
    this.store.write('rooms', [...this.rooms.keys()]);
  }

  #ownClients = new Set();
  #savingRead = false;
}
