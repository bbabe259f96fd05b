// What this page wants said and the server has not acknowledged. It is stored, to survive a reload,
// and sent one at a time per room, to keep order. A message keeps its id for life, so that sending
// it twice is harmless. States: queued -> sending -> (gone) or failed.
const ITEMS_MAX = 200;

export class Outbox {
  items = [];

  // publish(room, data) resolves to { result } or { error }.
  constructor({ store, key, publish, now, newId, onStored, onChange }) {
    Object.assign(this, { store, key, publish, now, newId, onStored, onChange });
    this.adopt(store.read(key, []));
  }

  adopt(saved) {
    if (!Array.isArray(saved)) return;
    for (const { id, room, text, action, at } of saved.slice(0, ITEMS_MAX)) {
      if (![id, room, text].every((field) => typeof field === 'string') || this.#find(id)) continue;
      this.items.push({ id, room, text, action: action === true, at: Number(at) || this.now(),
        state: 'queued' });
    }
    this.#changed();
  }

  add(room, text, action = false) {
    if (this.items.length >= ITEMS_MAX) return false;
    this.items.push({ id: this.newId(), room, text, action, at: this.now(), state: 'queued' });
    this.#changed(room);
    return true;
  }

  forRoom(room) {
    return this.items.filter((item) => item.room === room);
  }

  remove(id) {
    const item = this.#find(id);
    if (!item) return;
    this.items.splice(this.items.indexOf(item), 1);
    this.#changed(item.room);
  }

  retry(id) {
    const item = this.#find(id);
    if (item?.state !== 'failed') return;
    item.state = 'queued';
    this.#changed(item.room);
  }

  // The way to the room is free again, also for what only failed for the moment.
  resume(room) {
    for (const item of this.forRoom(room)) {
      if (item.state === 'failed' && item.passing) item.state = 'queued';
    }
    this.#open.add(room);
    this.#changed(room);
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
    this.#changed(room);
  }

  #find(id) {
    return this.items.find((item) => item.id === id);
  }

  #changed(room) {
    this.store.write(this.key, this.items.length ? this.items : null);
    this.onChange();
    this.#pump(room);
  }

  #open = new Set();
}
