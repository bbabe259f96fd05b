// The browser's storage as JSON values. Storage can be blocked, full or filled by others: reading
// then gives the fallback, and writing keeps the value for this page only.
const PREFIX = 'parley.';

export class Store {
  constructor(storage) {
    this.storage = storage;
  }

  read(key, fallback) {
    try {
      return this.#held.get(key) ?? JSON.parse(this.storage.getItem(PREFIX + key)) ?? fallback;
    } catch {
      return fallback;
    }
  }

  // null takes the value away.
  write(key, value) {
    this.#held.delete(key);
    try {
      if (value === null) this.storage.removeItem(PREFIX + key);
      else this.storage.setItem(PREFIX + key, JSON.stringify(value));
    } catch {
      this.#held.set(key, value);
    }
  }

  keys() {
    return Object.keys(this.storage ?? {}).filter((key) => key.startsWith(PREFIX))
      .map((key) => key.slice(PREFIX.length));
  }

  #held = new Map();
}
