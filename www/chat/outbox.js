// What this page wants said and the server has not acknowledged. Kept in the browser's storage, so
// that it survives a reload; sent one at a time per room, so that order holds; each message keeps
// the id it was born with, so that sending it twice is harmless.
//
// Item states: queued -> sending -> (gone) or failed. A passing failure goes back into the queue
// by itself when the server or its bus returns; any failure when the person asks.
const ITEMS_MAX = 200;

export class Outbox {
  items = [];

  // publish(room, data) resolves to { result } or { error }.
  constructor({ store, key, publish, now, newId, onStored, onChange }) {
    Object.assign(this, { store, key, publish, now, newId, onStored, onChange });
    this.adopt(store.read(key, []));
  }

  // Takes over what an earlier page left behind. Storage may hold anything.
  adopt(saved) {
    if (!Array.isArray(saved)) return;
    for (const { id, room, text, action, at, state, reason } of saved.slice(0, ITEMS_MAX)) {
      if (![id, room, text].every((field) => typeof field === 'string')) continue;
      if (this.#find(id)) continue;
      this.items.push({ id, room, text, action: action === true, at: Number(at) || this.now(),
        state: state === 'failed' ? state : 'queued', reason: String(reason ?? '') });
    }
    this.#changed();
  }

  // False when the outbox is full.
  add(room, text, action = false) {
    if (this.items.length >= ITEMS_MAX) return false;
    const item = { id: this.newId(), room, text, action, at: this.now(), state: 'queued' };
    this.items.push(item);
    this.#changed();
    this.#pump(room);
    return true;
  }

  forRoom(room) {
    return this.items.filter((item) => item.room === room);
  }

  // The message was seen in the room, or its person gave it up.
  remove(id) {
    const item = this.#find(id);
    if (!item) return;
    this.items.splice(this.items.indexOf(item), 1);
    this.#changed();
    this.#pump(item.room);
  }

  retry(id) {
    const item = this.#find(id);
    if (item?.state !== 'failed') return;
    item.state = 'queued';
    this.#changed();
    this.#pump(item.room);
  }

  // The way to the room is free again: what only failed for the moment goes out once more.
  resume(room) {
    for (const item of this.forRoom(room)) {
      if (item.state === 'failed' && item.passing) item.state = 'queued';
    }
    this.#open.add(room);
    this.#changed();
    this.#pump(room);
  }

  pause() {
    this.#open.clear();
  }

  async #pump(room) {
    const mine = this.forRoom(room);
    const item = mine.find(({ state }) => state === 'queued');
    if (!this.#open.has(room) || !item || mine.some(({ state }) => state === 'sending')) return;
    item.state = 'sending';
    const { id, text, action } = item;
    const { error } = await this.publish(room, action ? { id, text, action } : { id, text });
    // The room may have shown the message already, and with that the item is gone.
    if (!this.items.includes(item)) return;
    if (!error) {
      this.onStored(item);
      return this.remove(id);
    }
    if (error.lost) item.state = 'queued';
    else Object.assign(item, { state: 'failed', reason: error.message, passing: error.temporary });
    this.#changed();
    this.#pump(room);
  }

  #find(id) {
    return this.items.find((item) => item.id === id);
  }

  #changed() {
    this.store.write(this.key, this.items.length ? this.items : null);
    this.onChange();
  }

  #open = new Set();
}
